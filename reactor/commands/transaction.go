package commands

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/admission"
	"sigrun/reactor/session"
)

// transactionRows are the commands around EXEC. WATCH is a command of the shards.
func transactionRows() []session.Row {
	flags := command.NoScript | command.Loading | command.Stale | command.Fast | command.AllowBusy
	row := func(run session.Handler, name, since, summary, complexity string, f command.Flag) session.Row {
		return session.Row{Run: run, Spec: command.Spec{Name: name, Arity: 1, Flags: f, ACL: command.CatTransaction,
			Place: command.OnSession, Group: "transactions", Since: since, Summary: summary, Complexity: complexity}}
	}
	return []session.Row{
		row(multi, "MULTI", "1.2.0", "Starts a transaction.", "O(1)", flags|command.NoMulti),
		row(execute, "EXEC", "1.2.0", "Executes all commands in a transaction.", "Depends on commands in the transaction",
			flags&^(command.Fast|command.AllowBusy)|command.SkipCommandLog|command.Undelayed|command.Executes),
		row(discard, "DISCARD", "2.0.0", "Discards a transaction.", "O(N), when N is the number of queued commands", flags|command.Undelayed),
		row(unwatch, "UNWATCH", "2.2.0", "Forgets about watched keys of a transaction.", "O(1)", flags),
	}
}

// multi implements MULTI.
func multi(s *session.Session, _ *call.Command, out *resp.Writer) error {
	s.Tx.Begin()
	out.OK()
	return nil
}

// execute implements EXEC.
func execute(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	return s.Tx.Exec(cmd, out)
}

// discard implements DISCARD.
func discard(s *session.Session, _ *call.Command, out *resp.Writer) error {
	if s.Flags&admission.InMulti == 0 {
		return resp.ErrDiscardNoMulti
	}
	s.Tx.Discard()
	s.Tx.Unwatch()
	out.OK()
	return nil
}

// unwatch implements UNWATCH.
func unwatch(s *session.Session, _ *call.Command, out *resp.Writer) error {
	s.Tx.Unwatch()
	out.OK()
	return nil
}
