package pubsub

import (
	"testing"
	"time"
)

// TestDeliverTakesAShare: what one turn of a loop delivers is bounded, whatever goes on being published meanwhile, nothing is forgotten,
// and no partition waits for ever behind another. What was published before a command is there before it all the same.
func TestDeliverTakesAShare(t *testing.T) {
	hub := NewHub(1, 4096, all)
	l := hub.Local(0)
	r := &reader{l: l}
	l.Subscribe(Global, "c", r)
	more := &publishing{hub: hub, channel: "d"}
	l.Subscribe(Global, "d", more)
	hub.Publish(-1, []byte("d"), nil)
	hub.Publish(-1, []byte("c"), nil)
	for range 10 {
		l.Deliver()
	}
	if r.got != 1 || !l.Waiting() || more.got > 10*share {
		t.Errorf("%d messages for one, %d for another; more of them: %v", r.got, more.got, l.Waiting())
	}
	more.ends = true
	for range 3000 {
		hub.Publish(-1, []byte("c"), nil)
	}
	had := r.got
	l.Deliver()
	if n := r.got - had; n == 0 || n > share {
		t.Errorf("%d messages at once", n)
	}
	l.DeliverAll()
	if r.got != 3001 || l.Waiting() {
		t.Errorf("%d messages, and more: %v", r.got, l.Waiting())
	}
}

// publishing publishes again with each message that it gets, as somebody beside does who never stops.
type publishing struct {
	reader
	hub     *Hub
	channel string
	ends    bool
}

func (p *publishing) Send([]byte) {
	if p.got++; !p.ends {
		p.hub.Publish(-1, []byte(p.channel), nil)
	}
}

// TestClosedHubWaitsForNobody: a loop that has ended makes no room in its rings.
func TestClosedHubWaitsForNobody(t *testing.T) {
	hub := NewHub(1, 2, all)
	hub.Local(0).Subscribe(Global, "c", &reader{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 10 {
			hub.Publish(-1, []byte("c"), nil)
		}
	}()
	for hub.Published.Load() < 3 {
		time.Sleep(time.Millisecond)
	}
	hub.Close()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the publisher still waits")
	}
}
