package commands

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/session"
)

func waitRows() []session.Row {
	row := func(run session.Handler, name string, arity int, since, summary string) session.Row {
		return session.Row{Run: run, Spec: command.Spec{Name: name, Arity: arity, Flags: command.Blocking, ACL: command.CatConnection,
			Place: command.OnSession, Group: "generic", Since: since, Summary: summary, Complexity: "O(1)",
			Tips: []string{"request_policy:all_shards", "response_policy:agg_min"}}}
	}
	return []session.Row{
		row(wait, "WAIT", 3, "3.0.0", "Waits until replicas have the connection's writes."),
		row(waitAOF, "WAITAOF", 4, "7.2.0", "Waits until the connection's writes are in append-only files, here and of replicas."),
	}
}

// This server has no replicas: where some are asked for, both commands answer when their time is up.

// wait implements WAIT numreplicas timeout.
func wait(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	replicas, ok := num.ParseInt(cmd.Args[1])
	if !ok {
		return resp.ErrNotInteger
	}
	deadline, err := resp.Deadline(cmd.Args[2], s.Loop().Clock.Millis())
	if err != nil {
		return err
	}
	waitFor(s, deadline, replicas <= 0, out, func(out *resp.Writer) { out.Int(0) })
	return nil
}

// waitAOF implements WAITAOF numlocal numreplicas timeout.
func waitAOF(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	local, ok := num.ParseInt(cmd.Args[1])
	switch {
	case !ok:
		return resp.ErrNotInteger
	case local < 0 || local > 1:
		return resp.Errorf("ERR value is out of range, value must between 0 and 1")
	}
	replicas, ok := num.ParseInt(cmd.Args[2])
	if !ok || replicas < 0 {
		return resp.ErrNotPositive
	}
	deadline, err := resp.Deadline(cmd.Args[3], s.Loop().Clock.Millis())
	if err != nil {
		return err
	}
	log, seq := s.Loop().Log, s.Seq
	errOff := resp.Errorf("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
	if local > 0 && !log.Wanted() {
		return errOff
	}
	survives := func() int64 {
		if log.Survives(seq) {
			return 1
		}
		return 0
	}
	answer := func(out *resp.Writer) {
		if local > 0 && !log.Wanted() { // it has been switched off meanwhile
			out.Error(errOff)
			return
		}
		out.Array(2)
		out.Int(survives())
		out.Int(0)
	}
	if local > 0 && !s.NoBlock && (replicas > 0 || survives() == 0) {
		until := seq
		if replicas > 0 { // whom there are not: only the end of the log comes before that of the time
			until = math.MaxUint64
		}
		s.Wait(deadline, answer)
		s.AwaitSync(until, answer)
		return nil
	}
	waitFor(s, deadline, replicas == 0, out, answer)
	return nil
}

// waitFor answers at once when that is enough, or the client may not wait, else when the time is up.
func waitFor(s *session.Session, deadline int64, enough bool, out *resp.Writer, answer func(out *resp.Writer)) {
	if enough || s.NoBlock {
		answer(out)
		return
	}
	s.Wait(deadline, answer)
}
