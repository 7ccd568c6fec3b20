package testkit

import "testing"

func TestOrder(t *testing.T) {
	addr := Redis(t)
	PipelineOrder(t, addr, 300)
	PublishOrder(t, addr, 4, 3, 200)
}

func TestOrderIsJudged(t *testing.T) {
	if ordered([]int{2, 2, 1, 1}) != nil || ordered([]int{0, 0}) != nil {
		t.Error("an ordered reading was refused")
	}
	if ordered([]int{2, 1, 2}) == nil {
		t.Error("a later write was seen before an earlier one, and nobody minded")
	}
	good := []string{"0 0", "1 0", "0 1"}
	for name, other := range map[string][]string{"other order": {"1 0", "0 0", "0 1"}, "one missing": {"0 0", "1 0"}} {
		if sameOrder(good, other) == nil {
			t.Error(name)
		}
	}
	if sameOrder(good, good) != nil {
		t.Error("a good order was refused")
	}
	if overtaken := []string{"0 1", "0 0"}; sameOrder(overtaken, overtaken) == nil {
		t.Error("a publisher's messages overtook each other")
	}
}
