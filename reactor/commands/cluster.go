package commands

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/protocol/slot"
	"sigrun/reactor/admission"
	"sigrun/reactor/session"
)

// clusterRows are what a connection needs of a cluster; control has the other subcommands.
func clusterRows() []session.Row {
	return []session.Row{
		{Run: clusterKeySlot, Spec: command.Spec{Name: "CLUSTER|KEYSLOT", Arity: 3, Flags: command.Stale, Place: command.OnSession,
			Group: "cluster", Since: "3.0.0", Summary: "Tells the slot of a key.", Complexity: "O(N) where N is the length of the key"}},
		{Run: asking, Spec: command.Spec{Name: "ASKING", Arity: 1, Flags: command.Fast | command.Asks, ACL: command.CatConnection,
			Place: command.OnSession, Group: "cluster", Since: "3.0.0", Summary: "Says that the next command follows a redirection by ASK.", Complexity: "O(1)"}},
	}
}

// asking implements ASKING.
func asking(s *session.Session, _ *call.Command, out *resp.Writer) error {
	if !s.Loop().Clustered {
		return resp.ErrClusterDisabled
	}
	if !s.NoBlock { // within a transaction it is for what stands behind it there
		s.Flags |= admission.Asking
	}
	out.OK()
	return nil
}

// clusterKeySlot implements CLUSTER KEYSLOT key.
func clusterKeySlot(_ *session.Session, cmd *call.Command, out *resp.Writer) error {
	out.Int(int64(slot.Of(cmd.Args[2])))
	return nil
}
