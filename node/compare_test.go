package node_test

import (
	"slices"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// A difference that stays between this server and Valkey 9.1. Fact names it, or all that begin so when it ends in a *.
type difference struct{ fact, reason string }

const (
	laterCluster     = "cluster mode is not built yet"
	laterFunctions   = "functions are not built yet"
	laterReplication = "replication is not built yet"
	laterAOF         = "the append-only file is not built yet"
	noModules        = "there are no modules"
	laterValkey      = "Valkey has it from 9.2 on"
	ownFigures       = "commands go to shards here, and wait for them"
	foreign          = "it looks into structures of the C server"
)

// TestCompareFacts asks this server and Valkey 9.1 what they say of themselves: commands, parameters, fields. What
// differs stands in the table below with its reason; a line of it that is no difference any more fails, too.
func TestCompareFacts(t *testing.T) {
	theirs := facts(t, testkit.Valkey(t))
	ours := facts(t, nodetest.Start(t, [2]string{"enable-debug-command", "yes"}))
	used := map[string]bool{}
	for _, name := range slices.Sorted(seq2(theirs, ours)) {
		if have, want := ours[name], theirs[name]; have != want && !excused(name, used) {
			t.Errorf("%s: %q, want %q", name, have, want)
		}
	}
	for _, d := range differences {
		if !used[d.fact] {
			t.Errorf("%s is no difference any more: %s", d.fact, d.reason)
		}
	}
}

func excused(name string, used map[string]bool) bool {
	for _, d := range differences {
		if prefix, many := strings.CutSuffix(d.fact, "*"); d.fact == name || many && strings.HasPrefix(name, prefix) {
			used[d.fact] = true
			return true
		}
	}
	return false
}

// seq2 are the keys of both, once each.
func seq2(a, b map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range a {
			if !yield(k) {
				return
			}
		}
		for k := range b {
			if _, both := a[k]; !both && !yield(k) {
				return
			}
		}
	}
}

// factsOf collects facts by name.
type factsOf struct {
	t   *testing.T
	c   *testkit.Client
	all map[string]string
}

func facts(t *testing.T, addr string) map[string]string {
	f := &factsOf{t, testkit.MustDial(t, addr), map[string]string{}}
	f.ask("HELLO", "3")
	f.docs(f.ask("COMMAND", "DOCS"))
	for name, value := range pairs(f.ask("CONFIG", "GET", "*")) {
		f.all["config "+name] = value.Text
	}
	f.fields(f.ask("INFO", "everything").Text[len("txt:"):])
	f.fields(f.ask("INFO", "debug").Text[len("txt:"):])
	var names []string
	for field := range strings.FieldsSeq(f.ask("CLIENT", "LIST").Text[len("txt:"):]) {
		name, _, _ := strings.Cut(field, "=")
		names = append(names, name)
	}
	f.all["client list"] = strings.Join(names, " ")
	for _, info := range f.ask("COMMAND").Elems {
		f.info(info)
	}
	return f.all
}

func (f *factsOf) ask(args ...string) testkit.Reply {
	f.t.Helper()
	reply, err := testkit.Parse(testkit.Must(f.c.Do(args...))(f.t))
	if err != nil {
		f.t.Fatal(err)
	}
	return reply
}

// pairs walks over a map.
func pairs(r testkit.Reply) func(func(string, testkit.Reply) bool) {
	return func(yield func(string, testkit.Reply) bool) {
		for i := 0; i+1 < len(r.Elems); i += 2 {
			if !yield(r.Elems[i].Text, r.Elems[i+1]) {
				return
			}
		}
	}
}

// info takes what COMMAND INFO says of a command apart, and asks containers for help.
func (f *factsOf) info(r testkit.Reply) {
	name := r.Elems[0].Text
	for i, what := range []string{"arity", "flags", "first", "last", "step", "categories", "tips", "keys"} {
		f.all["command "+name+" "+what] = text(r.Elems[i+1])
	}
	for _, sub := range r.Elems[9].Elems {
		f.info(sub)
	}
	if len(r.Elems[9].Elems) > 0 || name == "debug" {
		for i, line := range f.ask(name, "HELP").Elems {
			if word, _, _ := strings.Cut(line.Text, " "); i > 0 && word != "" && word == strings.ToUpper(word) {
				f.all["help "+name+" "+word] = "there"
			}
		}
	}
}

func (f *factsOf) docs(r testkit.Reply) {
	for name, doc := range pairs(r) {
		for field, value := range pairs(doc) {
			switch fact := "command " + name + " docs " + field; field {
			case "summary":
			case "complexity":
				f.all[fact] = "there"
			case "history":
				var versions []string
				for _, change := range value.Elems {
					versions = append(versions, change.Elems[0].Text)
				}
				f.all[fact] = sorted(versions)
			case "subcommands":
				f.docs(value)
			default:
				f.all[fact] = text(value)
			}
		}
	}
}

