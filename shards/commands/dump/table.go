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
		restoreRow("RESTORE", "generic", "2.6.0", "Makes a key of the bytes of DUMP.", 0),
		restoreRow("RESTORE-ASKING", "server", "3.0.0", "Is RESTORE for keys whose slot is on its way here, as servers send it.", command.Asking|command.System),
		{Run: migrate, Spec: command.Spec{Name: "MIGRATE", Arity: -6, Flags: command.Write, ACL: command.CatKeyspace | command.CatDangerous, Group: "generic",
			Long: true, Carries: true, Secrets: passwords, Keys: []command.KeySpec{
				{First: 3, Flags: moved, Find: oneKey},
				{First: -2, Last: -1, Word: "KEYS", Flags: moved | command.KeyIncomplete, Find: manyKeys}},
			Since: "2.6.0", Summary: "Brings keys to another server.", Complexity: "That of DUMP and DEL here and of RESTORE there, and O(N) for N bytes on their way.",
			Tips: []string{"nondeterministic_output"}}},
	}
}

// moved is what MIGRATE does with its keys.
const moved = command.KeyRW | command.KeyAccess | command.KeyDelete

func restoreRow(name, group, since, summary string, more command.Flag) exec.Row {
	return exec.Row{Run: restore, Spec: command.Spec{Name: name, Arity: -4, Flags: command.Write | command.DenyOOM | more,
		ACL: command.CatKeyspace | command.CatDangerous, Group: group, Keys: command.OneKey(command.KeyOW | command.KeyUpdate),
		Since: since, Summary: summary, Complexity: "O(N), N being the size of the value; O(N log N) for sorted sets."}}
}
