package session

import (
	"fmt"
	"testing"

	"sigrun/actors"
	"sigrun/internal/clock"
	"sigrun/protocol/call"
	"sigrun/reactor/admission"
	"sigrun/reactor/output"
	"sigrun/reactor/pubsub"
)

// chainLink is a socket whose end is noticed while another one is closed.
type chainLink struct {
	s     *Session
	also  []*Session // closed with it
	ended bool
	wrote []string
}

func (c *chainLink) Write(b []byte) (int, error) {
	c.wrote = append(c.wrote, string(b))
	return len(b), nil
}
func (c *chainLink) Read([]byte) (int, error) { return 0, nil }
func (c *chainLink) AwaitWritable()           {}
func (c *chainLink) StopReading()             {}
func (c *chainLink) ResumeReading()           {}
func (c *chainLink) Fd() int                  { return 0 }
func (c *chainLink) Size() int                { return 0 }
func (c *chainLink) Close() {
	if c.ended {
		return
	}
	c.ended = true
	for _, s := range c.also {
		s.Link.Close()
	}
	c.s.Closed()
}

// deafNode is the floors above, which are only told who has gone.
type deafNode struct {
	Node
	gone int
}

func (n *deafNode) Gone(*Session) { n.gone++ }

// unasked is a Runner whom nobody asks for delays.
type unasked struct{ Runner }

func (unasked) Stamp() uint64 { return 0 }

// chain is a loop with n sessions.
func chain(n int) (*Loop, []*Session, *deafNode) {
	node := &deafNode{}
	hub := pubsub.NewHub(1, 8, func(_, _ []byte, _ bool) bool { return true })
	l := NewLoop(&Config{Limits: &Limits{}, Clock: clock.NewFake(100_000), Watch: clock.NewStopwatch(), Node: node}, 0, unasked{})
	l.Local = hub.Local(0)
	list := make([]*Session, n)
	for i := range list {
		list[i] = &Session{}
		list[i].Proto = 2
		list[i].Link = &chainLink{s: list[i]}
		l.Add(list[i])
	}
	return l, list, node
}

func link(s *Session) *chainLink { return s.Link.(*chainLink) }

// TestEachSurvivesCloses walks over sessions whose ends bring about the ends of others,
// before them, next to them and behind them, with a walk inside the walk.
func TestEachSurvivesCloses(t *testing.T) {
	l, s, node := chain(10)
	link(s[2]).also = []*Session{s[3], s[4], s[1]}
	link(s[6]).also = []*Session{s[9], s[7]}
	var seen []int
	l.Each(func(one *Session) {
		for i := range s {
			if s[i] == one {
				seen = append(seen, i)
			}
		}
		switch one {
		case s[2]:
			one.Kill(false)
		case s[5]:
			l.Each(func(other *Session) {
				if other == s[6] {
					other.Kill(false)
				}
			})
		}
	})
	want := []int{0, 1, 2, 5, 8}
	if len(seen) != len(want) {
		t.Fatalf("the walk saw %v, want %v", seen, want)
	}
	for i := range want {
		if seen[i] != want[i] {
			t.Fatalf("the walk saw %v, want %v", seen, want)
		}
	}
	if l.Len() != 3 || node.gone != 7 {
		t.Errorf("%d sessions are left, and %d are gone", l.Len(), node.gone)
	}
}

// TestIdleSurvivesCloses closes all idle sessions, each of which brings about the end of the
// next.
func TestIdleSurvivesCloses(t *testing.T) {
	l, s, node := chain(50)
	for i := range s[:49] {
		link(s[i]).also = []*Session{s[i+1]}
	}
	l.CloseIdle(1 << 60)
	if l.Len() != 0 || node.gone != 50 {
		t.Errorf("%d sessions are left, and %d are gone", l.Len(), node.gone)
	}
}

// TestSoftLimitSurvivesCloses closes sessions over their soft limit, whose ends bring others
// over it and end some that stand in the list.
func TestSoftLimitSurvivesCloses(t *testing.T) {
	l, s, _ := chain(5)
	clk := l.Clock.(*clock.Fake)
	l.Limits.Out.Class[output.ClassNormal].Soft.Store(10)
	for _, one := range s[:4] {
		one.Out.Queue(make([]byte, 100))
	}
	clk.SetMillis(clk.Millis() + 1000)
	link(s[0]).also = []*Session{s[1], s[3]}
	for range 3 { // two more, and the buffers of those who went are given back
		l.Tick()
	}
	if l.Len() != 1 || l.WantsTick() || l.Limits.Out.Outstanding.Load() != 0 {
		t.Errorf("%d sessions are left, a tick is wanted: %v, %d bytes outstanding", l.Len(), l.WantsTick(), l.Limits.Out.Outstanding.Load())
	}
}

