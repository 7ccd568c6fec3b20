package server

import (
	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/num"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// debugRows are the subcommands of DEBUG that touch no key.
func debugRows() []exec.Row {
	row := func(run exec.Handler, name string, arity int, summary string) exec.Row {
		return exec.Row{Run: run, Spec: command.Spec{Name: "DEBUG|" + name, Arity: arity, Summary: summary,
			Flags: command.Admin | command.NoScript | command.Loading | command.Stale | command.Debugging,
			Group: "server", Since: "1.0.0", Complexity: "Depends on subcommand."}}
	}
	const nothing = "Does nothing: there is no such thing to switch here."
	return []exec.Row{
		{Run: debugUnknown, Spec: command.Spec{Name: "DEBUG", Arity: -2, Flags: command.Admin | command.NoScript | command.Loading | command.Stale | command.Debugging,
			Group: "server", Since: "1.0.0", Summary: "A container for debug commands.", Complexity: "Depends on subcommand."}},
		row(debugProtocol, "PROTOCOL", 3, "Replies with a value of a type of the protocol."),
		row(debugError, "ERROR", 3, "Replies with an error."),
		row(debugStringMatch, "STRINGMATCH-LEN", 4, "Tells whether a pattern matches a string."),
		row(debugDenyScripts, "SET-DISABLE-DENY-SCRIPTS", 3, "Lets scripts call the commands that are not for them."),
		row(debugNothing, "DICT-RESIZING", 3, nothing),
		row(debugPackedThreshold, "QUICKLIST-PACKED-THRESHOLD", 3, "Sets from which size on an element of a list has a node of its own."),
		row(debugNothing, "REPLYBUFFER", 4, nothing),
		row(debugHelp, "HELP", 2, "Describes the subcommands."),
	}
}

// debugUnknown answers DEBUG with arguments that fit none of its subcommands.
func debugUnknown(c *exec.Ctx) error { return resp.UnknownSubcommandArity("DEBUG", c.Args[1]) }

// debugProtocol implements DEBUG PROTOCOL type.
func debugProtocol(c *exec.Ctx) error {
	out := c.Out
	numbers := func() {
		for i := range 3 {
			out.Int(int64(i))
		}
	}
	switch arg := c.Args[2]; {
	case exec.Is(arg, "STRING"):
		out.BulkString("Hello World")
	case exec.Is(arg, "INTEGER"):
		out.Int(12345)
	case exec.Is(arg, "DOUBLE"):
		out.Double(3.141)
	case exec.Is(arg, "BIGNUM"):
		out.BigNumber("1234567999999999999999999999999999999")
	case exec.Is(arg, "NULL"):
		out.Null()
	case exec.Is(arg, "ARRAY"):
		out.Array(3)
		numbers()
	case exec.Is(arg, "SET"):
		out.Set(3)
		numbers()
	case exec.Is(arg, "MAP"):
		out.Map(3)
		for i := range 3 {
			out.Int(int64(i))
			out.Bool(i == 1)
		}
	case exec.Is(arg, "ATTRIB"):
		if out.Attribute(1) {
			out.BulkString("key-popularity")
			out.Array(2)
			out.BulkString("key:123")
			out.Int(90)
		}
		out.BulkString("Some real reply following the attribute")
	case exec.Is(arg, "PUSH"):
		if out.Proto < 3 {
			return resp.Errorf("ERR RESP2 is not supported by this command")
		}
		out.Push(2)
		out.BulkString("server-cpu-usage")
		out.Int(42)
		out.BulkString("Some real reply following the push reply")
	case exec.Is(arg, "TRUE"), exec.Is(arg, "FALSE"):
		out.Bool(exec.Is(arg, "TRUE"))
	case exec.Is(arg, "VERBATIM"):
		out.Verbatim("txt", "This is a verbatim\nstring")
	default:
		return resp.Errorf("ERR Wrong protocol type name. Please use one of the following: " +
			"string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false")
	}
	return nil
}

// debugError implements DEBUG ERROR message.
func debugError(c *exec.Ctx) error {
	c.Out.ErrorText(string(c.Args[2]))
	return nil
}

// debugStringMatch implements DEBUG STRINGMATCH-LEN length pattern: a string of that many
// a's is matched.
func debugStringMatch(c *exec.Ctx) error {
	const most = 1 << 20
	n, ok := num.ParseInt(c.Args[2])
	if !ok || n < 0 || n > most {
		return resp.ErrValueRange
	}
	text := make([]byte, n)
	for i := range text {
		text[i] = 'a'
	}
	matched := int64(0)
	if glob.Match(c.Args[3], text, false) {
		matched = 1
	}
	c.Out.Int(matched)
	return nil
}

// debugDenyScripts implements DEBUG SET-DISABLE-DENY-SCRIPTS 0|1.
func debugDenyScripts(c *exec.Ctx) error {
	c.Engine().Settings.ScriptsMayAll.Store(string(c.Args[2]) != "0")
	c.Out.OK()
	return nil
}

// debugPackedThreshold implements DEBUG QUICKLIST-PACKED-THRESHOLD size. Nodes that are there stay
// as they are.
func debugPackedThreshold(c *exec.Ctx) error {
	const most = 1<<32 - 1<<20
	n, err := config.ParseMemory(string(c.Args[2]))
	if err != nil || n < 0 || n > most {
		return errPackedThreshold
	}
	c.Engine().Settings.ListLarge.Store(n)
	c.Out.OK()
	return nil
}

var errPackedThreshold = &resp.Error{Text: "ERR argument must be a memory value bigger than 1 and smaller than 4gb"}

// debugNothing implements what switches something that this server does not have, or what
// nobody can tell from not having been switched.
func debugNothing(c *exec.Ctx) error {
	c.Out.OK()
	return nil
}

// debugHelp implements DEBUG HELP.
func debugHelp(c *exec.Ctx) error {
	c.Out.Help("DEBUG",
		"ASSERT", "    End the process as a failed assertion would.",
		"CLIENT-ENFORCE-REPLY-LIST <0|1>", "    Let replies count as what Valkey keeps in blocks.",
		"CONFIG-REWRITE-FORCE-ALL", "    Write every parameter to the configuration file.",
		"DIGEST", "    A digest of all databases.",
		"DICT-RESIZING <0|1>", "    Nothing, since there is nothing to switch.",
		"DIGEST-VALUE <key> [<key> ...]", "    A digest for each of the keys.",
		"ERROR <message>", "    Reply with an error.",
		"HTSTATS-KEY <key> [FULL]", "    The table of a set or hash.",
		"LOG <message>", "    Write to the log.",
		"OBJECT <key> [FAST]", "    How a value is stored; FAST leaves out what takes time.",
		"PANIC", "    End the process as a fault of the program would.",
		"PAUSE-CRON <0|1>", "    Hold up a shutdown that a signal asks for.",
		"POPULATE <count> [<prefix>] [<size>]", "    Make so many strings, key:0 and so on, those that are not there yet.",
		"PROTOCOL <type>", "    Reply with a string, integer, double, bignum, null, array, set, map, attrib, push, verbatim, true or false.",
		"RELOAD [MERGE] [NOFLUSH] [NOSAVE]", "    Write all databases to disk, empty them and read them again.",
		"REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|time>", "    Nothing, since replies have the buffer of their loop.",
		"REPLYBUFFER RESIZING <0|1>", "    The same.",
		"SEGFAULT", "    End the process as a bad memory access would.",
		"SET-ACTIVE-EXPIRE <0|1>", "    Switch the background removal of due keys off or on.",
		"SET-SKIP-CHECKSUM-VALIDATION <0|1>", "    Read snapshots and payloads whose checksum is wrong.",
		"SET-DISABLE-DENY-SCRIPTS <0|1>", "    Let scripts call the commands that are not for them.",
		"SLEEP <seconds>", "    Stop the whole server for a time.",
		"STRINGMATCH-LEN <length> <pattern>", "    Match a pattern against that many a's.",
		"QUICKLIST-PACKED-THRESHOLD <size>", "    Give list elements from that size on a node of their own; 0 for those that fill one.")
	return nil
}
