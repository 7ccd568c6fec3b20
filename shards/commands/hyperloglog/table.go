// Package hyperloglog implements the commands that estimate how many different elements
// there were. A handler runs under the tokens of its keys and sees nothing but its exec.Ctx.
package hyperloglog

import (
	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	row := func(run exec.Handler, s command.Spec) exec.Row {
		s.ACL, s.Group, s.Since = command.CatHyperLogLog, "hyperloglog", "2.8.9"
		return exec.Row{Run: run, Spec: s}
	}
	const (
		grows  = command.Write | command.DenyOOM
		access = command.KeyRW | command.KeyAccess
	)
	return []exec.Row{
		row(pfadd, command.Spec{Name: "PFADD", Arity: -2, Flags: grows | command.Fast, Keys: command.OneKey(command.KeyRW | command.KeyInsert),
			Summary: "Notes elements in a HyperLogLog, which is made if it does not exist.", Complexity: "O(1) for each element."}),
		row(pfcount, command.Spec{Name: "PFCOUNT", Arity: -2, Flags: command.ReadOnly | command.MayReplicate,
			Keys:    []command.KeySpec{{First: 1, Last: -1, Flags: access, Note: "RW, since the estimate is kept in the value"}},
			Summary: "Estimates how many different elements HyperLogLogs have seen together.", Complexity: "O(N) where N is the number of keys; O(1) for one that has not changed."}),
		row(pfmerge, command.Spec{Name: "PFMERGE", Arity: -2, Flags: grows,
			Keys:    []command.KeySpec{{First: 1, Flags: access | command.KeyInsert}, {First: 2, Last: -1, Flags: command.KeyRO | command.KeyAccess}},
			Summary: "Adds what HyperLogLogs have seen to another one.", Complexity: "O(N) where N is the number of keys."}),
		row(pfdebug, command.Spec{Name: "PFDEBUG", Arity: 3, Flags: grows | command.Admin | command.System, Keys: []command.KeySpec{{First: 2, Flags: access}},
			Summary: "Shows the inside of a HyperLogLog.", Complexity: "N/A"}),
		row(pfselftest, command.Spec{Name: "PFSELFTEST", Arity: 1, Flags: command.Admin | command.System, Long: true,
			Summary: "Tests HyperLogLogs.", Complexity: "N/A"}),
	}
}
