package script

import (
	"bytes"

	"sigrun/internal/glob"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/rdb"
)

// functionRows are the commands on libraries of functions. These are kept as code: nothing compiles or runs them yet.
func (b *Book) functionRows() []exec.Row {
	row := func(name string, arity int, flags command.Flag, summary, complexity string, run exec.Handler, tips ...string) exec.Row {
		return exec.Row{Run: run, Spec: command.Spec{Name: "FUNCTION|" + name, Arity: arity, Flags: flags,
			ACL: command.CatScripting, Group: "scripting", Since: "7.0.0", Summary: summary, Complexity: complexity, Tips: tips}}
	}
	changes := func(name string, arity int, flags command.Flag, summary, complexity string, run exec.Handler) exec.Row {
		r := row(name, arity, command.NoScript|command.Write|flags, summary, complexity, run, "request_policy:all_shards", "response_policy:all_succeeded")
		r.Spec.Place = command.OnAllShards // a snapshot has the libraries of its moment
		return r
	}
	return []exec.Row{
		changes("DELETE", 3, 0, "Removes a library of functions.", "O(1)", b.functionDelete),
		row("DUMP", 2, command.NoScript, "Returns all libraries as bytes that FUNCTION RESTORE takes.", "O(N) where N is the number of functions.", b.functionDump),
		changes("FLUSH", -2, 0, "Removes all libraries of functions.", "O(N) with N being the number of functions.", b.functionFlush),
		row("LIST", -2, command.NoScript, "Describes the libraries of functions.", "O(N) with N being the number of functions.", b.functionList,
			"nondeterministic_output_order"),
		changes("LOAD", -3, command.DenyOOM, "Makes a library of functions.", "O(1), compiling apart.", b.functionLoad),
		changes("RESTORE", -3, command.DenyOOM, "Makes the libraries of the bytes of FUNCTION DUMP.", "O(N) where N is the number of functions.", b.functionRestore),
		row("HELP", 2, command.Loading|command.Stale, "Describes the subcommands.", "O(1)", functionHelp),
	}
}

// callRows are the commands that execute a function.
func (b *Book) callRows() []exec.Row {
	const common = command.NoScript | command.SkipMonitor | command.NoMandatoryKeys | command.Stale
	row := func(name, summary string, flags command.Flag, keys command.KeyFlag, note string) exec.Row {
		return exec.Row{Run: b.functionCall, Spec: command.Spec{Name: name, Arity: -3, Flags: common | flags, ACL: command.CatScripting,
			Keys: []command.KeySpec{{First: 3, NumAt: 2, Flags: keys, Note: note}}, Group: "scripting", Since: "7.0.0",
			Summary: summary, Complexity: "Depends on the function that is executed."}}
	}
	return []exec.Row{
		row("FCALL", "Runs a function.", command.MayReplicate, command.KeyRW|command.KeyAccess|command.KeyUpdate,
			"RW and UPDATE, the worst case: nobody knows what a function does"),
		row("FCALL_RO", "Runs a function that may not write.", command.ReadOnly, command.KeyRO|command.KeyAccess,
			"RO and ACCESS, the worst case: nobody knows what a function does"),
	}
}

var (
	errNoFunction = &resp.Error{Text: "ERR Function not found"}
	errNotRun     = &resp.Error{Text: "ERR Functions are not executed yet: their libraries are kept as code"}
	errNotLoaded  = &resp.Error{Text: "ERR Functions are not compiled yet: libraries come from files and by FUNCTION RESTORE"}
	errNoLibrary  = &resp.Error{Text: "ERR Library not found"}
	errPolicy     = &resp.Error{Text: "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE."}
	errPayload    = &resp.Error{Text: "ERR DUMP payload version or checksum are wrong"}
)

// functionCall implements FCALL function numkeys [key ...] [argument ...], and FCALL_RO: which functions there are nobody knows who
// has not compiled the libraries.
func (b *Book) functionCall(*exec.Ctx) error {
	if b.Libraries.Count() == 0 {
		return errNoFunction
	}
	return errNotRun
}

// functionLoad implements FUNCTION LOAD [REPLACE] code for the append-only file, whose libraries were compiled when they were loaded first.
func (b *Book) functionLoad(c *exec.Ctx) error {
	replace, at := false, 2
	for ; at < len(c.Args)-1; at++ {
		if !bytes.EqualFold(c.Args[at], []byte("REPLACE")) {
			return resp.Errorf("ERR Unknown option given: %s", c.Args[at])
		}
		replace = true
	}
	lib, err := ParseLibrary(c.Args[at])
	if err != nil {
		return err
	}
	if !c.Client.Replays {
		return errNotLoaded
	}
	if err = b.Libraries.Add(lib, replace); err != nil {
		return err
	}
	c.ChangedUnwatched(1)
	c.Out.BulkString(lib.Name)
	return nil
}

