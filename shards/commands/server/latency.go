package server

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"sigrun/internal/metrics"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/observe"
)

func latencyRows() []exec.Row {
	row := func(run exec.Handler, name string, arity int, since, summary, complexity string, tips ...string) exec.Row {
		return exec.Row{Run: run, Spec: command.Spec{Name: "LATENCY|" + name, Arity: arity,
			Flags: command.Admin | command.NoScript | command.Loading | command.Stale,
			Group: "server", Since: since, Summary: summary, Complexity: complexity, Tips: tips}}
	}
	const nodes, varies = "request_policy:all_nodes", "nondeterministic_output"
	help := row(latencyHelp, "HELP", 2, "2.8.13", "Describes the subcommands.", "O(1)")
	help.Spec.Flags = command.Loading | command.Stale
	return []exec.Row{
		row(latencyDelays, "DELAYS", -2, "9.1.0", "Returns how what commands waited for before and after they ran is distributed, beside how long they ran.",
			"O(N) where N is the number of commands with latency information being retrieved.", nodes, varies, "response_policy:special"),
		row(latencyLatest, "LATEST", 2, "2.8.13", "Returns the newest sample of every event.", "O(1)", nodes, varies, "response_policy:special"),
		row(latencyHistory, "HISTORY", 3, "2.8.13", "Returns the samples of an event.", "O(1)", nodes, varies, "response_policy:special"),
		row(latencyReset, "RESET", -2, "2.8.13", "Forgets the samples of events, or of all.", "O(1)", nodes, "response_policy:agg_sum"),
		row(latencyGraph, "GRAPH", 3, "2.8.13", "Draws the samples of an event.", "O(1)", nodes, varies, "response_policy:special"),
		row(latencyDoctor, "DOCTOR", 2, "2.8.13", "Tells in words what was slow.", "O(1)", nodes, varies, "response_policy:special"),
		row(latencyHistogram, "HISTOGRAM", -2, "7.0.0", "Returns how the durations of commands are distributed.",
			"O(N) where N is the number of commands with latency information being retrieved.", nodes, varies, "response_policy:special"),
		help,
	}
}

// latencyLatest implements LATENCY LATEST.
func latencyLatest(c *exec.Ctx) error {
	events := c.Engine().Latency.Events()
	c.Out.Array(len(events))
	for i := range events {
		e := &events[i]
		c.Out.Array(6)
		c.Out.BulkString(e.Name)
		c.Out.Int(e.Latest().At)
		c.Out.Int(e.Latest().Ms)
		c.Out.Int(e.Max)
		c.Out.Int(e.Sum)
		c.Out.Int(e.Count)
	}
	return nil
}

// latencyHistory implements LATENCY HISTORY event.
func latencyHistory(c *exec.Ctx) error {
	e, _ := c.Engine().Latency.Event(string(c.Args[2]))
	c.Out.Array(len(e.Past))
	for _, s := range e.Past {
		c.Out.Array(2)
		c.Out.Int(s.At)
		c.Out.Int(s.Ms)
	}
	return nil
}

// latencyReset implements LATENCY RESET [event ...].
func latencyReset(c *exec.Ctx) error {
	var names []string
	for _, name := range c.Args[2:] {
		names = append(names, string(name))
	}
	c.Out.Int(int64(c.Engine().Latency.Reset(names...)))
	return nil
}

// latencyHistogram implements LATENCY HISTOGRAM [command ...]: of each the calls, and how
// many took up to 1 µs, 2 µs and so on.
func latencyHistogram(c *exec.Ctx) error {
	all := c.Engine().Tallies.CommandStats()
	specs := asked(c, all, func(s *observe.CommandStats) bool { return s.Latency.Total() != 0 })
	c.Out.Map(len(specs))
	for _, s := range specs {
		c.Out.BulkString(s.FullName())
		distribution(c.Out, "calls", &all[s].Latency)
	}
	return nil
}

