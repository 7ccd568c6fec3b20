package pubsub

import "testing"

// TestRingsAreBoundedInBytes: large messages for a loop that does not take them wait where they are published, and come in order when it does.
func TestRingsAreBoundedInBytes(t *testing.T) {
	hub := NewHub(2, 1024, all)
	l := hub.Local(0)
	r := &reader{l: l}
	l.Subscribe(Global, "c", r)
	const messages, size = 40, 1 << 20
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range messages {
			hub.Publish(1, []byte("c"), make([]byte, size))
		}
	}()
	for over := false; !over; {
		if held := hub.InTransit(); held > mostInRing+2*size {
			t.Errorf("%d bytes are on their way", held)
			break
		}
		select {
		case <-done:
			over = true
		default:
		}
		l.Deliver()
	}
	<-done
	for l.Waiting() {
		l.Deliver()
	}
	if r.got != messages || hub.InTransit() != 0 {
		t.Errorf("%d of %d came, %d bytes are on their way", r.got, messages, hub.InTransit())
	}
	hub.Publish(1, []byte("c"), make([]byte, 2*mostInRing)) // alone, it has room
	if l.Deliver(); r.got != messages+1 {
		t.Error("a message that is larger than the bound did not come")
	}
}
