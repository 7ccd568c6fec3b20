// Package debug is DEBUG: its subcommands, which ask and change what no other command may, of every floor. Those that look
// into the keyspace run under tokens, as commands on keys do; those about the process, on control.
package debug

import (
	"strings"

	"sigrun/node/control"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// subcommand is one row: what HELP and COMMAND DOCS tell of it, and what runs it, on a shard or on control.
type subcommand struct {
	usage   string // name and arguments
	summary string
	arity   int
	spec    command.Spec // whatever else is to be known
	shard   exec.Handler
	control control.Handler
}

const flags = command.Admin | command.NoScript | command.Loading | command.Stale | command.Debugging

const nothingThere = "Does nothing: there is no such thing to switch here."

// loaded is not run while data is loaded: it would be in the way, or take the half for the whole.
const loaded = command.Loading

var keyed = []command.KeySpec{{First: 2, Flags: command.KeyRO}}

func subcommands() []subcommand {
	return []subcommand{
		{usage: "ASSERT", arity: 2, control: fails, summary: "Ends the process as a failed assertion would."},
		{usage: "CLIENT-ENFORCE-REPLY-LIST <0|1>", arity: 3, control: replyList, summary: "Lets replies count as what Valkey keeps in blocks."},
		{usage: "CONFIG-REWRITE-FORCE-ALL", arity: 2, control: rewriteAll, summary: "Writes every parameter to the configuration file."},
		{usage: "DICT-RESIZING <0|1>", arity: 3, shard: nothing, summary: nothingThere},
		{usage: "DIGEST", arity: 2, shard: digestAll, spec: command.Spec{Place: command.OnAllShards, Long: true}, summary: "Returns a digest of all databases."},
		{usage: "DIGEST-VALUE <key> [<key> ...]", arity: -2, shard: digestValues,
			spec: command.Spec{Keys: []command.KeySpec{{First: 2, Last: -1, Flags: command.KeyRO}}}, summary: "Returns a digest for each of the keys."},
		{usage: "ERROR <message>", arity: 3, shard: errorReply, summary: "Replies with an error."},
		{usage: "HELP", arity: 2, shard: help, summary: "Describes the subcommands."},
		{usage: "HTSTATS-KEY <key> [FULL]", arity: -3, shard: tableStats, spec: command.Spec{Keys: keyed}, summary: "Tells of the table of a set or hash."},
		{usage: "AOF-FLUSH-SLEEP <microseconds>", arity: 3, control: flushSleep, summary: "Has the append-only file wait before each write, for tests."},
		{usage: "LOADAOF", arity: 2, control: loadLog, spec: command.Spec{AllTokens: true, Flags: loaded | command.NoMulti},
			summary: "Empties all databases and reads the append-only file again."},
		{usage: "LOG <message>", arity: 3, control: log, summary: "Writes to the log."},
		{usage: "OBJECT <key> [FAST]", arity: -3, shard: object, spec: command.Spec{Keys: keyed}, summary: "Tells how a value is stored."},
		{usage: "PANIC", arity: 2, control: panics, summary: "Ends the process as a fault of the program would."},
		{usage: "PAUSE-CRON <0|1>", arity: 3, control: pauseCron, summary: "Holds up a shutdown that a signal asks for."},
		{usage: "POPULATE <count> [<prefix>] [<size>]", arity: -3, shard: populate,
			spec: command.Spec{Place: command.OnAllShards, Long: true, Flags: loaded}, summary: "Makes many keys."},
		{usage: "PROTOCOL <type>", arity: 3, shard: protocol, summary: "Replies with a value of a type of the protocol."},
		{usage: "QUICKLIST-PACKED-THRESHOLD <size>", arity: 3, shard: packedThreshold, summary: "Sets from which size on an element of a list has a node of its own."},
		{usage: "RELOAD [MERGE] [NOFLUSH] [NOSAVE]", arity: -2, control: reload, spec: command.Spec{AllTokens: true, Flags: loaded},
			summary: "Writes all databases to disk, empties them and reads them again."},
		{usage: "REPLYBUFFER PEAK-RESET-TIME|RESIZING <value>", arity: 4, shard: replyBuffer, summary: nothingThere},
		{usage: "SEGFAULT", arity: 2, control: segfault, summary: "Ends the process as a bad memory access would."},
		{usage: "SET-ACTIVE-EXPIRE <0|1>", arity: 3, shard: activeExpire, summary: "Switches the background removal of due keys off or on."},
		{usage: "SET-DISABLE-DENY-SCRIPTS <0|1>", arity: 3, shard: denyScripts, summary: "Lets scripts call the commands that are not for them."},
		{usage: "SET-SKIP-CHECKSUM-VALIDATION <0|1>", arity: 3, shard: skipChecksum, summary: "Has checksums of DUMP and of snapshots not looked at."},
		{usage: "SLEEP <seconds>", arity: 3, control: sleep, spec: command.Spec{AllTokens: true}, summary: "Stops the whole server for a time."},
		{usage: "STRINGMATCH-LEN <length> <pattern>", arity: 4, shard: stringMatch, summary: "Tells whether a pattern matches a string."},
	}
}

// row is what the command table is told; flags of the subcommand's spec are those in which it is unlike the others.
func (s *subcommand) row() command.Spec {
	name, _, _ := strings.Cut(s.usage, " ")
	spec := s.spec
	spec.Name, spec.Arity, spec.Flags, spec.Summary = "DEBUG|"+name, s.arity, flags^spec.Flags, s.summary
	spec.Group, spec.Since, spec.Complexity = "server", "1.0.0", "Depends on subcommand."
	if s.control != nil {
		spec.Place = command.OnControl
	}
	return spec
}

// ShardRows are the subcommands that run on shards, and DEBUG itself.
func ShardRows() []exec.Row {
	rows := []exec.Row{{Run: unknown, Spec: command.Spec{Name: "DEBUG", Arity: -2, Flags: flags, Group: "server", Since: "1.0.0",
		Summary: "A container for debug commands.", Complexity: "Depends on subcommand."}}}
	for _, s := range subcommands() {
		if s.shard != nil {
			rows = append(rows, exec.Row{Run: s.shard, Spec: s.row()})
		}
	}
	return rows
}

// ControlRows are the subcommands that run on control.
func ControlRows() (rows []control.Row) {
	for _, s := range subcommands() {
		if s.control != nil {
			rows = append(rows, control.Row{Run: s.control, Spec: s.row()})
		}
	}
	return rows
}

// unknown answers DEBUG with arguments that fit none of its subcommands.
func unknown(c *exec.Ctx) error { return resp.UnknownSubcommandArity("DEBUG", c.Args[1]) }

// help implements DEBUG HELP.
func help(c *exec.Ctx) error {
	var lines []string
	for _, s := range subcommands() {
		if s.usage != "HELP" {
			lines = append(lines, s.usage, "    "+s.summary)
		}
	}
	c.Out.Help("DEBUG", lines...)
	return nil
}
