package control

import "sigrun/protocol/command"

// roleRows are the commands that tell what the server is to others, and what it has loaded.
func roleRows() []Row {
	row := func(run Handler, name string, arity int, flags command.Flag, since, summary, complexity string, tips ...string) Row {
		return Row{Run: run, Spec: command.Spec{Name: name, Arity: arity, Flags: flags, Place: command.OnControl,
			Group: "server", Since: since, Summary: summary, Complexity: complexity, Tips: tips}}
	}
	who := row(role, "ROLE", 1, common|command.Fast, "2.8.12", "Tells whether the server is a primary or a replica, and of whom.", "O(1)")
	who.Spec.ACL = command.CatAdmin | command.CatDangerous
	return []Row{
		who,
		row(moduleList, "MODULE|LIST", 2, command.Admin|command.NoScript, "4.0.0", "Lists the modules that are loaded.", "O(N) where N is the number of modules",
			"nondeterministic_output_order"),
		row(moduleHelp, "MODULE|HELP", 2, command.Loading|command.Stale, "5.0.0", "Describes the subcommands.", "O(1)"),
	}
}

// role implements ROLE: a primary, how much of its stream there is, and its replicas. There is neither a stream nor a replica.
func role(c *Ctx) error {
	c.Out.Array(3)
	c.Out.BulkString("master")
	c.Out.Int(0)
	c.Out.Array(0)
	return nil
}

// moduleList implements MODULE LIST. There are no modules.
func moduleList(c *Ctx) error {
	c.Out.Array(0)
	return nil
}

// moduleHelp implements MODULE HELP.
func moduleHelp(c *Ctx) error {
	c.Out.Help("MODULE", "LIST", "    Modules that are loaded.")
	return nil
}
