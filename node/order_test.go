package node_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"sigrun/shards/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/protocol/call"
	"sigrun/shards/commit"
)

// records is what a tape was given since behind, a line for each record, and the origins of the commits.
func records(tape *nodetest.Tape, behind int) (lines []string, origins []call.Origin) {
	for _, x := range tape.Commits()[behind:] {
		origins = append(origins, x.Origin)
		for _, r := range x.Records {
			lines = append(lines, fmt.Sprintf("%d %s", r.DB, bytes.Join(r.Args, []byte(" "))))
		}
	}
	return lines, origins
}

// until asks again and again, until the answer is as it has to become.
func until(t *testing.T, c *testkit.Client, reply string, args ...string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); string(testkit.Must(c.Do(args...))(t)) != reply; {
		if time.Now().After(deadline) {
			t.Fatalf("%q never became %q", args, reply)
		}
	}
}

// overdue makes keys that are due, and that nothing but a command will find.
func overdue(t *testing.T, c *testkit.Client, keys ...string) {
	testkit.Must(c.Do("DEBUG", "SET-ACTIVE-EXPIRE", "0"))(t)
	for _, k := range keys {
		testkit.Must(c.Do("SET", k, "old", "PX", "1"))(t)
	}
	testkit.Must(c.Do("SET", "last", "old", "PX", "3"))(t)
	until(t, c, ":-2\r\n", "PTTL", "last")
}

// TestExpiryHasItsPlaceInATransaction: what a transaction did before it came upon a key that was due comes before that key's
// removal, or the removal would hit what the transaction put there.
func TestExpiryHasItsPlaceInATransaction(t *testing.T) {
	for name, c := range map[string]struct {
		settings [2]string
		due      []string
		queue    [][]string
		want     []string
	}{
		"after SWAPDB": {[2]string{"import-mode", "no"}, []string{"k"}, [][]string{{"SWAPDB", "0", "1"}, {"SELECT", "1"}, {"GET", "k"}},
			[]string{"0 SWAPDB 0 1", "1 UNLINK k"}},
		"of a key that it set": {[2]string{"import-mode", "yes"}, nil, [][]string{{"SET", "k", "v", "PXAT", "1"}, {"APPEND", "k", "x"}},
			[]string{"0 SET k v PXAT 1", "0 UNLINK k", "0 APPEND k x"}},
		"in its middle": {[2]string{"import-mode", "no"}, []string{"a", "b"}, [][]string{{"SET", "x", "1"}, {"GET", "a"}, {"INCR", "x"}, {"INCR", "b"}},
			[]string{"0 SET x 1", "0 UNLINK a", "0 INCR x", "0 UNLINK b", "0 INCR b"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := nodetest.StartNode(t, c.settings)
			cl := testkit.MustDial(t, n.Addr())
			if c.due != nil {
				testkit.Must(cl.Pipeline([]string{"SELECT", "1"}, []string{"SET", "k", "live"}, []string{"SELECT", "0"}))(t)
				overdue(t, cl, c.due...)
			}
			tape := nodetest.Record(n)
			testkit.Must(cl.Pipeline(slices.Concat([][]string{{"MULTI"}}, c.queue, [][]string{{"EXEC"}})...))(t)
			lines, origins := records(tape, 0)
			if !slices.Equal(lines, c.want) || !slices.Equal(origins, []call.Origin{call.ByClient}) {
				t.Errorf("%q by %v, want %q", lines, origins, c.want)
			}
		})
	}
}

// TestExpiryOfWhatAScriptWroteIsTakenBackWithIt: a script that may start again came upon a key whose time it had set itself. What
// was due before the script stays gone.
func TestExpiryOfWhatAScriptWroteIsTakenBackWithIt(t *testing.T) {
	n := nodetest.StartNode(t, [2]string{"import-mode", "yes"})
	c := testkit.MustDial(t, n.Addr())
	testkit.Must(c.Do("SET", "k", "stays"))(t)
	tape := nodetest.Record(n)
	script := `redis.call('SET', KEYS[1], 'v', 'PXAT', 1)
		local seen = redis.call('APPEND', KEYS[1], 'x')
		if redis.call('EXISTS', 'other') == 0 then redis.call('SET', KEYS[1], 'end') end
		return seen`
	if r := string(testkit.Must(c.Do("EVAL", script, "1", "k"))(t)); r != ":1\r\n" {
		t.Fatalf("%q", r)
	}
	want := []string{"0 SET k v PXAT 1", "0 UNLINK k", "0 APPEND k x", "0 SET k end"}
	if lines, origins := records(tape, 0); !slices.Equal(lines, want) || len(origins) != 1 {
		t.Errorf("%q by %v, want %q", lines, origins, want)
	}
	tape.Check(t, []nodetest.Moment{nodetest.Look(n)})
}

