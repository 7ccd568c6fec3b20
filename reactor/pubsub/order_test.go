package pubsub

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// listening notes what it is sent.
type listening struct {
	reader
	texts []string
}

func (l *listening) Send(b []byte) {
	words := strings.Split(string(b), "\r\n")
	l.texts = append(l.texts, words[len(words)-2])
}

// TestOrderOfOnePublisher: what one publishes one after the other comes in that order to who hears all of it, whatever the channels, whether it is taken in share by
// share, spilled, or delivered because somebody subscribes.
func TestOrderOfOnePublisher(t *testing.T) {
	rng := rand.New(rand.NewPCG(uint64(testkit.Seed()), 3))
	hub := NewHub(1, 1<<14, all)
	l := hub.Local(0)
	r := &listening{}
	for i := range 40 {
		l.Subscribe(Global, fmt.Sprint("c", i), r)
	}
	late := &listening{}
	sent := 0
	for range 5000 {
		switch rng.IntN(20) {
		case 0:
			l.take(1 + rng.IntN(10))
		case 1:
			l.Spill()
		case 2:
			name := fmt.Sprint("late", rng.IntN(1000))
			l.Subscribe(Global, name, late)
			l.Unsubscribe(Global, name, late)
		default:
			hub.Publish(-1, []byte(fmt.Sprint("c", rng.IntN(40))), []byte(fmt.Sprint(sent)))
			sent++
		}
	}
	l.DeliverAll()
	if len(r.texts) != sent {
		t.Fatalf("%d messages, want %d", len(r.texts), sent)
	}
	for i, text := range r.texts {
		if text != fmt.Sprint(i) {
			t.Fatalf("%s came as number %d", text, i)
		}
	}
}

// TestSubscriptionsAreSmall measures what subscriptions take here; the session's own set comes on top of it.
func TestSubscriptionsAreSmall(t *testing.T) {
	hub := NewHub(4, 8, all)
	l := hub.Local(1)
	r := &reader{}
	names := make([]string, 100_000)
	for i := range names {
		names[i] = fmt.Sprintf("channel:%08d", i)
	}
	used := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := used()
	for _, name := range names {
		l.Subscribe(Global, name, r)
	}
	if each := (used() - before) / uint64(len(names)); each > 190 {
		t.Errorf("a subscription takes %d bytes", each)
	} else {
		t.Logf("a subscription takes %d bytes", each)
	}
	for _, name := range names {
		l.Unsubscribe(Global, name, r)
	}
	if l.channels[Global] == nil || len(l.channels[Global]) != 0 || len(hub.Channels(-1, Global, nil)) != 0 {
		t.Error("subscriptions are left over")
	}
	runtime.KeepAlive(names)
}

// TestAudiences subscribes and unsubscribes many at random on several loops: counts and receivers are those of a plain model.
func TestAudiences(t *testing.T) {
	rng := rand.New(rand.NewPCG(uint64(testkit.Seed()), 4))
	hub := NewHub(3, 1<<10, all)
	readers := make([]*listening, 9)
	for i := range readers {
		readers[i] = &listening{}
	}
	model := map[[2]int]bool{}
	for round := range 3000 {
		i, c := rng.IntN(len(readers)), rng.IntN(4)
		name, local := fmt.Sprint("c", c), hub.Local(i%3)
		if model[[2]int{i, c}] {
			local.Unsubscribe(Global, name, readers[i])
		} else {
			local.Subscribe(Global, name, readers[i])
		}
		model[[2]int{i, c}] = !model[[2]int{i, c}]
		c = rng.IntN(4)
		want := 0
		for i := range readers {
			if readers[i].texts = nil; model[[2]int{i, c}] {
				want++
			}
		}
		name = fmt.Sprint("c", c)
		if n, m := hub.Publish(-1, []byte(name), []byte("x")), hub.Subscribers(-1, Global, []byte(name)); n != want || m != want {
			t.Fatalf("%d: %d receivers, %d subscribers, want %d", round, n, m, want)
		}
		if n, m := hub.Named(Global), len(hub.Channels(-1, Global, nil)); n != m || hub.Named(Sharded) != 0 {
			t.Fatalf("%d: %d channels, and %d are counted", round, m, n)
		}
		for loop := range 3 {
			hub.Local(loop).DeliverAll()
		}
		for i := range readers {
			if got := len(readers[i].texts) == 1; got != model[[2]int{i, c}] {
				t.Fatalf("%d: %d got it: %v", round, i, got)
			}
		}
	}
}
