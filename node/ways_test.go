package node_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/node"
	"sigrun/node/nodetest"
	"sigrun/protocol/call"
	"sigrun/protocol/slot"
	"sigrun/shards/commit"
	"sigrun/shards/exec"
)

// traces is what a change leaves behind besides its reply.
type traces struct {
	records []string // of all commits
	events  []string
	signals []string // keys that somebody waits for
	dirty   int
	watched bool          // who watches the key was told
	used    bool          // the access clock of the key says now
	origins []call.Origin // of all commits; ways differ in them
}

func (x traces) String() string {
	return fmt.Sprintf("records %q, events %q, signals %q, %d changes, watchers told %v, accessed %v", x.records, x.events, x.signals, x.dirty, x.watched, x.used)
}

// changes are commands on k, with what is there before.
var waysOfChanging = []struct{ before, command string }{
	{"", "SET k v"}, {"SET k 1", "INCR k"}, {"SET k v", "APPEND k w"}, {"SET k v", "GETDEL k"}, {"SET k v", "DEL k"}, {"SET k v", "SETRANGE k 3 x"},
	{"SET k v", "EXPIREAT k 4102444800"}, {"SET k v", "EXPIREAT k 1"}, {"SET k v", "GETEX k PXAT 4102444800000"}, {"SET k v", "RENAME k j"}, {"SET k v", "COPY k j"},
	{"SET k v", "SETBIT k 7 1"}, {"SET k v", "MOVE k 1"}, {"SET k v", "MSET k 1 j 2"}, {"SET k v", "SET k w KEEPTTL GET"}, {"SET k v", "INCRBYFLOAT j 1.5"},
	{"", "RPUSH k a b"}, {"RPUSH k a b", "LPOP k"}, {"RPUSH k a", "RPOP k"}, {"RPUSH k a b", "LSET k 0 x"}, {"RPUSH k a b", "LMOVE k j LEFT RIGHT"},
	{"RPUSH k a b", "LTRIM k 1 1"}, {"RPUSH k a b", "LREM k 0 a"}, {"RPUSH k a b", "LINSERT k BEFORE a x"},
	{"", "SADD k a b"}, {"SADD k a", "SPOP k"}, {"SADD k a b", "SREM k a"}, {"SADD k a", "SMOVE k j a"}, {"SADD k a b", "SUNIONSTORE j k"},
	{"", "HSET k f v"}, {"HSET k f v", "HDEL k f"}, {"HSET k f 1", "HINCRBY k f 2"}, {"HSET k f v g w", "HPEXPIREAT k 4102444800000 FIELDS 1 f"},
	{"HSET k f v g w", "HPEXPIREAT k 1 FIELDS 1 f"}, {"HSET k f v", "HGETDEL k FIELDS 1 f"},
	{"", "ZADD k 1 a"}, {"ZADD k 1 a 2 b", "ZPOPMIN k"}, {"ZADD k 1 a", "ZINCRBY k 2 a"}, {"ZADD k 1 a", "ZREM k a"}, {"ZADD k 1 a", "ZRANGESTORE j k 0 -1"},
	{"", "XADD k 1-1 f v"}, {"XADD k 1-1 f v", "XDEL k 1-1"}, {"XADD k 1-1 f v", "XTRIM k MAXLEN 0"}, {"XADD k 1-1 f v", "XGROUP CREATE k g 0"},
	{"SET k v", "FLUSHALL"}, {"SET k v", "FLUSHDB"}, {"SET k v", "SWAPDB 0 1"},
	{"", "PFADD k a"}, {"SET k v", "GET k"}, {"SET k v", "LPUSH k a"}, {"", "LPOP k"},
}

// ways are how a command can come about.
var ways = []struct {
	name string
	do   func(c *testkit.Client, t *testing.T, command []string)
}{
	{"plain", func(c *testkit.Client, t *testing.T, command []string) { testkit.Must(c.Do(command...))(t) }},
	{"a transaction", func(c *testkit.Client, t *testing.T, command []string) {
		testkit.Must(c.Pipeline([]string{"MULTI"}, command, []string{"EXEC"}))(t)
	}},
	{"a script that declares its key", func(c *testkit.Client, t *testing.T, command []string) {
		testkit.Must(c.Do(append([]string{"EVAL", "return redis.pcall(unpack(ARGV))", "1", "k"}, command...)...))(t)
	}},
	{"a script that declares none", func(c *testkit.Client, t *testing.T, command []string) {
		testkit.Must(c.Do(append([]string{"EVAL", "return redis.pcall(unpack(ARGV)) -- " + strconv.Itoa(int(time.Now().UnixNano())), "0"}, command...)...))(t)
	}},
	{"a script in a transaction", func(c *testkit.Client, t *testing.T, command []string) {
		testkit.Must(c.Pipeline([]string{"MULTI"}, append([]string{"EVAL", "return redis.pcall(unpack(ARGV))", "0"}, command...), []string{"EXEC"}))(t)
	}},
}

