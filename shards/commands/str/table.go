// Package str implements the commands on strings. A handler runs under the tokens of
// its keys and sees nothing but its exec.Ctx.
package str

import (
	"slices"

	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

const (
	reads   = command.KeyRO | command.KeyAccess
	changes = command.KeyRW | command.KeyAccess | command.KeyUpdate
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	return slices.Concat(wholeRows(), manyRows(), numberRows(), partRows())
}

func row(run exec.Handler, s command.Spec) exec.Row {
	s.ACL |= command.CatString
	s.Group = "string"
	return exec.Row{Run: run, Spec: s}
}

const (
	grows = command.Write | command.DenyOOM
	asks  = command.ReadOnly | command.Fast
)

// wholeRows set and get the string at one key.
func wholeRows() []exec.Row {
	return []exec.Row{
		row(get, command.Spec{Name: "GET", Arity: 2, Flags: asks, Keys: command.OneKey(reads), Since: "1.0.0",
			Summary: "Returns the string at a key.", Complexity: "O(1)"}),
		row(getDel, command.Spec{Name: "GETDEL", Arity: 2, Flags: command.Write | command.Fast,
			Keys:  command.OneKey(command.KeyRW | command.KeyAccess | command.KeyDelete),
			Since: "6.2.0", Summary: "Returns the string at a key and removes the key.", Complexity: "O(1)"}),
		row(getEx, command.Spec{Name: "GETEX", Arity: -2, Flags: command.Write | command.Fast,
			Keys:  []command.KeySpec{{First: 1, Flags: changes, Note: "RW and UPDATE, since it changes when the key expires"}},
			Since: "6.2.0", Summary: "Returns the string at a key and changes when it expires.", Complexity: "O(1)"}),
		row(getSet, command.Spec{Name: "GETSET", Arity: 3, Flags: grows | command.Fast, Keys: command.OneKey(changes),
			Since: "1.0.0", Summary: "Returns the string at a key and sets another.", Complexity: "O(1)"}),
		row(set, command.Spec{Name: "SET", Arity: -3, Flags: grows, KeyFlags: setKeyFlags, Since: "1.0.0",
			Keys:    []command.KeySpec{{First: 1, Flags: changes | command.KeyVariable, Note: "RW and ACCESS because of GET"}},
			Summary: "Makes a key hold a string, whatever it held before.", Complexity: "O(1)"}),
		row(setNX, command.Spec{Name: "SETNX", Arity: 3, Flags: grows | command.Fast,
			Keys: command.OneKey(command.KeyOW | command.KeyInsert), Since: "1.0.0",
			Summary: "Makes a key hold a string, unless it exists.", Complexity: "O(1)"}),
		row(setEx, command.Spec{Name: "SETEX", Arity: 4, Flags: grows, Keys: command.OneKey(command.KeyOW | command.KeyUpdate),
			Since: "2.0.0", Summary: "Makes a key hold a string for so many seconds.", Complexity: "O(1)"}),
		row(psetEx, command.Spec{Name: "PSETEX", Arity: 4, Flags: grows, Keys: command.OneKey(command.KeyOW | command.KeyUpdate),
			Since: "2.6.0", Summary: "Makes a key hold a string for so many milliseconds.", Complexity: "O(1)"}),
		row(deleteIfEqual, command.Spec{Name: "DELIFEQ", Arity: 3, Flags: command.Write | command.Fast,
			Keys: command.OneKey(command.KeyRM | command.KeyDelete), Since: "9.0.0",
			Summary: "Removes a key if it holds the given string.", Complexity: "O(1)"}),
	}
}

// manyRows do so with several keys.
func manyRows() []exec.Row {
	pairs := func(f command.KeyFlag) []command.KeySpec {
		return []command.KeySpec{{First: 1, Last: -1, Step: 2, Flags: f}}
	}
	const perKey = "O(N), N being the number of keys."
	everywhere := []string{"request_policy:multi_shard", "response_policy:all_succeeded"}
	return []exec.Row{
		row(mget, command.Spec{Name: "MGET", Arity: -2, Flags: asks, Keys: []command.KeySpec{{First: 1, Last: -1, Flags: reads}},
			Since: "1.0.0", Summary: "Returns the strings at several keys, all of one instant.", Complexity: perKey,
			Tips: []string{"request_policy:multi_shard"}}),
		row(mset, command.Spec{Name: "MSET", Arity: -3, Flags: grows, Keys: pairs(command.KeyOW | command.KeyUpdate), Since: "1.0.1",
			Summary: "Makes several keys hold strings, all in one instant.", Complexity: perKey, Tips: everywhere}),
		row(msetNX, command.Spec{Name: "MSETNX", Arity: -3, Flags: grows, Keys: pairs(command.KeyOW | command.KeyInsert), Since: "1.0.1",
			Summary: "Makes several keys hold strings, unless one of them exists.", Complexity: perKey}),
		row(msetEx, command.Spec{Name: "MSETEX", Arity: -4, Flags: grows, Since: "9.1.0",
			Keys:    []command.KeySpec{{First: 2, NumAt: 1, Step: 2, Flags: command.KeyOW | command.KeyUpdate}},
			Summary: "Makes several keys hold strings that expire together.", Complexity: perKey, Tips: everywhere}),
	}
}

// numberRows reckon with the number at a key; an absent one counts as 0.
func numberRows() []exec.Row {
	one := func(name, since string, arity int, run exec.Handler, summary string) exec.Row {
		return row(run, command.Spec{Name: name, Arity: arity, Flags: grows | command.Fast, Keys: command.OneKey(changes), Since: since,
			Summary: summary, Complexity: "O(1)"})
	}
	return []exec.Row{
		one("INCR", "1.0.0", 2, incr, "Adds one to the integer at a key."),
		one("DECR", "1.0.0", 2, decr, "Takes one from the integer at a key."),
		one("INCRBY", "1.0.0", 3, incrby, "Adds a number to the integer at a key."),
		one("DECRBY", "1.0.0", 3, decrby, "Takes a number from the integer at a key."),
		one("INCRBYFLOAT", "2.6.0", 3, incrByFloat, "Adds a floating point number to that at a key."),
	}
}

// partRows look at or change a part of a string.
func partRows() []exec.Row {
	return []exec.Row{
		row(appendTo, command.Spec{Name: "APPEND", Arity: 3, Flags: grows | command.Fast, Keys: command.OneKey(command.KeyRW | command.KeyInsert),
			Since: "2.0.0", Summary: "Puts bytes behind the string at a key.", Complexity: "O(1), amortised, for every byte appended."}),
		row(strlen, command.Spec{Name: "STRLEN", Arity: 2, Flags: asks, Keys: command.OneKey(command.KeyRO), Since: "2.2.0",
			Summary: "Tells the length of the string at a key.", Complexity: "O(1)"}),
		row(getRange, command.Spec{Name: "GETRANGE", Arity: 4, Flags: command.ReadOnly, Keys: command.OneKey(reads), Since: "2.4.0",
			Summary: "Returns a part of the string at a key.", Complexity: "O(N), N being the length of the part."}),
		row(getRange, command.Spec{Name: "SUBSTR", Arity: 4, Flags: command.ReadOnly, Keys: command.OneKey(reads), Since: "1.0.0",
			Summary: "Returns a part of the string at a key.", Complexity: "O(N), N being the length of the part."}),
		row(setRange, command.Spec{Name: "SETRANGE", Arity: 4, Flags: grows, Keys: command.OneKey(command.KeyRW | command.KeyUpdate),
			Since: "2.2.0", Summary: "Overwrites a part of the string at a key.", Complexity: "O(N), N being the length of the part."}),
		row(lcs, command.Spec{Name: "LCS", Arity: -3, Flags: command.ReadOnly, Long: true,
			Keys: []command.KeySpec{{First: 1, Last: 1, Flags: reads}}, Since: "7.0.0",
			Summary: "Finds the longest common subsequence of two strings.", Complexity: "O(N*M), N and M being the lengths of the strings."}),
	}
}

// setKeyFlags tells what a SET does with its key: with GET it reads, too.
func setKeyFlags(args [][]byte) command.KeyFlag {
	for _, word := range args[min(3, len(args)):] {
		if exec.Is(word, "GET") {
			return command.KeyRW | command.KeyAccess | command.KeyUpdate
		}
	}
	return command.KeyOW | command.KeyUpdate
}
