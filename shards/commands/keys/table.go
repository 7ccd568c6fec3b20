// Package keys implements the commands on keys of any type: whether they exist, how
// long, under which name. A handler runs under the tokens of its keys and sees nothing
// but its exec.Ctx.
package keys

import (
	"slices"

	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	return slices.Concat(existenceRows(), expiryRows(), nameRows(), walkRows(), slotRows())
}

func row(run exec.Handler, s command.Spec) exec.Row {
	s.ACL |= command.CatKeyspace
	s.Group = "generic"
	return exec.Row{Run: run, Spec: s}
}

func existenceRows() []exec.Row {
	all := func(f command.KeyFlag) []command.KeySpec {
		return []command.KeySpec{{First: 1, Last: -1, Flags: f}}
	}
	sum := []string{"request_policy:multi_shard", "response_policy:agg_sum"}
	return []exec.Row{
		row(del, command.Spec{Name: "DEL", Arity: -2, Flags: command.Write, Keys: all(command.KeyRM | command.KeyDelete),
			Since: "1.0.0", Summary: "Removes keys.", Tips: sum,
			Complexity: "O(N), N being the number of keys; a large value is freed afterwards, in slices."}),
		row(del, command.Spec{Name: "UNLINK", Arity: -2, Flags: command.Write | command.Fast,
			Keys: all(command.KeyRM | command.KeyDelete), Since: "4.0.0", Summary: "Removes keys; their memory is freed afterwards.",
			Tips: sum, Complexity: "O(1) for every key."}),
		row(exists, command.Spec{Name: "EXISTS", Arity: -2, Flags: command.ReadOnly | command.Fast, Keys: all(command.KeyRO),
			Since: "1.0.0", Summary: "Counts which of the keys exist.", Tips: sum, Complexity: "O(N), N being the number of keys."}),
		row(touch, command.Spec{Name: "TOUCH", Arity: -2, Flags: command.ReadOnly | command.Fast | command.Touches, Keys: all(command.KeyRO),
			Since: "3.2.1", Summary: "Counts which of the keys exist, which are used by that.", Tips: sum,
			Complexity: "O(N), N being the number of keys."}),
		row(typeOf, command.Spec{Name: "TYPE", Arity: 2, Flags: command.ReadOnly | command.Fast, Keys: command.OneKey(command.KeyRO),
			Since: "1.0.0", Summary: "Tells the type of the value at a key.", Complexity: "O(1)"}),
	}
}

func expiryRows() []exec.Row {
	set := func(name, since string, run exec.Handler, summary string) exec.Row {
		return row(run, command.Spec{Name: name, Arity: -3, Flags: command.Write | command.Fast, Since: since,
			Keys: command.OneKey(command.KeyRW | command.KeyUpdate), Summary: summary, Complexity: "O(1)"})
	}
	ask := func(name, since string, run exec.Handler, summary string, tips ...string) exec.Row {
		return row(run, command.Spec{Name: name, Arity: 2, Flags: command.ReadOnly | command.Fast, Since: since,
			Keys: command.OneKey(command.KeyRO | command.KeyAccess), Summary: summary, Complexity: "O(1)", Tips: tips})
	}
	return []exec.Row{
		set("EXPIRE", "1.0.0", expire, "Has a key expire in so many seconds."),
		set("PEXPIRE", "2.6.0", pexpire, "Has a key expire in so many milliseconds."),
		set("EXPIREAT", "1.2.0", expireAt, "Has a key expire at a Unix time in seconds."),
		set("PEXPIREAT", "2.6.0", pexpireAt, "Has a key expire at a Unix time in milliseconds."),
		ask("TTL", "1.0.0", ttl, "Tells in how many seconds a key expires.", "nondeterministic_output"),
		ask("PTTL", "2.6.0", pttl, "Tells in how many milliseconds a key expires.", "nondeterministic_output"),
		ask("EXPIRETIME", "7.0.0", expireTime, "Tells the Unix time in seconds at which a key expires."),
		ask("PEXPIRETIME", "7.0.0", pexpireTime, "Tells the Unix time in milliseconds at which a key expires."),
		row(persist, command.Spec{Name: "PERSIST", Arity: 2, Flags: command.Write | command.Fast, Since: "2.2.0",
			Keys: command.OneKey(command.KeyRW | command.KeyUpdate), Summary: "Has a key never expire.", Complexity: "O(1)"}),
	}
}

func nameRows() []exec.Row {
	from := command.KeySpec{First: 1, Flags: command.KeyRW | command.KeyAccess | command.KeyDelete}
	return []exec.Row{
		row(rename, command.Spec{Name: "RENAME", Arity: 3, Flags: command.Write,
			Keys:  []command.KeySpec{from, {First: 2, Flags: command.KeyOW | command.KeyUpdate}},
			Since: "1.0.0", Summary: "Gives a value another name, and removes what had it.", Complexity: "O(1)"}),
		row(renameNX, command.Spec{Name: "RENAMENX", Arity: 3, Flags: command.Write | command.Fast,
			Keys:  []command.KeySpec{from, {First: 2, Flags: command.KeyOW | command.KeyInsert}},
			Since: "1.0.0", Summary: "Gives a value another name, unless there is a key of that name.", Complexity: "O(1)"}),
		row(move, command.Spec{Name: "MOVE", Arity: 3, Flags: command.Write | command.Fast, Leaves: func([][]byte, int) bool { return true },
			Databases: func([][]byte) [2]int { return [2]int{2} },
			Keys:      command.OneKey(command.KeyRW | command.KeyAccess | command.KeyUpdate),
			Since:     "1.0.0", Summary: "Moves a key to another database.", Complexity: "O(1)"}),
		row(copyKey, command.Spec{Name: "COPY", Arity: -3, Flags: command.Write | command.DenyOOM, Leaves: copiesAway,
			Databases: copiesTo,
			Keys: []command.KeySpec{{First: 1, Flags: command.KeyRO | command.KeyAccess},
				{First: 2, Flags: command.KeyOW | command.KeyUpdate}},
			Since: "6.2.0", Summary: "Copies a value to another key.", Complexity: "O(N), N being the number of elements; O(1) for strings."}),
	}
}

func walkRows() []exec.Row {
	return []exec.Row{
		row(scan, command.Spec{Name: "SCAN", Arity: -2, Flags: command.ReadOnly, Place: command.OnEachShard, Since: "2.8.0",
			Summary:    "Walks over the names of keys, some at every call.",
			Complexity: "O(1) for every call, O(N) for a whole walk, N being the number of keys.",
			Tips:       []string{"nondeterministic_output", "request_policy:special", "response_policy:special"}}),
		row(list, command.Spec{Name: "KEYS", Arity: 2, Flags: command.ReadOnly, ACL: command.CatDangerous,
			Place: command.OnAllShards, Long: true, Since: "1.0.0", Summary: "Lists the names of keys that match a pattern.",
			Complexity: "O(N), N being the number of keys.",
			Tips:       []string{"request_policy:all_shards", "nondeterministic_output_order"}}),
		row(randomKey, command.Spec{Name: "RANDOMKEY", Arity: 1, Flags: command.ReadOnly, Place: command.OnEachShard, Since: "1.0.0",
			Summary: "Returns the name of a key chosen by chance.", Complexity: "O(1)",
			Tips: []string{"request_policy:all_shards", "response_policy:special", "nondeterministic_output"}}),
	}
}