// TestWaysLeaveTheSame compares what each way leaves with what the plain command does.
func TestWaysLeaveTheSame(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			w := newWitness(t, mode)
			for _, one := range waysOfChanging {
				var plain traces
				for i, way := range ways {
					got := w.see(one.before, func() { way.do(w.c, t, strings.Fields(one.command)) })
					if i == 0 {
						plain = got
					} else if got.String() != plain.String() {
						t.Errorf("%s behind %q by %s:\n%s\nplain:\n%s", one.command, one.before, way.name, got, plain)
					}
				}
				if one.command == "RPUSH k a b" && !slices.Equal(plain.signals, []string{"0 k true"}) {
					t.Errorf("%s signals %q", one.command, plain.signals)
				}
			}
		})
	}
}

// TestServedWaitersLeaveTheSame compares what a served waiter leaves with what the command does that pops at once.
func TestServedWaitersLeaveTheSame(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			w := newWitness(t, mode)
			for _, one := range [][4]string{{"BLPOP k 0", "RPUSH k a b", "LPOP k"}, {"BRPOP k 0", "RPUSH k a", "RPOP k"}, {"BLMOVE k j LEFT RIGHT 0", "RPUSH k a b", "LMOVE k j LEFT RIGHT", "RPUSH j z"},
				{"BZPOPMIN k 0", "ZADD k 1 a 2 b", "ZPOPMIN k"}, {"BZPOPMAX k 0", "ZADD k 1 a", "ZPOPMAX k"}} {
				before := one[3]
				if w.key = "k"; before != "" { // a key that is there before and afterwards, so that its access clock tells something
					w.key = "j"
				}
				plain := w.see(before, func() {
					w.c.Do(strings.Fields(one[1])...)
					w.c.Do(strings.Fields(one[2])...)
				})
				served := w.see(before, func() {
					waiter := testkit.MustDial(t, w.n.Addr())
					defer waiter.Close()
					if err := waiter.Send(testkit.Command(strings.Fields(one[0])...)); err != nil {
						t.Fatal(err)
					}
					testkit.Await(t, w.n.Addr(), "blocked_clients", "3") // with those of the witness
					w.c.Do(strings.Fields(one[1])...)
					testkit.Must(waiter.Read())(t)
				})
				if served.String() != plain.String() {
					t.Errorf("%s:\n%s\nplain:\n%s", one[0], served, plain)
				}
				if before != "" && !plain.used {
					t.Errorf("%s: %s is not used by the plain command", one[0], w.key)
				}
				if n := len(served.origins); n == 0 || served.origins[n-1] != call.ByWaiter {
					t.Errorf("%s: by %v", one[0], served.origins)
				}
			}
		})
	}
}

// TestExpiryLeavesTheSame: whoever comes upon a key whose time has come, background work too.
func TestExpiryLeavesTheSame(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			w := newWitness(t, mode)
			var first traces
			finders := append(ways[:len(ways):len(ways)], ways[0])
			finders[len(ways)].name = "background work"
			for i, way := range finders {
				chore := i == len(ways)
				w.c.Want(t, "+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "0")
				got := w.see("SET k v PX 20", func() {
					time.Sleep(w.left) // its time has to come
					if !chore {
						way.do(w.c, t, []string{"EXISTS", "k"})
						return
					}
					w.c.Want(t, "+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "1")
					for size := ""; size != ":0\r\n"; {
						size = string(testkit.Must(w.c.Do("DBSIZE"))(t))
					}
				})
				if i == 0 {
					first = got
				} else if got.String() != first.String() {
					t.Errorf("found by %s:\n%s\nby a plain command:\n%s", way.name, got, first)
				}
			}
			if want := []string{"0 UNLINK k"}; fmt.Sprint(first.records) != fmt.Sprint(want) || first.dirty != 0 {
				t.Errorf("%s", first)
			}
		})
	}
}

// dueField makes a hash of two fields of which one is due and stays: k, where nothing is removed by time alone.
const dueField = "CONFIG SET import-mode yes;HSET k f v g w;HPEXPIREAT k 1 FIELDS 1 f;CONFIG SET import-mode no"

