package session

import (
	"fmt"
	"testing"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/reactor/pubsub"
)

// second is one more loop of the node of l, with n sessions. What is posted to it lies in the list until somebody runs it.
func second(l *Loop, hub *pubsub.Hub, n int) (other *Loop, list []*Session, posted *[]func()) {
	posted = &[]func(){}
	other = NewLoop(l.Config, 1, unasked{})
	other.Local = hub.Local(1)
	other.Post = func(fn func()) { *posted = append(*posted, fn) }
	for range n {
		s := &Session{}
		s.ID = uint64(100 + len(list))
		s.Proto = 3
		s.Link = &chainLink{s: s}
		other.Add(s)
		list = append(list, s)
	}
	return other, list, posted
}

func run(posted *[]func()) {
	for len(*posted) > 0 {
		fn := (*posted)[0]
		*posted = (*posted)[1:]
		fn()
	}
}

// deafLink takes nothing.
type deafLink struct{ *chainLink }

func (deafLink) Write([]byte) (int, error) { return 0, nil }

// owe has a session be owed bytes that it does not read.
func owe(s *Session, n int) {
	s.Link = deafLink{link(s)}
	s.attach(s.loop)
	s.Out.Queue(make([]byte, n))
	s.Weigh()
}

// TestHeaviestClassGoesFirst has sessions of two loops take too much: those of the heaviest class go first, on whichever loop they are, in the order
// in which they came into it, and no more than has to; nobody goes who may not be evicted.
func TestHeaviestClassGoesFirst(t *testing.T) {
	l, s, _ := chain(6)
	hub := pubsub.NewHub(2, 8, func(_, _ []byte, _ bool) bool { return true })
	l.Local = hub.Local(0)
	here := &[]func(){}
	l.Post = func(fn func()) { *here = append(*here, fn) }
	_, o, there := second(l, hub, 3)
	var gone []string
	names := map[*Session]string{}
	for i, one := range s {
		names[one] = fmt.Sprint("s", i)
	}
	for i, one := range o {
		names[one] = fmt.Sprint("o", i)
	}
	l.Crowd.Tell = func(s *Session) { gone = append(gone, names[s]) }
	s[5].Info.NoEvict = true
	for one, kb := range map[int]int{0: 40, 1: 300, 5: 5000} {
		owe(s[one], kb<<10)
	}
	owe(s[2], 1100<<10)
	owe(s[3], 1900<<10) // of the same class, and came later
	owe(o[0], 20<<10)
	owe(o[1], 2500<<10)
	owe(o[2], 700<<10)
	shed := func(most int64, want ...string) {
		t.Helper()
		gone = nil
		l.Crowd.Account.Limit(most)
		l.relieve()
		for len(*here)+len(*there) > 0 {
			run(there)
			run(here)
		}
		if fmt.Sprint(gone) != fmt.Sprint(want) {
			t.Errorf("%v went, want %v", gone, want)
		}
		if n := l.Crowd.Bytes(); n > most && most > 6000<<10 {
			t.Errorf("%d bytes are left", n)
		}
	}
	all := l.Crowd.Bytes()
	shed(all)
	shed(all-1, "o1")
	shed(l.Crowd.Bytes()-1, "s2")
	shed(l.Crowd.Bytes()-1, "s3")
	shed(5200<<10, "o2", "s1")
	shed(1<<10, "s0", "s4", "o0") // in the lightest class the order is that of coming
}

// TestClassesFollowWeights moves sessions up and down at random: each is in the class of its weight, once, and the highest class is known.
func TestClassesFollowWeights(t *testing.T) {
	l, s, _ := chain(50)
	for i := range 5000 {
		one := s[(i*7919)%50]
		if one.closed {
			continue
		}
		switch i % 9 {
		case 0:
			one.Out.Drop()
		case 8:
			one.Info.NoEvict = !one.Info.NoEvict
		default:
			one.Out.Queue(make([]byte, (i*31337)%90_000))
		}
		if one.Weigh(); i%500 == 499 {
			link(one).Close()
		}
	}
	seen, top := map[*Session]int{}, -1
	for c := range l.load.classes {
		for one := l.load.classes[c].first; one != nil; one = one.behind {
			if seen[one]++; seen[one] > 1 || classOf(one.weight) != c || one.Info.NoEvict || one.closed {
				t.Errorf("a session of %d bytes is in class %d, %d times", one.weight, c, seen[one])
			}
			top = c
		}
	}
	for _, one := range s {
		if want := !one.closed && !one.Info.NoEvict; want != (seen[one] == 1) {
			t.Errorf("a session of %d bytes: %v", one.weight, seen[one])
		}
	}
	if int(l.load.top.Load()) != top {
		t.Errorf("the highest class is %d, and known as %d", top, l.load.top.Load())
	}
}

