// Package server implements what concerns whole databases, what tells how values are stored, and what only the command table or
// the clock answers. A handler runs under the tokens that its row asks for.
package server

import (
	"slices"

	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	return slices.Concat(databaseRows(), objectRows(), tableRows(), smallRows(), commandLogRows(), latencyRows())
}

func databaseRows() []exec.Row {
	everywhere := []string{"request_policy:all_shards", "response_policy:all_succeeded"}
	return []exec.Row{
		{Run: dbSize, Spec: command.Spec{Name: "DBSIZE", Arity: 1, Flags: command.ReadOnly | command.Fast, ACL: command.CatKeyspace,
			Place: command.OnAllShards, Group: "server", Since: "1.0.0", Summary: "Counts the keys of the selected database.",
			Complexity: "O(1)", Tips: []string{"request_policy:all_shards", "response_policy:agg_sum"}}},
		{Run: flushAll, Spec: command.Spec{Name: "FLUSHALL", Arity: -1, Flags: command.Write, AllDatabases: true,
			ACL: command.CatKeyspace | command.CatDangerous, Place: command.OnAllShards, Long: true, Group: "server", Since: "1.0.0", // it writes a file where snapshots are wanted
			Summary: "Empties all databases.", Complexity: "O(N), N being the number of slots in use; memory is freed afterwards.",
			Tips: everywhere}},
		{Run: flushDB, Spec: command.Spec{Name: "FLUSHDB", Arity: -1, Flags: command.Write,
			ACL: command.CatKeyspace | command.CatDangerous, Place: command.OnAllShards, Group: "server", Since: "1.0.0",
			Summary: "Empties the selected database.", Complexity: "O(N), N being the number of slots in use; memory is freed afterwards.",
			Tips: everywhere}},
		{Run: swapDB, Spec: command.Spec{Name: "SWAPDB", Arity: 3, Flags: command.Write | command.Fast,
			Databases: func([][]byte) [2]int { return [2]int{1, 2} },
			ACL:       command.CatKeyspace | command.CatDangerous, Place: command.OnAllShards, Group: "server", Since: "4.0.0",
			Summary:    "Exchanges two databases.",
			Complexity: "O(N), N being the number of keys of both that clients watch or wait for."}},
	}
}

func objectRows() []exec.Row {
	ask := func(run exec.Handler, name, since, summary string) exec.Row {
		return exec.Row{Run: run, Spec: command.Spec{Name: "OBJECT|" + name, Arity: 3, Flags: command.ReadOnly, ACL: command.CatKeyspace,
			Keys: []command.KeySpec{{First: 2, Flags: command.KeyRO}}, Group: "generic", Since: since, Summary: summary,
			Complexity: "O(1)", Tips: []string{"nondeterministic_output"}}}
	}
	return []exec.Row{
		ask(objectEncoding, "ENCODING", "2.2.3", "Tells how a value is stored."),
		ask(objectFreq, "FREQ", "4.0.0", "Tells how often a key is used, as a logarithm."),
		ask(objectIdleTime, "IDLETIME", "2.2.3", "Tells how many seconds ago a key was last used."),
		ask(objectRefCount, "REFCOUNT", "2.2.3", "Tells how many references to a value there are."),
		{Run: objectHelp, Spec: command.Spec{Name: "OBJECT|HELP", Arity: 2, Flags: command.Loading | command.Stale, ACL: command.CatKeyspace,
			Group: "generic", Since: "6.2.0", Summary: "Explains the subcommands.", Complexity: "O(1)"}},
		{Run: memoryUsage, Spec: command.Spec{Name: "MEMORY|USAGE", Arity: -3, Flags: command.ReadOnly,
			Keys: []command.KeySpec{{First: 2, Flags: command.KeyRO}}, Group: "server", Since: "4.0.0",
			Summary: "Tells how much memory a key takes.", Complexity: "O(N), N being the number of a list's nodes."}},
	}
}

func tableRows() []exec.Row {
	row := func(run exec.Handler, name string, arity int, since, summary, complexity string, tips ...string) exec.Row {
		return exec.Row{Run: run, Spec: command.Spec{Name: name, Arity: arity, Flags: command.Loading | command.Stale,
			ACL: command.CatConnection, Group: "server", Since: since, Summary: summary, Complexity: complexity, Tips: tips}}
	}
	const anyOrder = "nondeterministic_output_order"
	return []exec.Row{
		row(commandAll, "COMMAND", -1, "2.8.13", "Describes all commands.", "O(N), N being the number of commands.", anyOrder),
		row(commandCount, "COMMAND|COUNT", 2, "2.8.13", "Counts the commands.", "O(1)"),
		row(commandList, "COMMAND|LIST", -2, "7.0.0", "Lists the names of commands.", "O(N), N being the number of commands.", anyOrder),
		row(commandInfo, "COMMAND|INFO", -2, "2.8.13", "Describes some commands, or all.", "O(N), N being the number of commands asked for.", anyOrder),
		row(commandDocs, "COMMAND|DOCS", -2, "7.0.0", "Documents some commands, or all.", "O(N), N being the number of commands asked for.", anyOrder),
		row(commandGetKeys, "COMMAND|GETKEYS", -3, "2.8.13", "Picks the keys out of a command.", "O(N), N being the number of arguments."),
		row(commandHelp, "COMMAND|HELP", 2, "5.0.0", "Describes the subcommands.", "O(1)"),
		row(commandGetKeysAndFlags, "COMMAND|GETKEYSANDFLAGS", -3, "7.0.0", "Picks the keys out of a command and tells what it does with them.",
			"O(N), N being the number of arguments."),
	}
}

func smallRows() []exec.Row {
	return []exec.Row{
		{Run: echo, Spec: command.Spec{Name: "ECHO", Arity: 2, Flags: command.Loading | command.Stale | command.Fast,
			ACL: command.CatConnection, Group: "connection", Since: "1.0.0", Summary: "Returns its argument.", Complexity: "O(1)"}},
		{Run: lolwut, Spec: command.Spec{Name: "LOLWUT", Arity: -1, Flags: command.ReadOnly | command.Fast, Group: "server",
			Since: "5.0.0", Summary: "Draws a picture and tells the version."}},
		{Run: timeNow, Spec: command.Spec{Name: "TIME", Arity: 1, Flags: command.Loading | command.Stale | command.Fast, Group: "server",
			Since: "2.6.0", Summary: "Tells the server's time.", Complexity: "O(1)", Tips: []string{"nondeterministic_output"}}},
	}
}