// latencyDelays implements LATENCY DELAYS [command ...]: of each how long it was on its way to its shard (only those that left their connection's turn
// are), how long it ran, and how long its reply took to the socket (of about one turn in 61, and of each that left).
func latencyDelays(c *exec.Ctx) error {
	all := c.Engine().Tallies.CommandStats()
	specs := asked(c, all, func(s *observe.CommandStats) bool {
		return s.Latency.Total()+s.Delay[observe.RingDelay].Total()+s.Delay[observe.WriteDelay].Total() != 0
	})
	c.Out.Map(len(specs))
	for _, s := range specs {
		c.Out.BulkString(s.FullName())
		c.Out.Map(3)
		c.Out.BulkString("ring_delay")
		distribution(c.Out, "count", &all[s].Delay[observe.RingDelay])
		c.Out.BulkString("run")
		distribution(c.Out, "count", &all[s].Latency)
		c.Out.BulkString("write_delay")
		distribution(c.Out, "count", &all[s].Delay[observe.WriteDelay])
	}
	return nil
}

// asked are the commands that the arguments name, or all in the order of their names, of which there is something to tell.
func asked(c *exec.Ctx, all map[*command.Spec]*observe.CommandStats, known func(*observe.CommandStats) bool) []*command.Spec {
	specs := slices.Collect(maps.Keys(all))
	if names := c.Args[2:]; len(names) > 0 {
		specs = nil
		for _, name := range names {
			if s := named(c, name); s != nil {
				specs = append(append(specs, s), subs(s)...)
			}
		}
	}
	specs = slices.DeleteFunc(specs, func(s *command.Spec) bool { return all[s] == nil || !known(all[s]) })
	sort.SliceStable(specs, func(i, j int) bool { return len(c.Args) == 2 && specs[i].FullName() < specs[j].FullName() })
	return specs
}

// distribution writes how many there are, and how many up to 1 µs, 2 µs and so on.
func distribution(out *resp.Writer, total string, d *metrics.Distribution) {
	out.Map(2)
	out.BulkString(total)
	out.Int(int64(d.Total()))
	out.BulkString("histogram_usec")
	var points [][2]uint64
	d.UpTo(func(ns, count uint64) { points = append(points, [2]uint64{ns / 1000, count}) })
	out.Map(len(points))
	for _, p := range points {
		out.Int(int64(p[0]))
		out.Int(int64(p[1]))
	}
}

// latencyGraph implements LATENCY GRAPH event.
func latencyGraph(c *exec.Ctx) error {
	e, ok := c.Engine().Latency.Event(string(c.Args[2]))
	if !ok {
		return resp.Errorf("ERR No samples available for event '%s'", c.Args[2])
	}
	c.Out.Verbatim("txt", graph(&e, c.Now/1000))
	return nil
}

// graphRows is how many steps the columns of a graph have.
const graphRows = 4

