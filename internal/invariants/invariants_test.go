package invariants

import "testing"

func TestHelpersFollowTheBuild(t *testing.T) {
	b := []byte{1, 2}
	Mangle(b)
	if (b[0] == Poison) != Enabled {
		t.Fatalf("Mangle wrote %x in a build with Enabled=%v", b, Enabled)
	}
	if Sometimes(100) != Enabled || Sometimes(0) {
		t.Fatal("Sometimes ignores its odds")
	}
	defer func() {
		if (recover() != nil) != Enabled {
			t.Fatal("Assert and Enabled disagree")
		}
	}()
	Assert(false, "expected")
}