// TestExpiryOfFieldsLeavesTheSame: who comes upon one writes the same by all ways; background work leaves the removal alone.
func TestExpiryOfFieldsLeavesTheSame(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			w := newWitness(t, mode)
			w.c.Want(t, "+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "0")
			for _, command := range []string{"HSET k f x", "HSETEX k KEEPTTL FIELDS 1 f x", "HINCRBY k f 1", "HDEL k f", "HDEL k g f", "HPERSIST k FIELDS 1 f"} {
				var plain traces
				for i, way := range ways {
					got := w.see(dueField, func() { way.do(w.c, t, strings.Fields(command)) })
					if i == 0 {
						plain = got
					} else if got.String() != plain.String() {
						t.Errorf("%s by %s:\n%s\nplain:\n%s", command, way.name, got, plain)
					}
				}
			}
			w.leaves(dueField, `records ["0 HDEL k f"], events ["__keyevent@0__:hexpired k"], signals [], 0 changes, watchers told true, accessed true`, call.ByExpiry, func() {
				expired := int(infoNumber(t, w.c, "expired_fields"))
				w.c.Want(t, "+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "1")
				testkit.AwaitCount(t, w.n.Addr(), "expired_fields", expired+1)
			})
		})
	}
}

// TestWhatTheNodeRemovesLeaves: what has to make room, and keys of a slot that is another node's.
func TestWhatTheNodeRemovesLeaves(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			w := newWitness(t, mode)
			w.leaves("SET k v", `records ["0 UNLINK k"], events ["__keyevent@0__:evicted k"], signals [], 0 changes, watchers told true, accessed false`, call.ByEviction, func() {
				evicted := int(infoNumber(t, w.c, "evicted_keys"))
				setting(t, w.c, "maxmemory-policy", "allkeys-random", "maxmemory", "1")
				testkit.AwaitCount(t, w.n.Addr(), "evicted_keys", evicted+1)
				setting(t, w.c, "maxmemory", "0")
			})
			w.leaves("SET k v", `records ["0 UNLINK k"], events [], signals [], 1 changes, watchers told true, accessed false`, call.ByCleanup, func() {
				w.n.Still(func(e *exec.Engine) {
					c := e.Borrow()
					defer e.GiveBack(c)
					if n := c.Strip(slot.Of([]byte("k")), 10); n != 1 {
						t.Errorf("%d keys are gone", n)
					}
				})
			})
		})
	}
}

// leaves compares what something leaves with what it has to, and who brought it about.
func (w *witness) leaves(before, want string, by call.Origin, do func()) {
	w.t.Helper()
	got := w.see(before, func() {
		do()
		w.n.Still(func(*exec.Engine) {}) // what counted it has ended
	})
	if got.String() != want || !slices.Equal(got.origins, []call.Origin{by}) {
		w.t.Errorf("%s by %v, want %s by %v", got, got.origins, want, by)
	}
}

// TestFunctionsLeaveTheSame: libraries that come and go, alone and in a transaction.
func TestFunctionsLeaveTheSame(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "appendonly.aof"), testkit.Command("FUNCTION", "LOAD", library("one", "1")), 0o644); err != nil {
		t.Fatal(err)
	}
	source := testkit.MustDial(t, nodetest.Start(t, [2]string{"dir", dir}, [2]string{"appendonly", "yes"}))
	dump, err := testkit.Parse(testkit.Must(source.Do("FUNCTION", "DUMP"))(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			w := newWitness(t, mode)
			for _, command := range [][]string{{"FUNCTION", "RESTORE", dump.Text, "REPLACE"}, {"FUNCTION", "DELETE", "one"}, {"FUNCTION", "FLUSH"}} {
				var plain traces
				for i, way := range ways[:2] {
					w.c.Want(t, "+OK\r\n", "FUNCTION", "RESTORE", dump.Text, "REPLACE")
					got := w.see("SET k v", func() { way.do(w.c, t, command) })
					if i == 0 {
						plain = got
					} else if got.String() != plain.String() {
						t.Errorf("%s by %s:\n%s\nplain:\n%s", command[1], way.name, got, plain)
					}
					if want := []string{"0 " + strings.Join(command, " ")}; !slices.Equal(got.records, want) || got.dirty != 1 || got.watched || !slices.Equal(got.origins, []call.Origin{call.ByClient}) {
						t.Errorf("%s by %v, want %q", got, got.origins, want)
					}
				}
			}
		})
	}
}