// TestOriginIsTheWholeTransactions, not that of its last command.
func TestOriginIsTheWholeTransactions(t *testing.T) {
	n := nodetest.StartNode(t)
	c := testkit.MustDial(t, n.Addr())
	tape := nodetest.Record(n)
	set, eval := []string{"SET", "a", "0"}, []string{"EVAL", "return redis.call('SET', KEYS[1], 1)", "1", "a"}
	for _, queue := range [][][]string{{set, eval}, {eval, set}, {eval}} {
		testkit.Must(c.Pipeline(slices.Concat([][]string{{"MULTI"}}, queue, [][]string{{"EXEC"}})...))(t)
	}
	testkit.Must(c.Do(eval...))(t)
	if _, origins := records(tape, 0); !slices.Equal(origins, []call.Origin{call.ByClient, call.ByClient, call.ByClient, call.ByScript}) {
		t.Errorf("%v", origins)
	}
}

// TestRecordsOutliveAScriptsArguments: the script's memory is used again while its records wait for its end.
func TestRecordsOutliveAScriptsArguments(t *testing.T) {
	n := nodetest.StartNode(t)
	c := testkit.MustDial(t, n.Addr())
	testkit.Must(c.Do("DEBUG", "SET-ACTIVE-EXPIRE", "0"))(t)
	testkit.Must(c.Do("HSET", "key", "field", "old", "other", "w"))(t)
	testkit.Must(c.Do("HPEXPIRE", "key", "1", "FIELDS", "1", "field"))(t)
	until(t, c, "$-1\r\n", "HGET", "key", "field")
	tape := nodetest.Record(n)
	testkit.Must(c.Do("EVAL", `redis.call('GET', string.rep('x', 300))
		redis.call('HSETEX', KEYS[1], 'KEEPTTL', 'FIELDS', 1, 'field', 'new')
		redis.call('GET', 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz') return 1`, "1", "key"))(t)
	if lines, _ := records(tape, 0); !slices.Equal(lines, []string{"0 HDEL key field", "0 HSETEX key KEEPTTL FIELDS 1 field new"}) {
		t.Errorf("%q", lines)
	}
}

// TestHitsStayWhenACommandBeginsAgain: those of the commands before it.
func TestHitsStayWhenACommandBeginsAgain(t *testing.T) {
	n := nodetest.StartNode(t)
	c := testkit.MustDial(t, n.Addr())
	hits := func() int {
		m := regexp.MustCompile(`keyspace_hits:(\d+)`).FindSubmatch(testkit.Must(c.Do("INFO", "stats"))(t))
		v, _ := strconv.Atoi(string(m[1]))
		return v
	}
	zadd := []string{"ZADD", "z"}
	for i := range 25000 {
		zadd = append(zadd, fmt.Sprint(i), fmt.Sprint("m", i))
	}
	testkit.Must(c.Do("SET", "s", "v"))(t)
	testkit.Must(c.Do(zadd...))(t)
	for range 100 {
		testkit.Must(c.Do("GET", "s"))(t)
	}
	before := hits()
	testkit.Must(c.Do("ZPOPMIN", "z", "24000"))(t)
	if after := hits(); after < before || after > before+1 {
		t.Errorf("%d hits after %d", after, before)
	}

	testkit.Must(c.Do("XGROUP", "CREATE", "x", "g", "0", "MKSTREAM"))(t)
	entries := make([][]string, 25000)
	for i := range entries {
		entries[i] = []string{"XADD", "x", fmt.Sprintf("%d-1", i+1), "f", "v"}
	}
	testkit.Must(c.Pipeline(entries...))(t)
	testkit.Must(c.Do("XREADGROUP", "GROUP", "g", "a", "COUNT", "25000", "STREAMS", "x", ">"))(t)
	for _, count := range []string{"100", "3000"} { // on a loop, and on an executor
		before := hits()
		testkit.Must(c.Do("XAUTOCLAIM", "x", "g", "b", "100000000", "0", "COUNT", count, "JUSTID"))(t)
		if after := hits(); after != before+1 {
			t.Errorf("XAUTOCLAIM of %s: %d hits after %d", count, after, before)
		}
	}
}

