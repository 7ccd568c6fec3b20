// Package commands implements the commands that concern a connection rather than
// keys. A handler runs on the loop that owns its session.
package commands

import (
	"slices"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/session"
)

// Rows are the commands of this family.
func Rows() []session.Row {
	return slices.Concat(connectionRows(), handshakeRows(), clientRows(), pubsubRows(), transactionRows(), waitRows())
}

func connectionRows() []session.Row {
	return []session.Row{
		{Run: ping, Spec: command.Spec{Name: "PING", Arity: -1, Flags: command.Fast | command.Listening | command.Probe, ACL: command.CatConnection,
			Place: command.OnSession, Group: "connection", Since: "1.0.0", Summary: "Returns the server's liveliness response.", Complexity: "O(1)",
			Tips: []string{"request_policy:all_shards", "response_policy:all_succeeded"}}},
	}
}

// ping implements PING [message].
func ping(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	switch {
	case len(cmd.Args) > 2:
		return resp.WrongArity("ping")
	case s.Flags&session.Subscribed != 0 && s.Proto == 2:
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