// text is a reply in one line, sets in order, and without sentences.
func text(r testkit.Reply) string {
	var parts []string
	switch r.Type {
	case '%':
		for name, value := range pairs(r) {
			switch name {
			case "summary":
				continue
			case "notes":
				value.Text = "there"
			}
			parts = append(parts, name+"="+text(value))
		}
		slices.Sort(parts)
	case '*', '~':
		for _, e := range r.Elems {
			parts = append(parts, text(e))
		}
		if r.Type == '~' {
			slices.Sort(parts)
		}
	default:
		return r.Text
	}
	return "(" + strings.Join(parts, " ") + ")"
}

func (f *factsOf) fields(info string) {
	section := ""
	for line := range strings.SplitSeq(info, "\r\n") {
		if title, is := strings.CutPrefix(line, "# "); is {
			section = strings.ToLower(title)
		} else if name, _, is := strings.Cut(line, ":"); is && section != "commandstats" && section != "latencystats" {
			f.all["info "+section+" "+name] = "there"
		}
	}
}

var differences = []difference{
	{"command cluster|slaves docs *", laterCluster}, {"command hotkeys*", laterValkey}, {"config hotkey*", laterValkey}, {"help hotkeys *", laterValkey}, {"command latency|delays*", ownFigures}, {"help latency DELAYS*", ownFigures},
	{"command bgrewriteaof *", laterAOF},
	{"command failover *", laterReplication}, {"command psync *", laterReplication}, {"command replconf *", laterReplication},
	{"command replicaof *", laterReplication}, {"command slaveof *", laterReplication},
	{"command sync *", laterReplication},
	{"command function|stats *", laterFunctions}, {"command function|kill *", laterFunctions}, {"help function*", laterFunctions},
	{"command module*", noModules}, {"help module*", noModules},
	{"command script|debug *", "there is no debugger of scripts yet"}, {"help script DEBUG", "there is no debugger of scripts yet"},
	{"command msetex *", "the release has it, the commit of Valkey that the reference is built from does not"},
	{"command xread docs complexity", "here it has one"},

	{"help debug AOF-FLUSH-SLEEP", laterAOF}, {"help debug LOADAOF", laterAOF},
	{"help debug CHANGE-REPL-ID", laterReplication}, {"help debug REPLICATE", laterReplication}, {"help debug DELAY-RDB-CLIENT-FREE-SECOND", laterReplication},
	{"help debug DROP-CLUSTER-PACKET-FILTER", laterCluster}, {"help debug CLOSE-CLUSTER-LINK-ON-PACKET-DROP", laterCluster},
	{"help debug DISABLE-CLUSTER-*", laterCluster}, {"help debug SLOTMIGRATION", laterCluster}, {"help debug CLUSTERLINK", laterCluster},
	{"help debug CRASH-AND-RECOVER", "a supervisor starts the server again"}, {"help debug RESTART", "a supervisor starts the server again"},
	{"help debug LEAK", foreign}, {"help debug OOM", foreign}, {"help debug SDSLEN", foreign}, {"help debug STRUCTSIZE", foreign},
	{"help debug LISTPACK", foreign}, {"help debug QUICKLIST", foreign}, {"help debug HTSTATS", foreign},
	{"help debug STRINGMATCH-TEST", "STRINGMATCH-LEN takes its place"}, {"help debug STRINGMATCH-LEN", "the C server has it, and does not name it"},
	{"help debug SET-DISABLE-DENY-SCRIPTS", "the C server has it, and does not name it"},
	{"help debug CLIENT-EVICTION", "client eviction is not built yet"},
	{"help debug PAUSE-AFTER-FORK", "nothing forks"},

	{"config dir", "each has its own"}, {"config port", "each has its own"},
	{"config hz", "the reference was started with more"}, {"config loglevel", "the reference was started with another one"},
	{"config cluster-config-save-behavior", "the release has it, the commit of Valkey that the reference is built from does not"},
	{"config cluster-message-gossip-perc", "the release has it, the commit of Valkey that the reference is built from does not"},

	{"info server gcc_version", "go_version tells what built it"}, {"info server go_version", "for gcc_version"},
	{"info server sigrun_version", "a field of this server"}, {"info sigrun *", "what only this server has"},
	{"info stats active_defrag_rounds", "a field of this server"}, {"info stats active_defrag_slabs_emptied", "a field of this server"},
	{"info stats protocol_errors", "a field of this server"}, {"info stats rejected_commands", "a field of this server"},
	{"info stats dump_payload_sanitizations", "payloads are always checked"},
	{"info stats io_threaded_freed_objects", "loops free nothing for each other"}, {"info stats io_threaded_accept_processed", "loops accept nothing: listeners have goroutines of their own"},
	{"info stats io_threaded_poll_processed", "each loop polls for itself"}, {"info stats io_threaded_total_prefetch_*", "nobody counts on the way of a command what was touched ahead"},
	{"info modules module", noModules},
}