// TestRedirectedMessagesAreBounded has one session be told for another one on a loop that does not come to take it in: what is on its way is counted and
// bounded, whoever would get more is closed, and in the end nothing is on its way.
func TestRedirectedMessagesAreBounded(t *testing.T) {
	l, s, _ := chain(1)
	l.Known = NewKnown()
	hub := pubsub.NewHub(2, 8, func(_, _ []byte, _ bool) bool { return true })
	l.Local = hub.Local(0)
	other, o, posted := second(l, hub, 2)
	to, keys := o[0], make([]byte, 1<<20)
	s[0].Keys.On, s[0].Keys.Redirect = true, to.ID
	s[0].Invalidate(keys[:10], false)
	if n := hub.InTransit(); n < 10 || n > 1000 {
		t.Errorf("%d bytes are on their way", n)
	}
	run(posted)
	if got := link(to).wrote; hub.InTransit() != 0 || to.Out.Owed() == 0 && len(got) == 0 {
		t.Errorf("%d bytes are on their way, and %q came", hub.InTransit(), got)
	}
	for range 100 {
		s[0].Invalidate(keys, false)
	}
	if n := hub.InTransit(); n > mostRedirected || n < mostRedirected/2 {
		t.Errorf("%d bytes are on their way", n)
	}
	run(posted)
	if !to.closed || hub.InTransit() != 0 || other.Len() != 1 {
		t.Errorf("closed: %v, %d bytes are on their way", to.closed, hub.InTransit())
	}
	s[0].Keys.Redirect = o[1].ID
	s[0].Invalidate(keys, false)
	o[1].Link.Close()
	run(posted)
	if hub.InTransit() != 0 {
		t.Errorf("%d bytes are on their way to one that is gone", hub.InTransit())
	}
}

// TestGuardTells has a command meet a fault: who is told knows it, and whose it was.
func TestGuardTells(t *testing.T) {
	l, s, _ := chain(1)
	var told []*call.Fault
	l.Config.Crashed = func(f *call.Fault) { told = append(told, f) }
	cmd := &call.Command{Spec: &command.Spec{Name: "GET"}, Args: [][]byte{[]byte("GET"), []byte("k")}, Shard: 5, Slot: 7}
	caught := func(fn func()) (v any) {
		defer func() { v = recover() }()
		defer l.Guard()
		fn()
		return nil
	}
	v := caught(func() {
		s[0].pipe.openReply()
		l.running = cmd
		panic("a fault")
	})
	if len(told) != 1 || v != "a fault" || told[0].Value != v || told[0].Command != cmd || told[0].Session != s[0] || told[0].Shard() != 5 || told[0].Loop != 0 || len(told[0].Stack) == 0 {
		t.Errorf("%v: %+v", v, told)
	}
	if v := caught(func() {}); v != nil || len(told) != 1 {
		t.Error(v, told)
	}
}

// TestWhatWaitsBehindACallWeighs: messages that come while a command is under way count at once, and who takes too much by them goes.
func TestWhatWaitsBehindACallWeighs(t *testing.T) {
	l, s, _ := chain(2)
	c := &call.Call{Command: call.Command{Spec: &command.Spec{Name: "EVAL"}}}
	c.SetState(call.Running)
	s[0].pipe.away = c
	before := l.Crowd.Bytes()
	for range 100 {
		s[0].Send(make([]byte, 10_000))
	}
	if n := l.Crowd.Bytes() - before; n < 1_000_000 || s[0].closed {
		t.Fatalf("%d bytes are counted, and closed is %v", n, s[0].closed)
	}
	l.Crowd.Account.Limit(l.Crowd.Bytes())
	for range 100 {
		s[0].Send(make([]byte, 10_000))
	}
	if !l.Waiting() {
		t.Fatal("nobody will look who is to go")
	}
	if l.relieve(); !s[0].gone || s[1].gone {
		t.Errorf("of two clients, of which one takes too much, these have gone: %v, %v", s[0].gone, s[1].gone)
	}
}

// TestWatchingIsOver: who has watched keys once is not weighed by each turn for ever.
func TestWatchingIsOver(t *testing.T) {
	_, list, _ := chain(1)
	s := list[0]
	if s.weigh(); !s.light() {
		t.Fatal("a new session is not light")
	}
	s.Watching = &call.Watching{Keys: []call.WatchedKey{{Name: "k"}}, Bytes: 100}
	if s.light() {
		t.Error("a session that watches is light")
	}
	s.Watching.Keys, s.Watching.Bytes = s.Watching.Keys[:0], 0 // as EXEC leaves it
	if s.weigh(); !s.light() {
		t.Error("a session that has watched is not light")
	}
}
