package admission

import (
	"strings"
	"testing"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/gate"
)

// table is a few commands as their rows might be.
func table() *command.Table {
	return command.NewTable(
		&command.Spec{Name: "READ", Arity: 2, Flags: command.ReadOnly},
		&command.Spec{Name: "STORE", Arity: 3, Flags: command.Write},
		&command.Spec{Name: "LOGIN", Arity: 2, Flags: command.NoAuth | command.Loading | command.AllowBusy | command.Undelayed},
		&command.Spec{Name: "HEAR", Arity: 2, Flags: command.Listening | command.Loading},
		&command.Spec{Name: "BEGIN", Arity: 1, Flags: command.NoMulti},
		&command.Spec{Name: "COMMIT", Arity: 1, Flags: command.Undelayed | command.Executes | command.Loading},
		&command.Spec{Name: "HEALTH", Arity: 1, Flags: command.Probe},
		&command.Spec{Name: "SECRET", Arity: 1, Flags: command.Protected},
		&command.Spec{Name: "HOUSE", Arity: -2, Subs: []*command.Spec{{Name: "ROOM", Arity: 2}}},
	)
}

// TestOrder has commands be decided on in states in which several checks would have a say.
func TestOrder(t *testing.T) {
	names := table()
	parse := func(line string) call.Command {
		var cmd call.Command
		for _, word := range strings.Fields(line) {
			cmd.Args = append(cmd.Args, []byte(word))
		}
		cmd.Spec = names.Lookup(cmd.Args[0])
		return cmd
	}
	const everyState = gate.Busy | gate.PauseAll | gate.Loading | gate.DiskError
	for _, c := range []struct {
		line    string
		session Flags
		node    gate.State
		queue   string
		want    Decision
		err     string
	}{
		{"NOTHING", Unauthenticated, everyState, "", Refuse, "NOAUTH"},
		{"READ", Unauthenticated, 0, "", Refuse, "NOAUTH"},
		{"LOGIN", Unauthenticated, everyState, "", Refuse, "ERR wrong number"},
		{"LOGIN x", Unauthenticated, gate.Loading | gate.Busy, "", Run, ""},
		{"LOGIN x", Unauthenticated, everyState, "", Postpone, ""},
		{"NOTHING", InMulti | Subscribed, everyState, "", Refuse, "ERR unknown command"},
		{"HOUSE", 0, 0, "", Refuse, "ERR wrong number"},
		{"HOUSE YARD", 0, 0, "", Refuse, "ERR unknown subcommand"},
		{"SECRET", InMulti, everyState, "", Refuse, "ERR SECRET"},
		{"BEGIN", InMulti, everyState, "", Refuse, "ERR Command 'begin' not allowed"},
		{"BEGIN", 0, 0, "", Run, ""},
		{"HEALTH", Subscribed, everyState, "", Refuse, "MISCONF"},
		{"STORE a b", Subscribed, everyState, "", Refuse, "MISCONF"},
		{"READ a", Subscribed, everyState, "", Refuse, "ERR Can't execute"},
		{"HEAR a", Subscribed, gate.Loading, "", Run, ""},
		{"READ a", 0, gate.Loading | gate.Busy, "", Refuse, "LOADING"},
		{"HEAR a", 0, gate.Loading | gate.Busy, "", Refuse, "BUSY"},
		{"READ a", Monitor, gate.PauseAll, "", Refuse, "ERR Replica"},
		{"READ a", InMulti, gate.PauseAll, "", Postpone, ""},
		{"READ a", InMulti, gate.PauseWrites, "", Enqueue, ""},
		{"STORE a b", InMulti, gate.PauseWrites, "", Postpone, ""},
		{"COMMIT", InMulti, gate.PauseWrites, "READ a", Run, ""},
		{"COMMIT", InMulti, gate.PauseWrites, "STORE a b", Postpone, ""},
		{"COMMIT", InMulti, gate.DiskError, "STORE a b", Refuse, "MISCONF"},
		{"COMMIT", InMulti, gate.Loading, "HEAR a", Run, ""},
		{"COMMIT", InMulti, gate.Loading, "READ a", Refuse, "LOADING"},
		{"COMMIT", InMulti | Monitor, 0, "READ a", Refuse, "ERR Replica"},
		{"LOGIN x", InMulti, 0, "READ a", Run, ""},
		{"READ a", InMulti, 0, "", Enqueue, ""},
		{"READ a", ReplyOff | Subscribed, gate.Monitored, "", Refuse, "ERR Can't execute"},
		{"READ a", ReplyOff, gate.Monitored, "", Run, ""},
	} {
		cmd := parse(c.line)
		f := Facts{Cmd: &cmd, Session: c.session, Node: c.node, Proto: 2,
			Writes: func(cmd *call.Command) bool { return cmd.Spec.Has(command.Write) },
			Unkept: func() *resp.Error { return resp.ErrMisconfRDB }}
		if c.queue != "" {
			f.Queue = []call.Command{parse(c.queue)}
		}
		got, err := f.Decide()
		text := ""
		if err != nil {
			text = err.Text
		}
		if got != c.want || !strings.HasPrefix(text, c.err) || (text == "") != (c.err == "") {
			t.Errorf("%s, flags %b, gate %b: %d %q, want %d %q", c.line, c.session, c.node, got, text, c.want, c.err)
		}
	}
}

// TestDecidingAllocatesNothing: the facts are the loop's.
func TestDecidingAllocatesNothing(t *testing.T) {
	cmd := call.Command{Spec: table().Lookup([]byte("READ")), Args: [][]byte{[]byte("READ"), []byte("a")}}
	f := &Facts{Cmd: &cmd, Session: InMulti, Proto: 2}
	if n := testing.AllocsPerRun(100, func() { _, _ = f.Decide() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
