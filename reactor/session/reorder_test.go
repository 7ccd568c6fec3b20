package session

import (
	"testing"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
)

// brokenLink is a socket of which it is found as it is written to that nobody is there any more.
type brokenLink struct{ *chainLink }

func (b brokenLink) Write([]byte) (int, error) {
	b.Close()
	return 0, nil
}

// TestOvertakenBehindTheEnd sends what a turn has replied, which ends the session, before a command is on its way that later ones may overtake: the
// session ends once, when the command has come home.
func TestOvertakenBehindTheEnd(t *testing.T) {
	l, sessions, node := chain(1)
	s := sessions[0]
	s.Link = brokenLink{s.Link.(*chainLink)}
	s.Out.Attach(&l.out, s.Link, &s.Flags, &s.Seq, s)
	l.serving = s
	l.out.Raw([]byte("+OK\r\n"))
	c := s.pipe.reordered(&call.Command{Spec: &command.Spec{Name: "GET"}})
	if !s.closed || node.gone != 0 {
		t.Fatalf("closed: %v, ended %d times while a command is on its way", s.closed, node.gone)
	}
	c.SetState(call.Done)
	if s.pipe.retire(); node.gone != 1 {
		t.Errorf("ended %d times", node.gone)
	}
}
