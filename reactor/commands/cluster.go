package commands

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/protocol/slot"
	"sigrun/reactor/session"
)

// Outside a cluster all these commands are known, and all but CLUSTER KEYSLOT answer that this server is in none: clients look for
// exactly that when they find out what they talk to.

const (
	anytime  = command.Loading | command.Stale
	ordering = command.NoAsyncLoading | command.Admin | command.Stale
	varies   = "nondeterministic_output"
)

func clusterRows() []session.Row {
	row := func(name string, arity int, flags command.Flag, since, summary, complexity string, tips ...string) session.Row {
		return session.Row{Run: inNoCluster, Spec: command.Spec{Name: "CLUSTER|" + name, Arity: arity, Flags: flags, Place: command.OnSession,
			Group: "cluster", Since: since, Summary: summary, Complexity: complexity, Tips: tips}}
	}
	everywhere := func(name string, arity int, flags command.Flag, since, summary, complexity string) session.Row {
		r := row(name, arity, flags, since, summary, complexity)
		r.Spec.AllDatabases = true
		return r
	}
	rows := []session.Row{
		row("ADDSLOTS", -3, ordering, "3.0.0", "Gives slots to this node.", "O(N) where N is the number of slots"),
		row("ADDSLOTSRANGE", -4, ordering, "7.0.0", "Gives ranges of slots to this node.", "O(N) where N is the number of slots"),
		row("BUMPEPOCH", 2, ordering, "3.0.0", "Raises the configuration epoch of the cluster.", "O(1)", varies),
		everywhere("CANCELSLOTMIGRATIONS", 2, ordering, "9.0.0", "Stops all migrations of slots.", "O(N) where N is the number of migrations"),
		row("COUNT-FAILURE-REPORTS", 3, command.Admin|command.Stale, "3.0.0", "Counts the nodes that report another one as failing.", "O(N) where N is the number of reports", varies),
		row("COUNTKEYSINSLOT", 3, command.Stale, "3.0.0", "Counts the keys of a slot.", "O(1)"),
		row("DELSLOTS", -3, ordering, "3.0.0", "Takes slots from a node.", "O(N) where N is the number of slots"),
		row("DELSLOTSRANGE", -4, ordering, "7.0.0", "Takes ranges of slots from a node.", "O(N) where N is the number of slots"),
		row("FAILOVER", -2, ordering, "3.0.0", "Has a replica take over from its primary.", "O(1)"),
		row("FLUSHSLOTS", 2, ordering, "3.0.0", "Takes all slots from this node.", "O(1)"),
		row("FORGET", 3, ordering, "3.0.0", "Strikes a node from the list of nodes.", "O(1)"),
		row("GETKEYSINSLOT", 4, command.Stale, "3.0.0", "Names keys of a slot.", "O(N) where N is the number of keys asked for", varies),
		row("GETSLOTMIGRATIONS", 2, ordering, "9.0.0", "Tells about migrations of slots, those under way and the last ones.", "O(N) where N is the number of migrations"),
		row("HELP", 2, anytime, "5.0.0", "Describes the subcommands.", "O(1)"),
		row("INFO", 2, anytime, "3.0.0", "Tells how the cluster is.", "O(1)", varies),
		row("LINKS", 2, command.Stale, "7.0.0", "Lists the connections to other nodes.", "O(N) where N is the number of nodes", varies),
		row("MEET", -4, ordering, "3.0.0", "Introduces a node.", "O(1)"),
		everywhere("MIGRATESLOTS", -4, ordering, "9.0.0", "Moves slots to other nodes.", "O(N) where N is the number of slots"),
		row("MYID", 2, anytime, "3.0.0", "Tells the ID of this node.", "O(1)"),
		row("MYSHARDID", 2, anytime, "7.2.0", "Tells the ID of the shard of this node.", "O(1)", varies),
		row("NODES", 2, anytime, "3.0.0", "Lists the nodes.", "O(N) where N is the number of nodes", varies),
		row("REPLICAS", 3, command.Admin|command.Stale, "5.0.0", "Lists the replicas of a primary.", "O(N) where N is the number of replicas", varies),
		row("REPLICATE", -3, ordering, "3.0.0", "Makes this node a replica of another one, or of none.", "O(1)"),
		row("RESET", -2, command.Admin|command.Stale|command.NoScript, "3.0.0", "Makes this node forget the cluster.", "O(N) where N is the number of nodes"),
		row("SAVECONFIG", 2, ordering, "3.0.0", "Saves the configuration of the cluster.", "O(1)"),
		row("SET-CONFIG-EPOCH", 3, ordering, "3.0.0", "Sets the configuration epoch of a new node.", "O(1)"),
		row("SETSLOT", -4, ordering|command.MayReplicate, "3.0.0", "Sets the state of a slot.", "O(1)"),
		row("SHARDS", 2, anytime, "7.0.0", "Lists slots and nodes by shards.", "O(N) where N is the number of nodes", varies),
		row("SLAVES", 3, command.Admin|command.Stale, "3.0.0", "Lists the replicas of a primary.", "O(N) where N is the number of replicas", varies),
		row("SLOT-STATS", -4, anytime, "8.0.0", "Tells how much slots are used.", "O(N log(N)) where N is the number of slots", varies, "request_policy:all_shards"),
		row("SLOTS", 2, anytime, "3.0.0", "Lists slots and nodes.", "O(N) where N is the number of nodes", varies),
		row("SYNCSLOTS", -3, ordering|command.MayReplicate|command.System, "9.0.0", "Is what nodes migrate slots by.", "Depends on the subcommand."),
	}
	flushSlot := row("FLUSHSLOT", -3, command.Write|command.NoAsyncLoading|command.Admin, "9.0.0", "Removes the keys of a slot.", "O(N) where N is the number of keys")
	flushSlot.Spec.ACL = command.CatKeyspace
	keySlot := row("KEYSLOT", 3, command.Stale, "3.0.0", "Tells the slot of a key.", "O(N) where N is the length of the key")
	keySlot.Run = clusterKeySlot
	return append(rows, flushSlot, keySlot, session.Row{Run: inNoCluster, Spec: command.Spec{Name: "ASKING", Arity: 1, Flags: command.Fast, ACL: command.CatConnection,
		Place: command.OnSession, Group: "cluster", Since: "3.0.0", Summary: "Says that the next command follows a redirection by ASK.", Complexity: "O(1)"}})
}

var errNoCluster = &resp.Error{Text: "ERR This instance has cluster support disabled"}

// inNoCluster implements ASKING and the subcommands of CLUSTER but KEYSLOT.
func inNoCluster(*session.Session, *call.Command, *resp.Writer) error { return errNoCluster }

// clusterKeySlot implements CLUSTER KEYSLOT key.
func clusterKeySlot(_ *session.Session, cmd *call.Command, out *resp.Writer) error {
	out.Int(int64(slot.Of(cmd.Args[2])))
	return nil
}