// graph draws a column for every sample, and under it how long ago that was.
func graph(e *observe.Event, now int64) string {
	low, high := e.Past[0].Ms, e.Past[0].Ms
	for _, s := range e.Past {
		low, high = min(low, s.Ms), max(high, s.Ms)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s - high %d ms, low %d ms (all time high %d ms)\n%s\n", e.Name, high, low, e.Max, strings.Repeat("-", 80))
	for row := graphRows; row > 0; row-- {
		for _, s := range e.Past {
			height := 1 + (graphRows-1)*(s.Ms-low)/max(high-low, 1)
			switch {
			case int64(row) == height:
				b.WriteByte('o')
			case int64(row) < height:
				b.WriteByte('|')
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	ages, longest := make([]string, len(e.Past)), 0
	for i, s := range e.Past {
		ages[i] = age(now - s.At)
		longest = max(longest, len(ages[i]))
	}
	for i := range longest {
		for _, a := range ages {
			if i < len(a) {
				b.WriteByte(a[i])
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func age(seconds int64) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%dm", seconds/60)
	case seconds < 86400:
		return fmt.Sprintf("%dh", seconds/3600)
	}
	return fmt.Sprintf("%dd", seconds/86400)
}

// advice is what may be behind an event.
var advice = map[string]string{
	observe.EventCommand:     "Look at COMMANDLOG GET 10 slow for the commands that took long, and at their complexity in COMMAND DOCS.",
	observe.EventFastCommand: "Commands that take little time by themselves were held up: the machine may have too few cores for what runs on it, or be swapping.",
	observe.EventUnblocking:  "Clients that wait for keys were served with commands that took long.",
	observe.EventExpireCycle: "Many keys came due at once. Spread their times, or lower active-expire-effort.",
	observe.EventRingDelay:   "Commands waited for a shard that others held: LATENCY DELAYS tells which commands wait, COMMANDLOG GET 10 slow what may have held it.",
	observe.EventWriteDelay:  "Replies were ready and not sent: large replies, many subscribers, or too few cores for the loops that send.",

	observe.EventEvictionCycle: "Making room took long. Lower maxmemory-eviction-tenacity to let others have their turn sooner, or raise maxmemory.",
	observe.EventEvictionDel:   "Removing one value to make room took long: there are very large ones. lazyfree-lazy-eviction yes has them freed in the background.",
	observe.EventEvictionFree:  "Freeing what removed values left took long: very large values were removed while memory was short.",

	observe.EventDefragCycle: "Moving data took long. Lower active-defrag-cycle-us, or active-defrag-max-scan-fields if there are very large values.",

	observe.EventLogWrite:      "Writing to the append-only file took long, by itself or beside something else: look at the events of longer names.",
	observe.EventLogWriteSync:  "Writing to the append-only file waited for a sync of it: the disk is slow, far away, or busy with other things.",
	observe.EventLogWriteSave:  "Writing to the append-only file took long while a snapshot or a base was written: the disk has too much to do. no-appendfsync-on-rewrite takes some of it away.",
	observe.EventLogWriteAlone: "Writing to the append-only file took long by itself: the disk is slow or far away, or the kernel writes back too much at once.",
	observe.EventLogSync:       "Replies waited for syncs of the append-only file. With appendfsync everysec they do not, and a loss of power may cost a second.",
	observe.EventLogRename:     "Renaming a file took long: the file system is busy, or far away.",
	observe.EventLogSize:       "Asking how long files are took long: the file system is busy, or far away.",
}

// latencyDoctor implements LATENCY DOCTOR.
func latencyDoctor(c *exec.Ctx) error {
	l := &c.Engine().Latency
	events := l.Events()
	var b strings.Builder
	switch {
	case len(events) == 0 && l.Threshold.Load() == 0:
		b.WriteString("Nothing is watched: CONFIG SET latency-monitor-threshold <milliseconds> has the server remember what takes longer.\n")
	case len(events) == 0:
		fmt.Fprintf(&b, "Nothing took longer than %d ms so far.\n", l.Threshold.Load())
	default:
		fmt.Fprintf(&b, "%d events took longer than the threshold.\n", len(events))
	}
	for i := range events {
		e := &events[i]
		sum := int64(0)
		for _, s := range e.Past {
			sum += s.Ms
		}
		fmt.Fprintf(&b, "\n%d. %s: %d samples, %d ms on average, %d ms at worst, %s ago last.\n   %s\n", i+1, e.Name, len(e.Past),
			sum/int64(len(e.Past)), e.Max, age(c.Now/1000-e.Latest().At), advice[e.Name])
	}
	c.Out.Verbatim("txt", b.String())
	return nil
}

// latencyHelp implements LATENCY HELP.
func latencyHelp(c *exec.Ctx) error {
	c.Out.Help("LATENCY",
		"DELAYS [<command> ...]", "    How long commands were on their way, ran, and their replies took to the socket.",
		"DOCTOR", "    Tell in words what was slow.",
		"GRAPH <event>", "    Draw the samples of an event.",
		"HISTOGRAM [<command> ...]", "    How the durations of commands are distributed.",
		"HISTORY <event>", "    Time and milliseconds of the samples of an event.",
		"LATEST", "    The newest sample of every event.",
		"RESET [<event> ...]", "    Forget the samples of events, or of all.")
	return nil
}
