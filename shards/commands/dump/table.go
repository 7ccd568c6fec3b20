// Package dump implements the commands that take a value out as bytes and put it in again. A handler runs under the token of its key
// and sees nothing but its exec.Ctx.
package dump

import (
	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	return []exec.Row{
		{Run: dump, Spec: command.Spec{Name: "DUMP", Arity: 2, Flags: command.ReadOnly, ACL: command.CatKeyspace, Group: "generic",
			Keys: command.OneKey(command.KeyRO | command.KeyAccess), Since: "2.6.0", Summary: "Returns a value as bytes that RESTORE takes.",
			Complexity: "O(N), N being the size of the value.", Tips: []string{"nondeterministic_output"}}},
		{Run: restore, Spec: command.Spec{Name: "RESTORE", Arity: -4, Flags: command.Write | command.DenyOOM,
			ACL: command.CatKeyspace | command.CatDangerous, Group: "generic", Keys: command.OneKey(command.KeyOW | command.KeyUpdate),
			Since: "2.6.0", Summary: "Makes a key of the bytes of DUMP.", Complexity: "O(N), N being the size of the value; O(N log N) for sorted sets."}},
	}
}
