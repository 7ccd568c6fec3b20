package script

import (
	"bytes"

	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// functionRows are the commands on libraries of functions: there are none yet, so all of them can be listed and removed.
func functionRows() []exec.Row {
	row := func(name string, arity int, flags command.Flag, summary, complexity string, run exec.Handler, tips ...string) exec.Row {
		return exec.Row{Run: run, Spec: command.Spec{Name: "FUNCTION|" + name, Arity: arity, Flags: flags,
			ACL: command.CatScripting, Group: "scripting", Since: "7.0.0", Summary: summary, Complexity: complexity, Tips: tips}}
	}
	return []exec.Row{
		row("FLUSH", -2, command.NoScript|command.Write, "Removes all libraries of functions.", "O(N) with N being the number of functions.", functionFlush,
			"request_policy:all_shards", "response_policy:all_succeeded"),
		row("LIST", -2, command.NoScript, "Describes the libraries of functions.", "O(N) with N being the number of functions.", functionList,
			"nondeterministic_output_order"),
		row("HELP", 2, command.Loading|command.Stale, "Describes the subcommands.", "O(1)", functionHelp),
	}
}

// functionFlush implements FUNCTION FLUSH [ASYNC|SYNC].
func functionFlush(c *exec.Ctx) error {
	switch {
	case len(c.Args) > 3:
		return resp.Errorf("ERR unknown subcommand or wrong number of arguments for '%.128s'. Try FUNCTION HELP.", c.Args[1])
	case len(c.Args) == 3 && !bytes.EqualFold(c.Args[2], []byte("SYNC")) && !bytes.EqualFold(c.Args[2], []byte("ASYNC")):
		return resp.ErrFunctionFlush
	}
	c.ChangedUnwatched(1)
	c.Out.OK()
	return nil
}

// functionList implements FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE].
func functionList(c *exec.Ctx) error {
	named, code := false, false
	for i := 2; i < len(c.Args); i++ {
		switch {
		case !code && bytes.EqualFold(c.Args[i], []byte("WITHCODE")):
			code = true
		case !named && bytes.EqualFold(c.Args[i], []byte("LIBRARYNAME")):
			if i++; i == len(c.Args) {
				return resp.ErrNoLibraryName
			}
			named = true
		default:
			return resp.Errorf("ERR Unknown argument %s", c.Args[i])
		}
	}
	c.Out.Array(0)
	return nil
}

// functionHelp implements FUNCTION HELP.
func functionHelp(c *exec.Ctx) error {
	c.Out.Help("FUNCTION",
		"LIST [LIBRARYNAME PATTERN] [WITHCODE]", "    Describe the libraries, or those whose name fits.",
		"FLUSH [ASYNC|SYNC]", "    Remove all libraries.")
	return nil
}