// TestWatchingIsForgottenWithEXEC: what it took is no memory of the client any more.
func TestWatchingIsForgottenWithEXEC(t *testing.T) {
	n := nodetest.StartNode(t)
	c := testkit.MustDial(t, n.Addr())
	memory := func() int {
		m := regexp.MustCompile(` tot-mem=(\d+)`).FindSubmatch(testkit.Must(c.Do("CLIENT", "INFO"))(t))
		v, _ := strconv.Atoi(string(m[1]))
		return v
	}
	rounds := func() {
		for range 1000 {
			testkit.Must(c.Pipeline([]string{"WATCH", "k"}, []string{"MULTI"}, []string{"PING"}, []string{"EXEC"}))(t)
		}
	}
	rounds()
	before := memory()
	if rounds(); memory() > before+1000 {
		t.Errorf("%d bytes, %d before", memory(), before)
	}
}

// TestAScriptThatChangesTwoKeysOverAndOver tells who watches, and who listens of everything. That it holds little of it is Commit.Condense's.
func TestAScriptThatChangesTwoKeysOverAndOver(t *testing.T) {
	n := nodetest.StartNode(t, [2]string{"notify-keyspace-events", "K$"})
	watcher, listener, c := testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr())
	testkit.Must(watcher.Do("WATCH", "a", "b"))(t)
	testkit.Must(listener.Do("PSUBSCRIBE", "*"))(t)
	testkit.Must(c.Do("EVAL", "for i = 1, 3000 do redis.call('INCR', 'a') redis.call('INCR', 'b') end", "0"))(t)
	for i := range 6000 {
		want := "__keyspace@0__:" + "ab"[i%2:i%2+1]
		if m := testkit.Must(listener.Read())(t); !bytes.Contains(m, []byte(want)) {
			t.Fatalf("event %d: %q", i, m)
		}
	}
	if r := string(testkit.Must(watcher.Pipeline([]string{"MULTI"}, []string{"EXEC"}))(t)[1]); r != "*-1\r\n" {
		t.Errorf("%q", r)
	}
}

// TestMessagesHaveAPlaceAmongCommits: replicas repeat PUBLISH, files do not; in a transaction it is a part of that. It needs no token.
func TestMessagesHaveAPlaceAmongCommits(t *testing.T) {
	n := nodetest.StartNode(t)
	c := testkit.MustDial(t, n.Addr())
	tape := nodetest.Record(n)
	publish, set := []string{"PUBLISH", "ch", "m"}, []string{"SET", "k", "v"}
	testkit.Must(c.Pipeline(set, publish, []string{"MULTI"}, publish, set, []string{"EXEC"}, []string{"MULTI"}, publish, []string{"EXEC"},
		[]string{"EVAL", "redis.call('SET', KEYS[1], 'w') redis.call('PUBLISH', 'ch', 'from ' .. 'a script')", "1", "k"}))(t)
	want := []string{"0 SET k v", "0 PUBLISH ch m", "0 PUBLISH ch m", "0 SET k v", "0 PUBLISH ch m", "0 SET k w", "0 PUBLISH ch from a script"}
	if lines, origins := records(tape, 0); !slices.Equal(lines, want) || len(origins) != 5 {
		t.Errorf("%q by %v, want %q", lines, origins, want)
	}
	for i, x := range tape.Commits() {
		if x.Seq != uint64(i)+tape.Commits()[0].Seq {
			t.Errorf("commit %d has Seq %d", i, x.Seq)
		}
		for _, r := range x.Records {
			message := bytes.Equal(r.Args[0], []byte("PUBLISH"))
			if message != (r.Targets == commit.Replicas) || message != (r.Slot == commit.NoSlot) {
				t.Errorf("%q for %v, slot %d", r.Args, r.Targets, r.Slot)
			}
		}
	}
}

