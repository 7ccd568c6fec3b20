// Package stream implements the commands on streams. A handler runs under the tokens of
// its keys and sees nothing but its exec.Ctx.
package stream

import (
	"slices"

	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

const (
	lookKey   = command.KeyRO
	readKey   = command.KeyRO | command.KeyAccess
	changeKey = command.KeyRW | command.KeyUpdate
	addKey    = command.KeyRW | command.KeyInsert
	dropKey   = command.KeyRW | command.KeyDelete

	one = "O(1)"
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	return slices.Concat(entryRows(), readRows(), pendingRows(), groupRows(), infoRows())
}

func spec(name string, arity int, flags command.Flag, keys []command.KeySpec, since, summary, complexity string, tips ...string) command.Spec {
	return command.Spec{Name: name, Arity: arity, Flags: flags, ACL: command.CatStream, Keys: keys, Group: "stream",
		Since: since, Summary: summary, Complexity: complexity, Tips: tips}
}

const random = "nondeterministic_output"

func entryRows() []exec.Row {
	rangeCost := "O(N) where N is the number of entries returned."
	return []exec.Row{
		{Run: xadd, Spec: spec("XADD", -5, command.Write|command.DenyOOM|command.Fast,
			[]command.KeySpec{{First: 1, Flags: changeKey, Note: "UPDATE, since it may trim, too"}}, "5.0.0", "Adds an entry to a stream, which is made if it does not exist, and may trim it.",
			"O(1), and O(N) for N entries that are trimmed.", random)},
		{Run: xtrim, Spec: spec("XTRIM", -4, command.Write, command.OneKey(dropKey), "5.0.0",
			"Removes entries from the front of a stream.", "O(N) where N is the number of entries removed, many at a time.", random)},
		{Run: xdel, Spec: spec("XDEL", -3, command.Write|command.Fast, command.OneKey(dropKey), "5.0.0",
			"Removes entries by their IDs.", "O(1) for each ID.")},
		{Run: xlen, Spec: spec("XLEN", 2, command.ReadOnly|command.Fast, command.OneKey(lookKey), "5.0.0",
			"Returns the number of entries of a stream.", one)},
		{Run: xrange, Spec: spec("XRANGE", -4, command.ReadOnly, command.OneKey(readKey), "5.0.0",
			"Returns the entries of a stream between two IDs.", rangeCost)},
		{Run: xrevrange, Spec: spec("XREVRANGE", -4, command.ReadOnly, command.OneKey(readKey), "5.0.0",
			"Returns the entries of a stream between two IDs, the last one first.", rangeCost)},
		{Run: xsetid, Spec: spec("XSETID", -3, command.Write|command.DenyOOM|command.Fast, command.OneKey(changeKey), "5.0.0",
			"Sets the ID that a stream generated last: for replication.", one)},
	}
}

func readRows() []exec.Row {
	keys := func(from int) []command.KeySpec {
		return []command.KeySpec{{First: from, Last: -1, Word: "STREAMS", Limit: 2, Find: readKeys, Flags: readKey}}
	}
	return []exec.Row{
		{Run: xread, Spec: spec("XREAD", -4, command.ReadOnly|command.Blocking|command.MovableKeys, keys(1), "5.0.0",
			"Returns the entries of streams behind given IDs, and waits for some when there are none.",
			"O(N) where N is the number of entries returned.")},
		{Run: xreadgroup, Spec: spec("XREADGROUP", -7, command.Write|command.Blocking|command.MovableKeys, keys(4), "5.0.0",
			"Returns entries that a group was not given yet to one of its consumers, and waits for some; or those it was given before.",
			"O(N) where N is the number of entries returned.")},
	}
}

func pendingRows() []exec.Row {
	return []exec.Row{
		{Run: xack, Spec: spec("XACK", -4, command.Write|command.Fast, command.OneKey(changeKey), "5.0.0",
			"Acknowledges entries that a consumer of a group was given.", "O(1) for each ID.")},
		{Run: xpending, Spec: spec("XPENDING", -3, command.ReadOnly, command.OneKey(readKey), "5.0.0",
			"Tells which entries a group was given that nobody has acknowledged.",
			"O(N) where N is the number of entries looked at, or of consumers in the short form.", random)},
		{Run: xclaim, Spec: spec("XCLAIM", -6, command.Write|command.Fast, command.OneKey(changeKey), "5.0.0",
			"Gives entries that are pending to another consumer.",
			"O(log(N)) for each ID, where N is the number of entries pending.", random)},
		{Run: xautoclaim, Spec: spec("XAUTOCLAIM", -6, command.Write|command.Fast, command.OneKey(dropKey), "6.2.0",
			"Gives entries that have been pending for long to another consumer.",
			"O(N) where N is the number of entries looked at.", random)},
	}
}

func groupRows() []exec.Row {
	row := func(run exec.Handler, name string, arity int, flags command.Flag, key command.KeyFlag, since, summary, complexity string) exec.Row {
		return exec.Row{Run: run, Spec: spec("XGROUP|"+name, arity, command.Write|flags,
			[]command.KeySpec{{First: 2, Flags: key}}, since, summary, complexity)}
	}
	return []exec.Row{
		row(xgroupCreate, "CREATE", -5, command.DenyOOM, addKey, "5.0.0", "Makes a group.", one),
		row(xgroupCreateConsumer, "CREATECONSUMER", 5, command.DenyOOM, addKey, "6.2.0", "Makes a consumer in a group.", one),
		row(xgroupDelConsumer, "DELCONSUMER", 5, 0, dropKey, "5.0.0", "Removes a consumer from a group.",
			"O(N) where N is the number of entries that it has pending."),
		row(xgroupDestroy, "DESTROY", 4, 0, dropKey, "5.0.0", "Removes a group.",
			"O(N) where N is the number of entries that it has pending."),
		row(xgroupSetID, "SETID", -5, 0, changeKey, "5.0.0", "Sets the ID behind which a group goes on.", one),
		{Run: xgroupHelp, Spec: spec("XGROUP|HELP", 2, command.Loading|command.Stale, nil, "5.0.0", "Explains the subcommands.", one)},
	}
}

func infoRows() []exec.Row {
	keys := []command.KeySpec{{First: 2, Flags: readKey}}
	return []exec.Row{
		{Run: xinfoConsumers, Spec: spec("XINFO|CONSUMERS", 4, command.ReadOnly, keys, "5.0.0",
			"Describes the consumers of a group.", "O(N) where N is the number of consumers.", random)},
		{Run: xinfoGroups, Spec: spec("XINFO|GROUPS", 3, command.ReadOnly, keys, "5.0.0",
			"Describes the groups of a stream.", "O(N) where N is the number of groups.")},
		{Run: xinfoStream, Spec: spec("XINFO|STREAM", -3, command.ReadOnly, keys, "5.0.0",
			"Describes a stream.", "O(1), and in the full form O(N) for N entries shown.")},
		{Run: xinfoHelp, Spec: spec("XINFO|HELP", 2, command.Loading|command.Stale, nil, "5.0.0", "Explains the subcommands.", one)},
	}
}
