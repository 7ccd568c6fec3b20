// Package commands implements the commands that concern a connection rather than
// keys. A handler runs on the loop that owns its session.
package commands

import (
	"slices"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/admission"
	"sigrun/reactor/session"
)

// Rows are the commands of this family.
func Rows() []session.Row {
	return slices.Concat(connectionRows(), handshakeRows(), clientRows(), pubsubRows(), transactionRows(), waitRows(), clusterRows())
}

func connectionRows() []session.Row {
	return []session.Row{
		{Run: ping, Spec: command.Spec{Name: "PING", Arity: -1, Flags: command.Fast | command.Listening | command.Probe, ACL: command.CatConnection,
			Place: command.OnSession, Group: "connection", Since: "1.0.0", Summary: "Returns the server's liveliness response.", Complexity: "O(1)",
			Tips: []string{"request_policy:all_shards", "response_policy:all_succeeded"}}},
		replicaRow(readOnly, "READONLY", "Allows the connection to read from replicas, whose data may be old."),
		replicaRow(readWrite, "READWRITE", "Takes that back."),
	}
}

func replicaRow(run session.Handler, name, summary string) session.Row {
	return session.Row{Run: run, Spec: command.Spec{Name: name, Arity: 1, Flags: command.Fast | command.Loading | command.Stale,
		ACL: command.CatConnection, Place: command.OnSession, Group: "cluster", Since: "3.0.0", Summary: summary, Complexity: "O(1)"}}
}

// readOnly implements READONLY. A server that is nobody's replica only notes it.
func readOnly(s *session.Session, _ *call.Command, out *resp.Writer) error {
	s.Info.ReadOnly = true
	out.OK()
	return nil
}

// readWrite implements READWRITE.
func readWrite(s *session.Session, _ *call.Command, out *resp.Writer) error {
	s.Info.ReadOnly = false
	out.OK()
	return nil
}

// ping implements PING [message].
func ping(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	switch {
	case len(cmd.Args) > 2:
		return resp.WrongArity("ping")
	case s.Flags&admission.Subscribed != 0 && s.Proto == 2:
		out.Array(2)
		out.BulkString("pong")
		if len(cmd.Args) == 2 {
			out.Bulk(cmd.Args[1])
		} else {
			out.BulkString("")
		}
	case len(cmd.Args) == 2:
		out.Bulk(cmd.Args[1])
	default:
		out.Simple("PONG")
	}
	return nil
}