// TestMessagesInAClusterAreNotRecorded: there a node tells the others of them, and each its replicas (as in Valkey).
func TestMessagesInAClusterAreNotRecorded(t *testing.T) {
	n := nodetest.StartNode(t, [2]string{"cluster-enabled", "yes"}, [2]string{"cluster-config-file", filepath.Join(t.TempDir(), "nodes.conf")})
	c := testkit.MustDial(t, n.Addr())
	c.Want(t, "+OK\r\n", "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	tape := nodetest.Record(n)
	c.Want(t, ":0\r\n", "PUBLISH", "ch", "m")
	c.Want(t, ":0\r\n", "SPUBLISH", "ch", "m")
	c.Want(t, ":0\r\n", "EVAL", "redis.call('SET', KEYS[1], 'v') return redis.call('PUBLISH', 'ch', 'm')", "1", "k")
	testkit.Must(c.Pipeline([]string{"MULTI"}, []string{"PUBLISH", "ch", "m"}, []string{"SPUBLISH", "ch", "m"}, []string{"EXEC"}))(t)
	c.Want(t, "+OK\r\n", "SET", "end", "1")
	if lines, _ := records(tape, 0); !slices.Equal(lines, []string{"0 SET k v", "0 SET end 1"}) {
		t.Errorf("%q", lines)
	}
}

// flushes is a consumer that looks at what leaves with what is recorded.
type flushes struct{ seen []string }

// Take implements commit.Consumer.
func (f *flushes) Take(x *commit.Commit) {
	for i := range x.Touched {
		f.seen = append(f.seen, fmt.Sprintf("%d %s %v", x.Touched[i].DB, x.Touched[i].Name, x.Touched[i].Flushed))
	}
	f.seen = append(f.seen, fmt.Sprint(x.Cleared))
}

// TestFlushLeavesAsACommit: who watches a key, and who tracks any, is told by what FLUSHALL and FLUSHDB did, and not before.
func TestFlushLeavesAsACommit(t *testing.T) {
	for _, command := range []string{"FLUSHALL", "FLUSHDB"} {
		n := nodetest.StartNode(t)
		c, watcher := testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr())
		c.Want(t, "+OK\r\n", "SET", "k", "v")
		c.Want(t, "+OK\r\n", "SET", "unwatched", "v")
		watcher.Want(t, "+OK\r\n", "WATCH", "k", "absent")
		f := &flushes{}
		n.Consume(f, func(*exec.Engine) {})
		testkit.Must(c.Pipeline([]string{"MULTI"}, []string{command}, []string{"SET", "k", "w"}, []string{"EXEC"}))(t)
		n.Forgo(f)
		if want := []string{"0 k true", "0 k false", "true"}; !slices.Equal(f.seen, want) {
			t.Errorf("%s: %q, want %q", command, f.seen, want)
		}
		testkit.Must(watcher.Pipeline([]string{"MULTI"}, []string{"PING"}))(t)
		watcher.Want(t, "*-1\r\n", "EXEC")
	}
}

// TestMessagesBesideConsumers: those that come while consumers come and go find each of them whole, and Seq without gaps.
func TestMessagesBesideConsumers(t *testing.T) {
	n := nodetest.StartNode(t)
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		c := testkit.MustDial(t, n.Addr())
		for {
			select {
			case <-stop:
				return
			default:
				testkit.Must(c.Pipeline([]string{"PUBLISH", "ch", "m"}, []string{"SET", "k", "v"}, []string{"PUBLISH", "ch", "m"}))(t)
			}
		}
	}()
	for range 50 {
		tape := nodetest.Record(n)
		for len(tape.Commits()) < 3 {
			runtime.Gosched()
		}
		n.Forgo(tape)
		all := tape.Commits()
		for i := range all {
			if all[i].Seq != all[0].Seq+uint64(i) {
				t.Fatalf("Seq %d stands at place %d behind %d", all[i].Seq, i, all[0].Seq)
			}
		}
	}
	close(stop)
	<-ended
}

// What is published one after the other comes in that order to who listens to all of it: alone, in pipelines and in transactions, by connections that
// take turns, whatever the channels and loops.
func TestMessagesOfDifferentChannels(t *testing.T) {
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		listener := testkit.MustDial(t, addr)
		subscribe := []string{"SUBSCRIBE"}
		for i := range 20 {
			subscribe = append(subscribe, fmt.Sprint("c", i))
		}
		if err := listener.Send(testkit.Command(subscribe...)); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			testkit.Must(listener.Read())(t)
		}
		var publishers []*testkit.Client
		for range 4 {
			publishers = append(publishers, testkit.MustDial(t, addr))
		}
		sent := 0
		publish := func() []string {
			sent++
			return []string{"PUBLISH", fmt.Sprint("c", sent*7%20), fmt.Sprint(sent)}
		}
		for round := range 150 {
			p := publishers[round%4]
			switch round % 3 {
			case 0:
				p.Want(t, ":1\r\n", publish()...)
			case 1:
				testkit.Must(p.Pipeline(publish(), publish(), publish(), publish()))(t)
			default:
				testkit.Must(p.Pipeline([]string{"MULTI"}, publish(), publish(), publish(), []string{"EXEC"}))(t)
			}
		}
		for i := 1; i <= sent; i++ {
			m := testkit.Must(listener.Read())(t)
			if words := strings.Split(string(m), "\r\n"); words[len(words)-2] != fmt.Sprint(i) {
				t.Fatalf("%q came as number %d", m, i)
			}
		}
	})
}
