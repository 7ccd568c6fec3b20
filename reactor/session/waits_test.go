package session

import (
	"testing"

	"sigrun/actors"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// bystander is a Runner of whom only keys in vain are asked.
type bystander struct {
	unasked
	stranded *resp.Error
}

func (r *bystander) Stranded(*call.Command, *call.Client) *resp.Error { return r.stranded }
func (*bystander) Route(*call.Command, *call.ShardSet)                {}
func (*bystander) Began(*call.Command) uint64                         { return 0 }
func (*bystander) Lap() uint64                                        { return 0 }
func (*bystander) Refused(*call.Command, string)                      {}
func (*bystander) Book(*call.Command, *call.Client, uint64, []byte)   {}

// bare is shards in which nobody stands.
type bare struct{ Tables }

func (bare) Forget(*call.Call, *call.ShardSet) bool { return true }

// waiting is a session whose call waits for a key, and which is being tried.
func waiting(t *testing.T, deadline int64) (*Loop, *Session, *bystander) {
	l, list, _ := chain(1)
	run := &bystander{}
	l.Run, l.Post = run, func(func()) {}
	l.Dispatcher, l.Tables = actors.New(actors.Options{Loops: 1, Shards: 1, Ring: 2}).Dispatcher(), bare{}
	s := list[0]
	c := &call.Call{Client: &s.Client, Owner: s}
	c.Spec = &command.Spec{Name: "BLPOP", Flags: command.Blocking}
	s.pipe.away = c
	c.Park(call.Block{Deadline: deadline, First: 1, Last: 1})
	c.SetState(call.Running)
	return l, s, run
}

// TestWaitIsArmedBehindATry: who is being tried when it is to be put under its deadline is put there when it goes on waiting.
func TestWaitIsArmedBehindATry(t *testing.T) {
	l, s, _ := waiting(t, 1)
	s.pipe.arm()
	l.waits.tick()
	if len(l.waits.until) != 0 {
		t.Fatal("a call that is being tried has a deadline")
	}
	s.pipe.away.SetState(call.Parked)
	l.waits.tick()
	if len(l.waits.until) != 1 || len(l.waits.unarmed) != 0 {
		t.Error("a call that waits has no deadline")
	}
}

// TestHalfClosedWaitEndsBehindATry: so is one of a peer that has sent its last byte ended.
func TestHalfClosedWaitEndsBehindATry(t *testing.T) {
	l, s, _ := waiting(t, 0)
	s.eof = true
	s.pipe.arm()
	s.pipe.away.SetState(call.Parked)
	l.waits.tick()
	if !link(s).ended {
		t.Error("the connection stays")
	}
}

// TestStrandedWaitEndsBehindATry: a wait in vain ends although it was being tried when its slot left.
func TestStrandedWaitEndsBehindATry(t *testing.T) {
	l, s, run := waiting(t, 0)
	run.stranded = resp.ErrSlotNotServed
	s.Strand(func(uint16) bool { return false })
	l.waits.tick()
	if len(link(s).wrote) != 0 {
		t.Fatalf("%q while it is being tried", link(s).wrote)
	}
	s.pipe.away.SetState(call.Parked)
	l.waits.tick()
	if wrote := link(s).wrote; len(wrote) != 1 || wrote[0] != "-"+resp.ErrSlotNotServed.Text+"\r\n" {
		t.Errorf("%q", wrote)
	}
}

// TestUnblockComesAgainBehindATry, and does not wait for a call that does not wait.
func TestUnblockComesAgainBehindATry(t *testing.T) {
	l, s, _ := waiting(t, 0)
	if ended, again := l.Unblock(s, TimedOut); ended || !again {
		t.Fatalf("ended %v, again %v", ended, again)
	}
	s.pipe.away.SetState(call.Parked)
	if ended, again := l.Unblock(s, TimedOut); !ended || again || len(link(s).wrote) != 1 {
		t.Errorf("ended %v, again %v: %q", ended, again, link(s).wrote)
	}
	if ended, again := l.Unblock(s, TimedOut); ended || again {
		t.Errorf("ended %v, again %v of a session that is free", ended, again)
	}
	s.pipe.away = &call.Call{Client: &s.Client}
	s.pipe.away.SetState(call.Running)
	if ended, again := l.Unblock(s, TimedOut); ended || again {
		t.Errorf("ended %v, again %v of a command that runs", ended, again)
	}
}
