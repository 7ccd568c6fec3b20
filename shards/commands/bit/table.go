// Package bit implements the commands that treat a string as bits. A handler runs under
// the tokens of its keys and sees nothing but its exec.Ctx.
//
// Bit 0 is the highest bit of the first byte. What lies behind a string is zeros.
package bit

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
	row := func(run exec.Handler, name, since string, arity int, flags command.Flag, keys []command.KeySpec, summary, complexity string) exec.Row {
		return exec.Row{Run: run, Spec: command.Spec{Name: name, Arity: arity, Flags: flags, ACL: command.CatBitmap, Keys: keys,
			Group: "bitmap", Since: since, Summary: summary, Complexity: complexity}}
	}
	const (
		linear = "O(N) where N is the length of the string."
		each   = "O(1) for each field."
		grows  = command.Write | command.DenyOOM
		asks   = command.ReadOnly | command.Fast
	)
	one := command.OneKey
	rows := []exec.Row{
		row(bitcount, "BITCOUNT", "2.6.0", -2, command.ReadOnly, one(reads), "Counts the ones among the bits of a string.", linear),
		row(bitfield, "BITFIELD", "3.2.0", -2, grows, []command.KeySpec{{First: 1, Flags: changes | command.KeyVariable, Note: "it may read, write or both"}},
			"Reads and changes integers of any width in a string.", each),
		row(bitfieldRO, "BITFIELD_RO", "6.0.0", -2, asks, one(reads), "Reads integers of any width in a string.", each),
		row(bitop, "BITOP", "2.6.0", -4, grows, []command.KeySpec{{First: 2, Flags: command.KeyOW | command.KeyUpdate}, {First: 3, Last: -1, Flags: reads}},
			"Combines the bits of several strings and stores the result.", linear),
		row(bitpos, "BITPOS", "2.8.7", -3, command.ReadOnly, one(reads), "Finds the first one or the first zero among the bits of a string.", linear),
		row(getBit, "GETBIT", "2.2.0", 3, asks, one(reads), "Returns one bit of a string.", "O(1)"),
		row(setBit, "SETBIT", "2.2.0", 4, grows, one(changes), "Sets or clears one bit of a string.", "O(1)"),
	}
	for i := range rows {
		if rows[i].Spec.Name == "BITFIELD" {
			rows[i].Spec.KeyFlags = fieldKeyFlags
		}
	}
	return rows
}