// functionDelete implements FUNCTION DELETE library.
func (b *Book) functionDelete(c *exec.Ctx) error {
	if !b.Libraries.Delete(string(c.Args[2])) {
		return errNoLibrary
	}
	c.ChangedUnwatched(1)
	c.Out.OK()
	return nil
}

// functionFlush implements FUNCTION FLUSH [ASYNC|SYNC].
func (b *Book) functionFlush(c *exec.Ctx) error {
	switch {
	case len(c.Args) > 3:
		return resp.UnknownSubcommandArity("FUNCTION", c.Args[1])
	case len(c.Args) == 3 && !bytes.EqualFold(c.Args[2], []byte("SYNC")) && !bytes.EqualFold(c.Args[2], []byte("ASYNC")):
		return resp.ErrFunctionFlush
	}
	b.Libraries.Flush()
	c.ChangedUnwatched(1)
	c.Out.OK()
	return nil
}

// functionDump implements FUNCTION DUMP.
func (b *Book) functionDump(c *exec.Ctx) error {
	w := rdb.NewWriter(nil, c.Engine().Form())
	for _, lib := range b.Libraries.All() {
		w.Function(lib.Code)
	}
	c.Out.Bulk(w.Seal())
	return nil
}

// functionRestore implements FUNCTION RESTORE payload [FLUSH|APPEND|REPLACE].
func (b *Book) functionRestore(c *exec.Ctx) error {
	if len(c.Args) > 4 {
		return resp.UnknownSubcommandArity("FUNCTION", c.Args[1])
	}
	flush, replace := false, false
	if len(c.Args) == 4 {
		flush, replace = bytes.EqualFold(c.Args[3], []byte("FLUSH")), bytes.EqualFold(c.Args[3], []byte("REPLACE"))
		if !flush && !replace && !bytes.EqualFold(c.Args[3], []byte("APPEND")) {
			return errPolicy
		}
	}
	if rdb.Check(c.Args[2], c.Engine().DumpOptions()) != nil {
		return errPayload
	}
	var come Libraries
	var r rdb.Reader
	err := r.Libraries(c.Args[2], func(code []byte) error {
		lib, err := ParseLibrary(code)
		if err == nil {
			err = come.Add(lib, false)
		}
		return err
	})
	if err != nil {
		return err
	}
	if flush {
		b.Libraries.Flush()
	}
	if err := b.Libraries.Join(come.All(), replace); err != nil {
		return err
	}
	c.ChangedUnwatched(1)
	c.Out.OK()
	return nil
}

// functionList implements FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE]. Which functions a library has is not known.
func (b *Book) functionList(c *exec.Ctx) error {
	var pattern []byte
	named, code := false, false
	for i := 2; i < len(c.Args); i++ {
		switch {
		case !code && bytes.EqualFold(c.Args[i], []byte("WITHCODE")):
			code = true
		case !named && bytes.EqualFold(c.Args[i], []byte("LIBRARYNAME")):
			if i++; i == len(c.Args) {
				return resp.ErrNoLibraryName
			}
			named, pattern = true, c.Args[i]
		default:
			return resp.Errorf("ERR Unknown argument %s", c.Args[i])
		}
	}
	var shown []*Library
	for _, lib := range b.Libraries.All() {
		if !named || glob.Match(pattern, []byte(lib.Name), true) {
			shown = append(shown, lib)
		}
	}
	c.Out.Array(len(shown))
	for _, lib := range shown {
		fields := 3
		if code {
			fields++
		}
		c.Out.Map(fields)
		c.Out.BulkString("library_name")
		c.Out.BulkString(lib.Name)
		c.Out.BulkString("engine")
		c.Out.BulkString(lib.Engine)
		c.Out.BulkString("functions")
		c.Out.Array(0)
		if code {
			c.Out.BulkString("library_code")
			c.Out.Bulk(lib.Code)
		}
	}
	return nil
}

// functionHelp implements FUNCTION HELP.
func functionHelp(c *exec.Ctx) error {
	c.Out.Help("FUNCTION",
		"DELETE <library name>", "    Remove a library.",
		"DUMP", "    All libraries as bytes that RESTORE takes.",
		"LIST [LIBRARYNAME PATTERN] [WITHCODE]", "    Describe the libraries, or those whose name fits.",
		"FLUSH [ASYNC|SYNC]", "    Remove all libraries.",
		"LOAD [REPLACE] <code>", "    Make a library: for files alone, since nothing compiles them yet.",
		"RESTORE <payload> [FLUSH|APPEND|REPLACE]", "    Keep the libraries of the bytes of DUMP: instead of those that are there, beside them, or in the place of",
		"    those of the same names.")
	return nil
}
