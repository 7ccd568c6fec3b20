package output

import (
	"testing"

	"sigrun/internal/clock"
)

// TestKeptBuffers are bounded, and are given back when nobody has used them for a while.
func TestKeptBuffers(t *testing.T) {
	s := &Sender{Counters: &Counters{}, Limits: &Limits{}, Clock: clock.NewFake(1)}
	for range 100 {
		s.keepBuffer(make([]byte, 0, mostKept/4))
		s.keepSmall(make([]byte, 0, leastSmall))
	}
	if s.kept == 0 || s.kept > mostKept {
		t.Fatalf("%d bytes are kept", s.kept)
	}
	before := s.kept
	if b := s.buffer(); cap(b) == 0 || s.kept != before-cap(b) {
		t.Errorf("%d bytes are kept behind the use of %d, of %d", s.kept, cap(b), before)
	}
	s.Tick()
	if s.small(1); s.kept == 0 || !s.WantsTick() {
		t.Error("what is used is given back")
	}
	s.Tick()
	if s.kept == 0 {
		t.Error("what was used since the last look is given back")
	}
	if s.Tick(); s.kept != 0 || s.WantsTick() || len(s.buffers)+len(s.smalls) != 0 {
		t.Error("what nobody uses is kept")
	}
}
