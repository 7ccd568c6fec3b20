package control

import "sigrun/protocol/command"

// UnbuiltRows are commands of Valkey 9.1 that are not built yet, as far as rules of users know them: nobody runs them. Who builds one takes its row
// from here.
func UnbuiltRows() []*command.Spec {
	row := func(name string, arity int, flags command.Flag) *command.Spec {
		return &command.Spec{Name: name, Arity: arity, Flags: flags | command.NoScript}
	}
	script := func(name string, arity int, flags command.Flag) *command.Spec {
		s := row(name, arity, flags)
		s.ACL = command.CatScripting
		return s
	}
	return []*command.Spec{
		row("SYNC", 1, command.Admin|command.NoMulti),
		row("PSYNC", -3, command.Admin|command.NoMulti),
		row("REPLCONF", -1, command.Admin|command.Loading|command.Stale|command.AllowBusy),
		row("REPLICAOF", 3, command.Admin|command.Stale),
		row("SLAVEOF", 3, command.Admin|command.Stale),
		row("FAILOVER", -1, command.Admin|command.Stale),
		row("MODULE|LOAD", -3, command.Admin|command.Protected),
		row("MODULE|LOADEX", -3, command.Admin|command.Protected),
		row("MODULE|UNLOAD", 3, command.Admin|command.Protected),
		script("SCRIPT|DEBUG", -3, 0),
		script("FUNCTION|KILL", 2, command.AllowBusy),
		script("FUNCTION|STATS", 2, command.AllowBusy),
	}
}
