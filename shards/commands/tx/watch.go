// Package tx implements the part of transactions that concerns keys: WATCH. Queueing
// and EXEC belong to the connection.
package tx

import (
	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	return []exec.Row{
		{Run: watch, Spec: command.Spec{Name: "WATCH", Arity: -2,
			Flags: command.NoScript | command.Loading | command.Stale | command.Fast | command.AllowBusy | command.NoMulti,
			ACL:   command.CatTransaction, Keys: []command.KeySpec{{First: 1, Last: -1, Flags: command.KeyRO}},
			Group: "transactions", Since: "2.2.0", Summary: "Monitors changes to keys to determine the execution of a transaction.",
			Complexity: "O(1) for every key."}},
	}
}

// watch implements WATCH key [key ...].
func watch(c *exec.Ctx) error {
	for i := 1; i < len(c.Args); i++ {
		c.Watch(i)
	}
	c.Out.OK()
	return nil
}
