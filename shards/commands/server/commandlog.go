package server

import (
	"sigrun/internal/num"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/observe"
)

// commandLogRows are COMMANDLOG and, for the log of slow commands alone, SLOWLOG.
func commandLogRows() []exec.Row {
	row := func(run exec.Handler, name string, arity int, since, summary, complexity string, tips ...string) exec.Row {
		return exec.Row{Run: run, Spec: command.Spec{Name: name, Arity: arity, Flags: command.Admin | command.Loading | command.Stale,
			Group: "server", Since: since, Summary: summary, Complexity: complexity, Tips: tips}}
	}
	const nodes = "request_policy:all_nodes"
	getTips := []string{nodes, "nondeterministic_output"}
	lenTips := []string{nodes, "response_policy:agg_sum", "nondeterministic_output"}
	resetTips := []string{nodes, "response_policy:all_succeeded"}
	help := func(name, since string, lines ...string) exec.Row {
		r := row(func(c *exec.Ctx) error { c.Out.Help(name, lines...); return nil }, name+"|HELP", 2, since, "Describes the subcommands.", "O(1)")
		r.Spec.Flags = command.Loading | command.Stale
		return r
	}
	return []exec.Row{
		row(commandLogGet, "COMMANDLOG|GET", 4, "8.1.0", "Returns entries of a log of commands.", "O(N) where N is the number of entries returned", getTips...),
		row(commandLogLen, "COMMANDLOG|LEN", 3, "8.1.0", "Counts the entries of a log of commands.", "O(1)", lenTips...),
		row(commandLogReset, "COMMANDLOG|RESET", 3, "8.1.0", "Empties a log of commands.", "O(N) where N is the number of entries", resetTips...),
		help("COMMANDLOG", "8.1.0", "GET <count> <type>", "    The newest entries of a log, -1: all. Of each: number, time, amount",
			"    (microseconds or bytes), arguments, address and name of the client.",
			"LEN <type>", "    How many entries a log has.", "RESET <type>", "    Empty a log.",
			"    The types are slow, large-request and large-reply."),
		row(slowLogGet, "SLOWLOG|GET", -2, "2.2.12", "Returns entries of the log of slow commands.", "O(N) where N is the number of entries returned", getTips...),
		row(slowLogLen, "SLOWLOG|LEN", 2, "2.2.12", "Counts the entries of the log of slow commands.", "O(1)", lenTips...),
		row(slowLogReset, "SLOWLOG|RESET", 2, "2.2.12", "Empties the log of slow commands.", "O(N) where N is the number of entries", resetTips...),
		help("SLOWLOG", "6.2.0", "GET [<count>]", "    The newest entries, 10 if not told otherwise, -1: all. Of each: number, time,",
			"    microseconds, arguments, address and name of the client.",
			"LEN", "    How many entries there are.", "RESET", "    Empty the log."),
	}
}

// logKind reads the name of a log.
func logKind(arg []byte) (observe.Kind, error) {
	switch {
	case exec.Is(arg, "SLOW"):
		return observe.Slow, nil
	case exec.Is(arg, "LARGE-REQUEST"):
		return observe.LargeRequest, nil
	case exec.Is(arg, "LARGE-REPLY"):
		return observe.LargeReply, nil
	}
	return 0, resp.Errorf("ERR type should be one of the following: slow, large-request, large-reply")
}

// commandLogGet implements COMMANDLOG GET count slow|large-request|large-reply.
func commandLogGet(c *exec.Ctx) error {
	n, err := entryCount(c.Args[2])
	if err != nil {
		return err
	}
	kind, err := logKind(c.Args[3])
	if err != nil {
		return err
	}
	writeEntries(c, kind, n)
	return nil
}

// slowLogGet implements SLOWLOG GET [count].
func slowLogGet(c *exec.Ctx) error {
	n := 10
	if len(c.Args) > 3 {
		return resp.UnknownSubcommandArity("SLOWLOG", c.Args[1])
	}
	if len(c.Args) == 3 {
		var err error
		if n, err = entryCount(c.Args[2]); err != nil {
			return err
		}
	}
	writeEntries(c, observe.Slow, n)
	return nil
}

func entryCount(arg []byte) (int, error) {
	n, ok := num.ParseInt(arg)
	if !ok || n < -1 {
		return 0, resp.Errorf("ERR count should be greater than or equal to -1")
	}
	return int(n), nil
}

func writeEntries(c *exec.Ctx, kind observe.Kind, n int) {
	entries := c.Engine().Log.Newest(kind, n)
	c.Out.Array(len(entries))
	for _, e := range entries {
		c.Out.Array(6)
		c.Out.Int(e.ID)
		c.Out.Int(e.At)
		c.Out.Int(e.Amount)
		c.Out.Array(len(e.Args))
		for _, a := range e.Args {
			c.Out.Bulk(a)
		}
		c.Out.BulkString(e.Addr)
		c.Out.BulkString(e.Name)
	}
}

// commandLogLen implements COMMANDLOG LEN slow|large-request|large-reply.
func commandLogLen(c *exec.Ctx) error {
	kind, err := logKind(c.Args[2])
	if err != nil {
		return err
	}
	c.Out.Int(int64(c.Engine().Log.Len(kind)))
	return nil
}

// commandLogReset implements COMMANDLOG RESET slow|large-request|large-reply.
func commandLogReset(c *exec.Ctx) error {
	kind, err := logKind(c.Args[2])
	if err != nil {
		return err
	}
	c.Engine().Log.Reset(kind)
	c.Out.OK()
	return nil
}

// slowLogLen implements SLOWLOG LEN.
func slowLogLen(c *exec.Ctx) error {
	c.Out.Int(int64(c.Engine().Log.Len(observe.Slow)))
	return nil
}

// slowLogReset implements SLOWLOG RESET.
func slowLogReset(c *exec.Ctx) error {
	c.Engine().Log.Reset(observe.Slow)
	c.Out.OK()
	return nil
}