// witness sees what changes leave.
type witness struct {
	t        *testing.T
	n        *node.Node
	c        *testkit.Client
	watcher  *testkit.Client
	listener *testkit.Client
	key      string // whose access clock is looked at
	seen     int
	left     time.Duration // until the time of k has come
}

func newWitness(t *testing.T, mode testkit.Mode) *witness {
	n := nodetest.StartNode(t, append(mode.Config, [2]string{"notify-keyspace-events", "AKE"})...)
	w := &witness{t: t, n: n, key: "k", c: testkit.MustDial(t, n.Addr()), watcher: testkit.MustDial(t, n.Addr()), listener: testkit.MustDial(t, n.Addr())}
	testkit.Must(w.listener.Do("PSUBSCRIBE", "__keyevent@*"))(t)
	for _, key := range []string{"k", "j"} { // for what never comes, so that they are signalled and stay
		testkit.MustDial(t, n.Addr()).Blocks(t, "XREAD", "BLOCK", "0", "STREAMS", key, "999999999-0")
	}
	return w
}

// see makes what is there before, has something done and tells what it left.
func (w *witness) see(before string, do func()) (x traces) {
	t, c := w.t, w.c
	t.Helper()
	c.Want(t, "+OK\r\n", "FLUSHALL")
	if before != "" {
		for _, command := range strings.Split(before, ";") {
			testkit.Must(c.Do(strings.Fields(command)...))(t)
		}
		if !strings.Contains(before, "PX") && !strings.Contains(before, ";") {
			w.age()
		}
	}
	w.hear()
	testkit.Must(w.watcher.Pipeline([]string{"WATCH", "k"}, []string{"MULTI"}, []string{"PING"}))(t)
	if set, at, ok := strings.Cut(before, "PX "); ok {
		ms, _ := strconv.Atoi(strings.TrimSpace(string(testkit.Must(c.Do("PTTL", "k"))(t))[1:]))
		if ms <= 0 { // it came before anybody watched
			long, _ := strconv.Atoi(at)
			w.watcher.Want(t, "+OK\r\n", "DISCARD")
			return w.see(fmt.Sprint(set, "PX ", 2*long), do)
		}
		w.left = time.Duration(ms+2) * time.Millisecond
	}
	dirty := w.dirty()
	tape := nodetest.Record(w.n)
	do()
	x.events = w.hear()
	w.n.Forgo(tape)
	x.dirty = w.dirty() - dirty
	for _, one := range tape.Commits() {
		if len(one.Records) > 0 && one.Records[0].Targets == commit.Replicas { // the mark that says that all events have come
			continue
		}
		x.origins = append(x.origins, one.Origin)
		for _, s := range one.Signals {
			x.signals = append(x.signals, fmt.Sprintf("%d %s %v", s.DB, s.Name, s.Ready))
		}
		for _, r := range one.Records {
			x.records = append(x.records, fmt.Sprintf("%d %s", r.DB, bytes.Join(r.Args, []byte(" "))))
		}
	}
	x.watched = string(testkit.Must(w.watcher.Do("EXEC"))(t)) == "*-1\r\n"
	idle, err := strconv.Atoi(strings.TrimSpace(string(testkit.Must(c.Do("OBJECT", "IDLETIME", w.key))(t))[1:]))
	x.used = err == nil && idle >= 0 && idle < 1000
	return x
}

// age has the key look as if nobody had used it for long.
func (w *witness) age() {
	reply := testkit.Must(w.c.Do("DUMP", w.key))(w.t)
	_, payload, _ := bytes.Cut(reply, []byte("\r\n"))
	w.c.Want(w.t, "+OK\r\n", "RESTORE", w.key, "0", string(payload[:len(payload)-2]), "REPLACE", "IDLETIME", "5000")
}

// hear tells of the events that came since the last time: all that came before a message of its own.
func (w *witness) hear() (events []string) {
	w.seen++
	mark := "mark " + strconv.Itoa(w.seen)
	w.c.Want(w.t, ":1\r\n", "PUBLISH", "__keyevent@mark", mark)
	for {
		reply := string(testkit.Must(w.listener.Read())(w.t))
		if strings.Contains(reply, mark) {
			return events
		}
		parts := strings.Split(reply, "\r\n")
		events = append(events, parts[len(parts)-4]+" "+parts[len(parts)-2])
	}
}

func (w *witness) dirty() int {
	n, err := strconv.Atoi(testkit.InfoField(string(testkit.Must(w.c.Do("INFO", "persistence"))(w.t)), "rdb_changes_since_last_save"))
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}
