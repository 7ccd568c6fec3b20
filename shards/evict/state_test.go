package evict

import (
	"math"
	"testing"
	"time"
)

// TestTenacity: each step gives more time, from none to all that there is.
func TestTenacity(t *testing.T) {
	if For(0) != 0 || For(10) != 500*time.Microsecond || For(100) != math.MaxInt64 {
		t.Errorf("%v at 0, %v at 10, %v at 100", For(0), For(10), For(100))
	}
	for tenacity := int64(1); tenacity <= 100; tenacity++ {
		if For(tenacity) <= For(tenacity-1) {
			t.Errorf("%v at %d, %v before", For(tenacity), tenacity, For(tenacity-1))
		}
	}
}
