package metrics

import "testing"

// TestCountsNeverFallBelowNothing: a figure that is put together of several may have been ahead for an instant.
func TestCountsNeverFallBelowNothing(t *testing.T) {
	is := 10
	r := Count("figure", func() int { return is })
	if r.reset(); r.Text() != "0" {
		t.Errorf("%s after a reset", r.Text())
	}
	if is = 9; r.Text() != "0" || r.Number() != 0 {
		t.Errorf("%s where it fell by one", r.Text())
	}
	if is = 12; r.Text() != "2" {
		t.Errorf("%s where it grew by two", r.Text())
	}
}
