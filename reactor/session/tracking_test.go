package session

import (
	"testing"

	"sigrun/reactor/admission"
)

// readyLink takes everything.
type readyLink struct {
	*chainLink
	taken int
}

func (l *readyLink) Write(b []byte) (int, error) {
	l.taken += len(b)
	return len(b), nil
}

// TestInvalidateAllocates tells many clients of one change again and again: what they are sent is put together where it lay the last time.
func TestInvalidateAllocates(t *testing.T) {
	l, list, _ := chain(20)
	links := make([]*readyLink, len(list))
	for i, s := range list {
		links[i] = &readyLink{chainLink: link(s)}
		s.Link, s.Proto = links[i], 3
		s.attach(l)
		s.Keys.On = true
		s.Flags |= admission.Tracking
	}
	keys := []byte("*1\r\n$3\r\nkey\r\n")
	want := len(">2\r\n$10\r\ninvalidate\r\n") + len(keys)
	rounds := 0
	allocs := testing.AllocsPerRun(100, func() {
		rounds++
		for _, s := range list {
			s.Invalidate(keys, false)
		}
		l.flushMessages()
	})
	if allocs > 1 {
		t.Errorf("%v allocations to tell %d clients", allocs, len(list))
	}
	for i, at := range links {
		if at.taken != rounds*want {
			t.Errorf("client %d was sent %d bytes in %d rounds, want %d each", i, at.taken, rounds, want)
		}
	}
}
