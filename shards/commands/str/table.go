// Package str implements the commands on strings. A handler runs under the tokens of
// its keys and sees nothing but its exec.Ctx.
package str

import (
	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

const (
	reads   = command.KeyRO | command.KeyAccess
	changes = command.KeyRW | command.KeyAccess | command.KeyUpdate
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	return []exec.Row{
		{Run: get, Spec: command.Spec{Name: "GET", Arity: 2, Flags: command.ReadOnly | command.Fast,
			ACL: command.CatString, Keys: command.OneKey(reads), Group: "string", Since: "1.0.0",
			Summary: "Returns the string at a key.", Complexity: "O(1)"}},
		{Run: set, Spec: command.Spec{Name: "SET", Arity: -3, Flags: command.Write | command.DenyOOM,
			ACL: command.CatString, Keys: command.OneKey(changes | command.KeyVariable), Group: "string", Since: "1.0.0",
			Summary: "Makes a key hold a string, whatever it held before.", Complexity: "O(1)"}},
		{Run: mget, Spec: command.Spec{Name: "MGET", Arity: -2, Flags: command.ReadOnly | command.Fast,
			ACL: command.CatString, Keys: []command.KeySpec{{First: 1, Last: -1, Flags: reads}}, Group: "string", Since: "1.0.0",
			Summary: "Returns the strings at several keys, all of one instant.", Complexity: "O(N), N being the number of keys.",
			Tips: []string{"request_policy:multi_shard"}}},
		{Run: mset, Spec: command.Spec{Name: "MSET", Arity: -3, Flags: command.Write | command.DenyOOM,
			ACL: command.CatString, Keys: []command.KeySpec{{First: 1, Last: -1, Step: 2, Flags: command.KeyOW | command.KeyUpdate}},
			Group: "string", Since: "1.0.1", Summary: "Makes several keys hold strings, all in one instant.",
			Complexity: "O(N), N being the number of keys.",
			Tips:       []string{"request_policy:multi_shard", "response_policy:all_succeeded"}}},
		{Run: incr, Spec: command.Spec{Name: "INCR", Arity: 2, Flags: command.Write | command.DenyOOM | command.Fast,
			ACL: command.CatString, Keys: command.OneKey(changes), Group: "string", Since: "1.0.0",
			Summary: "Adds one to the integer at a key; an absent one counts as 0.", Complexity: "O(1)"}},
		{Run: decr, Spec: command.Spec{Name: "DECR", Arity: 2, Flags: command.Write | command.DenyOOM | command.Fast,
			ACL: command.CatString, Keys: command.OneKey(changes), Group: "string", Since: "1.0.0",
			Summary: "Takes one from the integer at a key; an absent one counts as 0.", Complexity: "O(1)"}},
		{Run: incrby, Spec: command.Spec{Name: "INCRBY", Arity: 3, Flags: command.Write | command.DenyOOM | command.Fast,
			ACL: command.CatString, Keys: command.OneKey(changes), Group: "string", Since: "1.0.0",
			Summary: "Adds a number to the integer value of a key.", Complexity: "O(1)"}},
		{Run: decrby, Spec: command.Spec{Name: "DECRBY", Arity: 3, Flags: command.Write | command.DenyOOM | command.Fast,
			ACL: command.CatString, Keys: command.OneKey(changes), Group: "string", Since: "1.0.0",
			Summary: "Subtracts a number from the integer value of a key.", Complexity: "O(1)"}},
		{Run: lcs, Spec: command.Spec{Name: "LCS", Arity: -3, Flags: command.ReadOnly, Long: true,
			ACL: command.CatString, Keys: []command.KeySpec{{First: 1, Last: 1, Flags: reads}}, Group: "string", Since: "7.0.0",
			Summary: "Finds the longest common subsequence of two strings.", Complexity: "O(N*M), N and M being the lengths of the strings."}},
		{Run: bitcount, Spec: command.Spec{Name: "BITCOUNT", Arity: -2, Flags: command.ReadOnly,
			ACL: command.CatBitmap, Keys: command.OneKey(reads), Group: "bitmap", Since: "2.6.0",
			Summary: "Counts the ones among the bits of a string.", Complexity: "O(N)"}},
	}
}
