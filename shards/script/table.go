package script

import (
	"bytes"
	"slices"

	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// Rows are the commands of this family.
func (b *Book) Rows() []exec.Row {
	return slices.Concat(b.evalRows(), b.cacheRows(), b.functionRows(), b.callRows())
}

func (b *Book) evalRows() []exec.Row {
	const rw = command.NoScript | command.SkipMonitor | command.MayReplicate | command.NoMandatoryKeys | command.Stale | command.MovableKeys
	const ro = command.NoScript | command.SkipMonitor | command.NoMandatoryKeys | command.Stale | command.ReadOnly | command.MovableKeys
	row := func(name, since, summary string, flags command.Flag, keys command.KeyFlag, note string, bySum, readOnly bool) exec.Row {
		return exec.Row{Run: func(c *exec.Ctx) error { return b.evaluate(c, bySum, readOnly) },
			Spec: command.Spec{Name: name, Arity: -3, Flags: flags, ACL: command.CatScripting, Long: true,
				Keys: []command.KeySpec{{First: 3, NumAt: 2, Flags: keys, Note: note}}, Group: "scripting", Since: since,
				Summary: summary, Complexity: "Depends on the script that is executed."}}
	}
	all, reads := command.KeyRW|command.KeyAccess|command.KeyUpdate, command.KeyRO|command.KeyAccess
	return []exec.Row{
		row("EVAL", "2.6.0", "Runs a Lua script.", rw, all, "RW and UPDATE, the worst case: nobody knows what a script does", false, false),
		row("EVALSHA", "2.6.0", "Runs a cached Lua script, named by its SHA1 digest.", rw|command.BySum, all, "", true, false),
		row("EVAL_RO", "7.0.0", "Runs a Lua script that may not write.", ro, reads, "RO and ACCESS, the worst case: nobody knows what a script does", false, true),
		row("EVALSHA_RO", "7.0.0", "Runs a cached Lua script that may not write, named by its SHA1 digest.", ro|command.BySum, reads, "", true, true),
	}
}

func (b *Book) cacheRows() []exec.Row {
	row := func(name string, arity int, flags command.Flag, since, summary, complexity string, run exec.Handler, tips ...string) exec.Row {
		return exec.Row{Run: run, Spec: command.Spec{Name: "SCRIPT|" + name, Arity: arity, Flags: command.NoScript | flags,
			ACL: command.CatScripting, Group: "scripting", Since: since, Summary: summary, Complexity: complexity, Tips: tips}}
	}
	help := row("HELP", 2, command.Loading|command.Stale, "5.0.0", "Describes the subcommands.", "O(1)", scriptHelp)
	help.Spec.Flags &^= command.NoScript
	const nodes, every = "request_policy:all_nodes", "response_policy:all_succeeded"
	return []exec.Row{
		row("LOAD", 3, command.Stale, "2.6.0", "Puts a Lua script into the cache.", "O(N) with N being the length of the script in bytes.", b.load, nodes, every),
		row("EXISTS", -3, command.Stale, "2.6.0", "Tells which Lua scripts are in the cache.", "O(N) with N being the number of scripts asked for.", b.exists,
			"request_policy:all_shards", "response_policy:agg_logical_and"),
		row("FLUSH", -2, command.Stale, "2.6.0", "Removes all Lua scripts from the cache.", "O(N) with N being the number of scripts in the cache.", b.flushAll, nodes, every),
		row("KILL", 2, command.AllowBusy, "2.6.0", "Ends the Lua script that makes the server busy.", "O(1)", kill,
			"request_policy:all_shards", "response_policy:one_succeeded"),
		row("SHOW", 3, command.Stale, "8.0.0", "Returns a Lua script that is in the cache.", "O(1).", b.show),
		help,
	}
}

// scriptHelp implements SCRIPT HELP.
func scriptHelp(c *exec.Ctx) error {
	c.Out.Help("SCRIPT",
		"EXISTS <sha1> [<sha1> ...]", "    Of each script: 1 if it is in the cache, else 0.",
		"FLUSH [ASYNC|SYNC]", "    Empty the cache.",
		"KILL", "    End the script that makes the server busy, unless it has written.",
		"LOAD <script>", "    Put a script into the cache without running it.",
		"SHOW <sha1>", "    The text of a script in the cache.")
	return nil
}

// load implements SCRIPT LOAD script.
func (b *Book) load(c *exec.Ctx) error {
	s, err := b.add(string(c.Args[2]), true)
	if err != nil {
		return err
	}
	c.Out.BulkString(s.Sum)
	return nil
}

// exists implements SCRIPT EXISTS sha1 [sha1 ...].
func (b *Book) exists(c *exec.Ctx) error {
	c.Out.Array(len(c.Args) - 2)
	for _, sum := range c.Args[2:] {
		n := int64(0)
		if b.find(sum) != nil {
			n = 1
		}
		c.Out.Int(n)
	}
	return nil
}

// flushAll implements SCRIPT FLUSH [ASYNC|SYNC].
func (b *Book) flushAll(c *exec.Ctx) error {
	if n := len(c.Args); n > 3 || n == 3 && !bytes.EqualFold(c.Args[2], []byte("SYNC")) && !bytes.EqualFold(c.Args[2], []byte("ASYNC")) {
		return resp.ErrScriptFlush
	}
	b.flush()
	c.Out.OK()
	return nil
}

// show implements SCRIPT SHOW sha1.
func (b *Book) show(c *exec.Ctx) error {
	s := b.find(c.Args[2])
	if s == nil {
		return resp.ErrNoScript
	}
	c.Out.BulkString(s.Body)
	return nil
}

// kill implements SCRIPT KILL.
func kill(c *exec.Ctx) error {
	if err := c.Engine().KillScripts(); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}
