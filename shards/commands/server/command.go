package server

import (
	"bytes"
	"slices"
	"strings"

	"sigrun/internal/glob"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// commandAll implements COMMAND.
func commandAll(c *exec.Ctx) error {
	top := c.Engine().Table.Top()
	c.Out.Array(len(top))
	for _, s := range top {
		writeInfo(c.Out, s)
	}
	return nil
}

// commandCount implements COMMAND COUNT.
func commandCount(c *exec.Ctx) error {
	c.Out.Int(int64(len(c.Engine().Table.Top())))
	return nil
}

// named finds a command by its name or "container|subcommand", nil when there is none.
func named(c *exec.Ctx, name []byte) *command.Spec {
	first, rest, isSub := bytes.Cut(name, []byte("|"))
	s := c.Engine().Table.Lookup(first)
	if s != nil && isSub {
		s = s.Sub(rest)
	}
	return s
}

// commandInfo implements COMMAND INFO [name ...].
func commandInfo(c *exec.Ctx) error {
	if len(c.Args) == 2 {
		return commandAll(c)
	}
	c.Out.Array(len(c.Args) - 2)
	for _, name := range c.Args[2:] {
		if s := named(c, name); s != nil {
			writeInfo(c.Out, s)
		} else {
			c.Out.Null()
		}
	}
	return nil
}

// commandDocs implements COMMAND DOCS [name ...].
func commandDocs(c *exec.Ctx) error {
	specs := c.Engine().Table.Top()
	if len(c.Args) > 2 {
		specs = nil
		for _, name := range c.Args[2:] {
			if s := named(c, name); s != nil {
				specs = append(specs, s)
			}
		}
	}
	c.Out.Map(len(specs))
	for _, s := range specs {
		c.Out.BulkString(s.FullName())
		writeDocs(c.Out, s)
	}
	return nil
}

// commandList implements COMMAND LIST [FILTERBY MODULE name | ACLCAT category |
// PATTERN pattern].
func commandList(c *exec.Ctx) error {
	passes := func(*command.Spec) bool { return true }
	if len(c.Args) > 2 {
		var ok bool
		if passes, ok = listFilter(c.Args[2:]); !ok {
			return resp.ErrSyntax
		}
	}
	mark, n := c.Out.Mark(), 0
	for _, s := range c.Engine().Table.Specs() {
		if !s.Inner() && passes(s) {
			c.Out.BulkString(s.FullName())
			n++
		}
	}
	c.Out.InsertArray(mark, n)
	return nil
}

func listFilter(words [][]byte) (passes func(*command.Spec) bool, ok bool) {
	if len(words) != 3 || !exec.Is(words[0], "FILTERBY") {
		return nil, false
	}
	arg := words[2]
	switch {
	case exec.Is(words[1], "MODULE"): // there are none
		return func(*command.Spec) bool { return false }, true
	case exec.Is(words[1], "ACLCAT"):
		category := "@" + strings.ToLower(string(arg))
		return func(s *command.Spec) bool { return slices.Contains(s.Categories().Names(), category) }, true
	case exec.Is(words[1], "PATTERN"):
		return func(s *command.Spec) bool { return glob.Match(arg, []byte(s.FullName()), true) }, true
	}
	return nil, false
}

// commandGetKeys implements COMMAND GETKEYS command [arg ...].
func commandGetKeys(c *exec.Ctx) error {
	return listKeys(c, func(key []byte, _ command.KeyFlag) { c.Out.Bulk(key) })
}

// commandGetKeysAndFlags implements COMMAND GETKEYSANDFLAGS command [arg ...].
func commandGetKeysAndFlags(c *exec.Ctx) error {
	return listKeys(c, func(key []byte, flags command.KeyFlag) {
		c.Out.Array(2)
		c.Out.Bulk(key)
		writeNames(c.Out, flags.Names())
	})
}

var (
	errNoCommand   = &resp.Error{Text: "ERR Invalid command specified"}
	errNoKeys      = &resp.Error{Text: "ERR The command has no key arguments"}
	errCommandArgs = &resp.Error{Text: "ERR Invalid number of arguments specified for command"}
	errBadArgs     = &resp.Error{Text: "ERR Invalid arguments specified for command"}
)

func listKeys(c *exec.Ctx, write func(key []byte, flags command.KeyFlag)) error {
	args := c.Args[2:]
	s := c.Engine().Table.Lookup(args[0])
	if s != nil && len(args) > 1 && len(s.Subs) > 0 {
		s = s.Sub(args[1])
	}
	switch {
	case s == nil:
		return errNoCommand
	case !s.HasKeys():
		return errNoKeys
	case !s.ArityOK(len(args)):
		return errCommandArgs
	}
	mark, n := c.Out.Mark(), 0
	for i := range s.Keys {
		if s.Keys[i].Flags&command.KeyNotKey != 0 {
			continue
		}
		first, last, step, ok := s.Keys[i].Range(args)
		if !ok || first > last && s.Keys[i].NumAt > 0 { // a number of keys that is none
			n = 0
			c.Out.Rewind(mark)
			break
		}
		flags := s.Keys[i].Flags
		if flags&command.KeyVariable != 0 && s.KeyFlags != nil {
			flags = s.KeyFlags(args)
		}
		for at := first; at <= last; at += step {
			write(args[at], flags)
			n++
		}
	}
	if n == 0 && !s.Has(command.NoMandatoryKeys) {
		return errBadArgs
	}
	c.Out.InsertArray(mark, n)
	return nil
}

// commandHelp implements COMMAND HELP.
func commandHelp(c *exec.Ctx) error {
	c.Out.Help("COMMAND",
		"(no subcommand)", "    Describe all commands.",
		"COUNT", "    How many commands there are.",
		"DOCS [<command> ...]", "    Documentation of some commands, or of all.",
		"GETKEYS <command> [<arg> ...]", "    The keys of a command.",
		"GETKEYSANDFLAGS <command> [<arg> ...]", "    The keys of a command and what it does with them.",
		"INFO [<command> ...]", "    Describe some commands, or all.",
		"LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]", "    Names of commands and subcommands.")
	return nil
}
