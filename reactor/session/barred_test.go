package session

import (
	"strings"
	"testing"

	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/gate"
)

// uncounted is a runner to whom it is all the same how long commands take.
type uncounted struct{ unasked }

func (uncounted) Began(*call.Command) uint64                       { return 0 }
func (uncounted) Book(*call.Command, *call.Client, uint64, []byte) {}

// TestBarredWhileItIsSent takes a command from a user between the executor's look and the loop's turn.
func TestBarredWhileItIsSent(t *testing.T) {
	table := command.NewTable(&command.Spec{Name: "LISTEN", Arity: 1})
	users := acl.NewUsers(&acl.Rules{Commands: acl.NewCommands(table), Databases: 1, AllChannels: func() bool { return true }, Misused: func(string) {}})
	l, sessions, _ := chain(1)
	l.Run = uncounted{}
	l.Denials = &acl.Log{Most: func() int64 { return 10 }}
	s, ran := sessions[0], 0
	l.Handlers = []Handler{func(*Session, *call.Command, *resp.Writer) error { ran++; return nil }}
	cmd := &call.Command{Spec: table.Specs()[0], Args: [][]byte{[]byte("LISTEN")}}
	for _, rules := range [][]string{{"on", "nopass", "+listen"}, {"-listen"}} {
		if _, err := users.Set("bob", rules); err != nil {
			t.Fatal(err)
		}
		s.Account = users.Named([]byte("bob"))
		out := resp.Writer{Proto: 2}
		s.Tx.s = s
		s.Tx.run(cmd, &out)
		if refused := strings.HasPrefix(string(out.B), "-NOPERM ACLs rules changed"); refused != (rules[0] == "-listen") || ran != 1 || refused != (len(l.Denials.Newest(10)) == 1) {
			t.Errorf("%v: %q, ran %d times, %d entries in the log", rules, out.B, ran, len(l.Denials.Newest(10)))
		}
	}
}

// TestMarksGoWithTheReaders: commands go the plain way again when nobody reads MONITOR any more, but not before.
func TestMarksGoWithTheReaders(t *testing.T) {
	l, sessions, _ := chain(1)
	l.Gate = &gate.Gate{}
	s := sessions[0]
	s.Mark(call.Shown, true)
	l.Gate.Set(gate.Monitored)
	if s.pipe.unmark(); s.Marks != call.Shown {
		t.Error("somebody reads")
	}
	l.Gate.Clear(gate.Monitored)
	s.pipe.reorder = &reorderBuffer{}
	if s.pipe.unmark(); s.Marks != call.Shown {
		t.Error("calls are under way")
	}
	s.pipe.reorder = nil
	if s.pipe.unmark(); s.Marks != 0 {
		t.Error("nobody reads")
	}
}
