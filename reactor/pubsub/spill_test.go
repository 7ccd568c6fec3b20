package pubsub

import "testing"

// reader is a session that counts.
type reader struct {
	l            *Local
	got, overran int
	gone         bool
}

func (r *reader) Send([]byte)             { r.got++ }
func (r *reader) Show([]byte)             { r.got++ }
func (r *reader) Protocol() uint8         { return 3 }
func (r *reader) Gone() bool              { return r.gone }
func (r *reader) Number() uint64          { return 0 }
func (r *reader) Invalidate([]byte, bool) {}

func (r *reader) Overrun() {
	r.overran++
	r.gone = true
	r.l.Unsubscribe(Global, "c", r)
}

func all(_, _ []byte, _ bool) bool { return true }

// TestSpillIsBounded has a loop publish to itself and to another one until it has spilled
// as much as it may: the messages are lost to those who should get them, who are ended, and
// nothing is counted any more.
func TestSpillIsBounded(t *testing.T) {
	hub := NewHub(2, 4, all)
	l := hub.Local(0)
	l.most = 10 * (&Message{Channel: []byte("c"), Payload: []byte("m")}).bytes()
	r, other := &reader{l: l}, &reader{l: l}
	l.Subscribe(Global, "c", r)
	l.Subscribe(Global, "d", other)
	for range 100 {
		if n := hub.Publish(0, []byte("c"), []byte("m")); n != 1 {
			t.Fatalf("reached %d", n)
		}
	}
	if held, most := hub.InTransit(), uint64(l.most)*3/2; held == 0 || held > most {
		t.Errorf("%d bytes are on their way, of %d at most", held, most)
	}
	l.Deliver()
	if r.overran != 1 || r.got != 0 || other.overran != 0 {
		t.Errorf("ended %d times, got %d; the other was ended %d times", r.overran, r.got, other.overran)
	}
	if held := hub.InTransit(); held != 0 {
		t.Errorf("%d bytes are held for nobody", held)
	}
	hub.Publish(0, []byte("d"), []byte("m"))
	l.Deliver()
	if other.got != 1 {
		t.Errorf("the other got %d messages", other.got)
	}
}

// TestSubscriptionsBeginAndEndBetweenMessages: what was published before is for those who
// were there, and for nobody else.
func TestSubscriptionsBeginAndEndBetweenMessages(t *testing.T) {
	hub := NewHub(1, 64, all)
	l := hub.Local(0)
	first, second := &reader{l: l}, &reader{l: l}
	l.Subscribe(Global, "c", first)
	publish := func(want int) {
		t.Helper()
		if n := hub.Publish(0, []byte("c"), []byte("m")); n != want {
			t.Errorf("reached %d, want %d", n, want)
		}
	}
	publish(1)
	l.Subscribe(Global, "c", second)
	publish(2)
	l.PSubscribe("*", second)
	publish(3)
	l.Unsubscribe(Global, "c", first)
	publish(2)
	l.PUnsubscribe("*", second)
	publish(1)
	l.Unsubscribe(Global, "c", second)
	publish(0)
	l.Deliver()
	if first.got != 3 || second.got != 1+2+2+1 {
		t.Errorf("got %d and %d", first.got, second.got)
	}
}

// TestMonitorBeginsAndEndsBetweenLines: who begins to read gets no line that is older, and who ends has got those that are.
func TestMonitorBeginsAndEndsBetweenLines(t *testing.T) {
	hub := NewHub(1, 64, all)
	l := hub.Local(0)
	first, second := &reader{l: l}, &reader{l: l}
	l.Monitor(first)
	hub.Feed(-1, []byte("+older\r\n"))
	l.Monitor(second)
	l.Deliver()
	if first.got != 1 || second.got != 0 {
		t.Errorf("the first got %d lines, the second %d", first.got, second.got)
	}
	hub.Feed(-1, []byte("+for both\r\n"))
	l.Unmonitor(first)
	hub.Feed(-1, []byte("+for the second\r\n"))
	l.Deliver()
	if first.got != 2 || second.got != 2 {
		t.Errorf("the first got %d lines, the second %d", first.got, second.got)
	}
}
