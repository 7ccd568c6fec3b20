// Package str implements the commands on strings. A handler runs under the tokens of
// its keys and sees nothing but its exec.Ctx.
package str

import (
	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	return []exec.Row{
		{Run: get, Spec: command.Spec{Name: "GET", Arity: 2, Flags: command.ReadOnly | command.Fast,
			ACL: command.CatString, Keys: command.OneKey(command.KeyRO | command.KeyAccess), Group: "string",
			Since: "1.0.0", Summary: "Returns the string value of a key.", Complexity: "O(1)"}},
		{Run: set, Spec: command.Spec{Name: "SET", Arity: -3, Flags: command.Write | command.DenyOOM,
			ACL:  command.CatString,
			Keys: command.OneKey(command.KeyRW | command.KeyAccess | command.KeyUpdate | command.KeyVariable), Group: "string",
			Since: "1.0.0", Summary: "Sets the string value of a key, ignoring its type.", Complexity: "O(1)"}},
	}
}