// TestClosedSessionIsOwedNothing ends a session by what it is sent before a message.
func TestClosedSessionIsOwedNothing(t *testing.T) {
	l, s, _ := chain(2)
	l.AskEndRound = func() {}
	l.out.Begin(l.Watch, true)
	for _, i := range []int{1, 0} { // both replies are held back
		l.out.Raw([]byte("reply"))
		s[i].pipe.endTurn()
	}
	s[1].Flags |= admission.CloseAfterReply
	link(s[1]).also = []*Session{s[0]}
	s[0].Send(make([]byte, output.HeldMost)) // too long to go with the reply
	if !s[0].closed {
		t.Fatal("the session is there yet")
	}
	if n := l.Limits.Out.Outstanding.Load(); n != 0 || len(l.messaged) != 0 {
		t.Errorf("%d bytes are held for a session that is gone", n)
	}
}

// TestMessagesGoWithReplies has messages come for sessions of a crowded loop: before its next turn, behind its last one, for one that sends
// nothing, and one that is too long to wait. Each has one write for all that came in the round, in the order in which it came.
func TestMessagesGoWithReplies(t *testing.T) {
	l, s, _ := chain(4)
	l.Dispatcher = actors.New(actors.Options{Shards: 1, Loops: 1, Ring: 8}).Dispatcher()
	asked := 0
	l.AskEndRound = func() { asked++ }
	l.out.Begin(l.Watch, true)
	turn := func(s *Session, reply string) {
		s.retake()
		l.out.Raw([]byte(reply))
		s.pipe.endTurn()
	}
	say := func(words ...string) {
		for _, w := range words {
			for _, one := range s[:3] {
				one.Send([]byte(w))
			}
			l.Homecoming()
		}
	}
	turn(s[1], "+OK;")
	say("a;", "b;")
	turn(s[0], "+OK;")
	say("c;")
	if asked == 0 || len(link(s[0]).wrote)+len(link(s[1]).wrote)+len(link(s[2]).wrote) != 0 {
		t.Fatalf("%v, %v and %v were written within the round", link(s[0]).wrote, link(s[1]).wrote, link(s[2]).wrote)
	}
	l.EndRound()
	for i, want := range []string{"[a;b;+OK;c;]", "[+OK;a;b;c;]", "[a;b;c;]"} {
		if got := fmt.Sprint(link(s[i]).wrote); got != want || s[i].Out.Sent() != uint64(len(want)-2) {
			t.Errorf("%d got %s, %d bytes, want %s", i, got, s[i].Out.Sent(), want)
		}
	}
	s[3].Send(make([]byte, output.HeldMost+1))
	l.Homecoming()
	if len(link(s[3]).wrote) != 1 || len(l.messaged) != 0 {
		t.Error("a long message waits")
	}
}

// TestPausedForgetsWhoIsGone has clients come, send a command that a pause holds back, and go.
func TestPausedForgetsWhoIsGone(t *testing.T) {
	l, _, _ := chain(3)
	for range 1000 {
		s := &Session{}
		s.Link = &chainLink{s: s}
		l.Add(s)
		s.pipe.pending = &postponed{}
		l.postpone(s)
		s.Link.Close()
	}
	if len(l.paused) > 50 {
		t.Errorf("%d sessions are kept", len(l.paused))
	}
}

// TestWatchedKeysCountWhileAway asks what a session takes before and after a call of it has left.
func TestWatchedKeysCountWhileAway(t *testing.T) {
	_, s, _ := chain(1)
	one := s[0]
	one.Watching = &call.Watching{Bytes: 1000, Keys: []call.WatchedKey{{Name: "k"}}}
	here := one.Describe().Memory()
	one.pipe.detach(&call.Command{})
	if away := one.Describe().Memory(); away < here || one.Describe().Watches() != 1 {
		t.Errorf("%d bytes, and %d once the call has left", here, away)
	}
}
