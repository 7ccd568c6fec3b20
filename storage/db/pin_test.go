package db

import "testing"

// A slot that was pinned stays, until it was unpinned as often.
func TestPin(t *testing.T) {
	w := newWorld(t, 13, nil)
	k := w.s.Hasher().Key([]byte("k"))
	from := w.s.Slots().Owner(k.Slot)
	for range 2 {
		w.s.Pin(k.Slot)
	}
	for i := range 3 {
		if moved := w.s.MoveSlot(k.Slot, (from+1)%4, 1000); moved != (i == 2) {
			t.Errorf("unpinned %d times: %v", i, moved)
		}
		if i < 2 {
			w.s.Unpin(k.Slot)
		}
	}
}
