package node_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/node"
	"sigrun/node/nodetest"
	"sigrun/shards/commit"
)

// traces is what a change leaves behind besides its reply.
type traces struct {
	records []string // of all commits
	events  []string
	dirty   int
	watched bool // who watches the key was told
	used    bool // the access clock of the key says now
}

func (x traces) String() string {
	return fmt.Sprintf("records %q, events %q, %d changes, watchers told %v, accessed %v", x.records, x.events, x.dirty, x.watched, x.used)
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
			}
		})
	}
}

// TestServedWaitersLeaveTheSame compares what a served waiter leaves with what the command does that pops at once.
func TestServedWaitersLeaveTheSame(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			w := newWitness(t, mode)
			for _, one := range [][3]string{{"BLPOP k 0", "RPUSH k a b", "LPOP k"}, {"BRPOP k 0", "RPUSH k a", "RPOP k"}, {"BLMOVE k j LEFT RIGHT 0", "RPUSH k a b", "LMOVE k j LEFT RIGHT"},
				{"BZPOPMIN k 0", "ZADD k 1 a 2 b", "ZPOPMIN k"}, {"BZPOPMAX k 0", "ZADD k 1 a", "ZPOPMAX k"}} {
				plain := w.see("", func() {
					w.c.Do(strings.Fields(one[1])...)
					w.c.Do(strings.Fields(one[2])...)
				})
				served := w.see("", func() {
					waiter := testkit.MustDial(t, w.n.Addr())
					defer waiter.Close()
					if err := waiter.Send(testkit.Command(strings.Fields(one[0])...)); err != nil {
						t.Fatal(err)
					}
					testkit.Await(t, w.n.Addr(), "blocked_clients", "1")
					w.c.Do(strings.Fields(one[1])...)
					testkit.Must(waiter.Read())(t)
				})
				if served.String() != plain.String() {
					t.Errorf("%s:\n%s\nplain:\n%s", one[0], served, plain)
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

// witness sees what changes leave.
type witness struct {
	t        *testing.T
	n        *node.Node
	c        *testkit.Client
	watcher  *testkit.Client
	listener *testkit.Client
	seen     int
	left     time.Duration // until the time of k has come
}

func newWitness(t *testing.T, mode testkit.Mode) *witness {
	n := nodetest.StartNode(t, append(mode.Config, [2]string{"notify-keyspace-events", "AKE"})...)
	w := &witness{t: t, n: n, c: testkit.MustDial(t, n.Addr()), watcher: testkit.MustDial(t, n.Addr()), listener: testkit.MustDial(t, n.Addr())}
	testkit.Must(w.listener.Do("PSUBSCRIBE", "__keyevent@*"))(t)
	return w
}

// see makes what is there before, has something done and tells what it left.
func (w *witness) see(before string, do func()) (x traces) {
	t, c := w.t, w.c
	t.Helper()
	c.Want(t, "+OK\r\n", "FLUSHALL")
	if before != "" {
		testkit.Must(c.Do(strings.Fields(before)...))(t)
		if !strings.Contains(before, "PX") {
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
		for _, r := range one.Records {
			if r.Targets == commit.Replicas { // the mark that says that all events have come
				continue
			}
			x.records = append(x.records, fmt.Sprintf("%d %s", r.DB, bytes.Join(r.Args, []byte(" "))))
		}
	}
	x.watched = string(testkit.Must(w.watcher.Do("EXEC"))(t)) == "*-1\r\n"
	idle, err := strconv.Atoi(strings.TrimSpace(string(testkit.Must(c.Do("OBJECT", "IDLETIME", "k"))(t))[1:]))
	x.used = err == nil && idle < 1000
	return x
}

// age has k look as if nobody had used it for long.
func (w *witness) age() {
	reply := testkit.Must(w.c.Do("DUMP", "k"))(w.t)
	_, payload, _ := bytes.Cut(reply, []byte("\r\n"))
	w.c.Want(w.t, "+OK\r\n", "RESTORE", "k", "0", string(payload[:len(payload)-2]), "REPLACE", "IDLETIME", "5000")
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
