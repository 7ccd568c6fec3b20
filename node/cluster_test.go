package node_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/protocol/slot"
)

// pair starts two nodes of one cluster: the first serves the lower half of the slots, the second the upper one.
func pair(t *testing.T, mode testkit.Mode, extra ...[2]string) (low, high *testkit.Client, ids [2]string, ports [2]string) {
	ids = [2]string{strings.Repeat("a", 40), strings.Repeat("b", 40)}
	halves := [2]string{"0-8191", "8192-16383"}
	var all [2]*testkit.Client
	for i := range all { // whose ports nobody knows before they listen
		dir := t.TempDir()
		var text string
		for j, id := range ids {
			self := ""
			if i == j {
				self = "myself,"
			}
			text += fmt.Sprintf("%s 127.0.0.1:1@10001,,tls-port=0,shard-id=%s %smaster - 0 0 %d connected %s\n", id, id, self, j+1, halves[j])
		}
		file := filepath.Join(dir, "nodes.conf")
		if err := os.WriteFile(file, []byte(text+"vars currentEpoch 2 lastVoteEpoch 0\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		overrides := append(append([][2]string(nil), mode.Config...), [2]string{"cluster-enabled", "yes"}, [2]string{"cluster-config-file", file})
		n := nodetest.StartNode(t, append(overrides, extra...)...)
		_, ports[i], _ = net.SplitHostPort(n.Addr())
		all[i] = testkit.MustDial(t, n.Addr())
	}
	return all[0], all[1], ids, ports
}

// keyIn is a key of a slot of the lower half (0 to 8191), or the upper one.
func keyIn(upper bool, n int) string {
	for i := n * 1000; ; i++ {
		if key := "k" + strconv.Itoa(i); (slot.Of([]byte(key)) >= 8192) == upper {
			return key
		}
	}
}

func eachPair(t *testing.T, spec func(t *testing.T, low, high *testkit.Client, ids, ports [2]string), extra ...[2]string) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			low, high, ids, ports := pair(t, mode, extra...)
			spec(t, low, high, ids, ports)
		})
	}
}

// A client is sent to the node that serves the slot of its keys, whatever way the command takes.
func TestRedirections(t *testing.T) {
	eachPair(t, func(t *testing.T, low, high *testkit.Client, _, _ [2]string) {
		here, there := keyIn(false, 1), keyIn(true, 1)
		n := strconv.Itoa(int(slot.Of([]byte(there))))
		moved := "-MOVED " + n + " 127.0.0.1:1\r\n"
		low.Want(t, "+OK\r\n", "SET", here, "1")
		high.Want(t, "+OK\r\n", "SET", there, "1")
		low.Want(t, moved, "GET", there)
		low.Want(t, moved, "MSET", "{"+there+"}a", "1", "{"+there+"}b", "1")
		low.Want(t, moved, "BLPOP", there, "0")
		low.Want(t, moved, "EVAL", "return 1", "1", there)
		low.Want(t, moved, "SSUBSCRIBE", there)
		low.Want(t, moved, "SPUBLISH", there, "x")
		low.Want(t, "-CROSSSLOT Keys in request don't hash to the same slot\r\n", "MGET", here, there)
		low.Want(t, "-CROSSSLOT Keys in request don't hash to the same slot\r\n", "RENAME", here, there)
		low.Want(t, "+OK\r\n", "MULTI")
		low.Want(t, "+QUEUED\r\n", "SET", here, "2")
		low.Want(t, moved, "GET", there)
		low.Want(t, "-EXECABORT Transaction discarded because of previous errors.\r\n", "EXEC")
		low.Want(t, "$1\r\n1\r\n", "GET", here)
		if reply := string(testkit.Must(low.Do("EVAL", "return redis.call('GET', ARGV[1])", "1", here, there))(t)); !strings.HasPrefix(reply, "-ERR Attempted to access a non local key in a cluster node script:") {
			t.Error(reply)
		}
		const denied = " option of SORT denied in Cluster mode when keys formed by the pattern may be in different slots.\r\n"
		low.Want(t, "-ERR BY"+denied, "SORT", "{"+here+"}list", "BY", "w*")
		low.Want(t, "-ERR GET"+denied, "SORT_RO", "{"+here+"}list", "GET", "w*")
		low.Want(t, "*0\r\n", "SORT", "{"+here+"}list", "BY", "{"+here+"}w*", "GET", "#")
		low.Want(t, ":1\r\n", "DBSIZE")
		low.Want(t, fmt.Sprintf("*1\r\n$%d\r\n%s\r\n", len(here), here), "KEYS", "*")
		low.Want(t, ":1\r\n", "CLUSTER", "COUNTKEYSINSLOT", strconv.Itoa(int(slot.Of([]byte(here)))))
	})
}

// A slot that is on its way is served by both nodes: the keys that are still here by this one, the others by the other one for those
// that come from here.
func TestSlotsOnTheirWay(t *testing.T) {
	eachPair(t, func(t *testing.T, low, high *testkit.Client, ids, _ [2]string) {
		tag := keyIn(false, 1)
		n := strconv.Itoa(int(slot.Of([]byte(tag))))
		have, gone := "{"+tag+"}have", "{"+tag+"}gone"
		low.Want(t, "+OK\r\n", "MSET", have, "1", gone, "1")
		high.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "IMPORTING", ids[0])
		low.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "MIGRATING", ids[1])
		dump, err := testkit.Parse(testkit.Must(low.Do("DUMP", gone))(t))
		if err != nil {
			t.Fatal(err)
		}
		low.Want(t, ":1\r\n", "DEL", gone)
		high.Want(t, "-MOVED "+n+" 127.0.0.1:1\r\n", "RESTORE", gone, "0", dump.Text)
		high.Want(t, "+OK\r\n", "ASKING")
		high.Want(t, "+OK\r\n", "RESTORE", gone, "0", dump.Text)

		low.Want(t, "$1\r\n1\r\n", "GET", have)
		low.Want(t, "-ASK "+n+" 127.0.0.1:1\r\n", "GET", gone)
		low.Want(t, "-TRYAGAIN Multiple keys request during rehashing of slot\r\n", "MGET", have, gone)
		high.Want(t, "-MOVED "+n+" 127.0.0.1:1\r\n", "GET", gone)
		high.Want(t, "+OK\r\n", "ASKING")
		high.Want(t, "$1\r\n1\r\n", "GET", gone)
		high.Want(t, "-MOVED "+n+" 127.0.0.1:1\r\n", "GET", gone) // it was for one command
		high.Want(t, "+OK\r\n", "ASKING")
		high.Want(t, "-TRYAGAIN Multiple keys request during rehashing of slot\r\n", "MGET", have, gone)
		high.Want(t, "+OK\r\n", "ASKING")
		high.Want(t, "+OK\r\n", "MULTI")
		high.Want(t, "+QUEUED\r\n", "INCR", gone)
		high.Want(t, "+QUEUED\r\n", "INCR", gone)
		high.Want(t, "*2\r\n:2\r\n:3\r\n", "EXEC")
		fresh := "{" + tag + "}fresh"
		high.Want(t, "+OK\r\n", "ASKING")
		high.Want(t, "+OK\r\n", "MULTI")
		high.Want(t, "+QUEUED\r\n", "SET", fresh, "1")
		high.Want(t, "+QUEUED\r\n", "EXPIRE", fresh, "1000")
		high.Want(t, "*2\r\n+OK\r\n:1\r\n", "EXEC") // one key, wherever it stands
		high.Want(t, "+OK\r\n", "ASKING")
		high.Want(t, ":2\r\n", "EVAL", "return redis.call('INCR', KEYS[1])", "1", fresh)
		if reply := string(testkit.Must(low.Do("EVAL", "return redis.call('INCR', ARGV[1])", "0", gone))(t)); !strings.HasPrefix(reply, "-ERR Attempted to access a non local key in a cluster node script:") {
			t.Errorf("a script makes anew what has left: %q", reply)
		}
		low.Want(t, "+OK\r\n", "MULTI")
		low.Want(t, "+QUEUED\r\n", "GET", gone)
		low.Want(t, "-ASK "+n+" 127.0.0.1:1\r\n", "EXEC")

		low.Want(t, "-ERR Can't assign hashslot "+n+" to a different node while I still hold keys for this hash slot.\r\n", "CLUSTER", "SETSLOT", n, "NODE", ids[1])
		low.Want(t, ":1\r\n", "DEL", have)
		high.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "NODE", ids[1])
		low.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "NODE", ids[1])
		low.Want(t, "-MOVED "+n+" 127.0.0.1:1\r\n", "GET", gone)
		high.Want(t, "$1\r\n3\r\n", "GET", gone)
		if reply := string(testkit.Must(high.Do("CLUSTER", "INFO"))(t)); !strings.Contains(reply, "cluster_my_epoch:2\r\n") {
			t.Error("the new owner has the largest epoch already:", reply)
		}
	})
}

// Who waits for a key or listens to a channel is told when its slot leaves.
func TestSlotsThatLeave(t *testing.T) {
	eachPair(t, func(t *testing.T, low, _ *testkit.Client, ids, _ [2]string) {
		addr := low.Conn.RemoteAddr().String()
		key := keyIn(false, 1)
		n := strconv.Itoa(int(slot.Of([]byte(key))))
		waits, listens, stays := testkit.MustDial(t, addr), testkit.MustDial(t, addr), testkit.MustDial(t, addr)
		late := testkit.MustDial(t, addr)
		late.Want(t, "+OK\r\n", "MULTI")
		late.Want(t, "+QUEUED\r\n", "SET", key, "1")
		waits.Blocks(t, "BLPOP", key, "0")
		stays.Blocks(t, "BLPOP", keyIn(false, 2), "0")
		listens.Want(t, fmt.Sprintf("*3\r\n$10\r\nssubscribe\r\n$%d\r\n%s\r\n:1\r\n", len(key), key), "SSUBSCRIBE", key)
		low.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "NODE", ids[1])
		for c, want := range map[*testkit.Client]string{
			waits:   "-MOVED " + n + " 127.0.0.1:1\r\n",
			listens: fmt.Sprintf("*3\r\n$12\r\nsunsubscribe\r\n$%d\r\n%s\r\n:0\r\n", len(key), key),
		} {
			if reply, err := c.Read(); err != nil || string(reply) != want {
				t.Errorf("%q %v, want %q", reply, err, want)
			}
		}
		late.Want(t, "-MOVED "+n+" 127.0.0.1:1\r\n", "EXEC")
		low.Want(t, ":1\r\n", "RPUSH", keyIn(false, 2), "x")
		if reply, err := stays.Read(); err != nil || !strings.HasPrefix(string(reply), "*2") {
			t.Errorf("%q %v", reply, err)
		}
	})
}

// While slots go to and fro between the states, no command runs on a node that does not serve its slot: each is done once, here or nowhere.
func TestSlotsThatComeAndGo(t *testing.T) {
	eachPair(t, func(t *testing.T, low, _ *testkit.Client, ids, _ [2]string) {
		addr := low.Conn.RemoteAddr().String()
		key := keyIn(false, 1)
		n := strconv.Itoa(int(slot.Of([]byte(key))))
		low.Want(t, ":1\r\n", "INCR", key) // so that MSETEX NX finds it
		stop := make(chan struct{})
		var done [3]int
		var clients sync.WaitGroup
		for i, args := range [][]string{{"INCR", key}, {"EVAL", "return redis.call('INCR', KEYS[1])", "1", key}, {"MSETEX", "1", key, "0", "EX", "1000", "NX"}} {
			c := testkit.MustDial(t, addr)
			clients.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					switch reply := string(testkit.Must(c.Do(args...))(t)); {
					case reply[0] == ':' && i < 2:
						done[i]++
					case strings.HasPrefix(reply, "-MOVED "+n) || reply == "-CLUSTERDOWN Hash slot not served\r\n" || i == 2 && reply[0] == ':':
					default:
						t.Errorf("%q", reply)
						return
					}
				}
			})
		}
		gone := 1
		for range 50 {
			low.Want(t, ":1\r\n", "CLUSTER", "COUNTKEYSINSLOT", n)
			low.Want(t, "-ERR Can't assign hashslot "+n+" to a different node while I still hold keys for this hash slot.\r\n", "CLUSTER", "SETSLOT", n, "NODE", ids[1])
			low.Want(t, "+OK\r\n", "CLUSTER", "DELSLOTS", n)
			low.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "NODE", ids[1])
			low.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "NODE", ids[0])
		}
		close(stop)
		clients.Wait()
		low.Want(t, fmt.Sprintf("$%d\r\n%d\r\n", len(strconv.Itoa(gone+done[0]+done[1])), gone+done[0]+done[1]), "GET", key)
	}, [2]string{"cluster-require-full-coverage", "no"})
}

// A cluster that lacks a slot answers nothing about keys, or reads alone, as is configured.
func TestClusterThatIsNotWhole(t *testing.T) {
	eachPair(t, func(t *testing.T, low, _ *testkit.Client, _, _ [2]string) {
		key := keyIn(false, 1)
		low.Want(t, "+OK\r\n", "SET", key, "1")
		low.Want(t, "+OK\r\n", "CLUSTER", "DELSLOTS", "16383")
		low.Want(t, "-CLUSTERDOWN The cluster is down\r\n", "GET", key)
		low.Want(t, "-CLUSTERDOWN Hash slot not served\r\n", "GET", keyOf(16383))
		low.Want(t, "+OK\r\n", "CONFIG", "SET", "cluster-allow-reads-when-down", "yes")
		low.Want(t, "$1\r\n1\r\n", "GET", key)
		low.Want(t, "-CLUSTERDOWN The cluster is down and only accepts read commands\r\n", "SET", key, "2")
		low.Want(t, ":0\r\n", "SPUBLISH", key, "x")
		low.Want(t, "+OK\r\n", "CONFIG", "SET", "cluster-allow-pubsubshard-when-down", "no")
		low.Want(t, "-CLUSTERDOWN The cluster is down\r\n", "SPUBLISH", key, "x")
		low.Want(t, "+OK\r\n", "CONFIG", "SET", "cluster-require-full-coverage", "no")
		low.Want(t, "+OK\r\n", "SET", key, "2")
		low.Want(t, "-CLUSTERDOWN Hash slot not served\r\n", "GET", keyOf(16383))
		low.Want(t, "+PONG\r\n", "PING")
	})
}

// keyOf is a key of a slot.
func keyOf(n uint16) string {
	for i := 0; ; i++ {
		if key := "k" + strconv.Itoa(i); slot.Of([]byte(key)) == n {
			return key
		}
	}
}

// What a slot's commands take is counted for it, whatever way they take.
func TestSlotStats(t *testing.T) {
	eachPair(t, func(t *testing.T, low, _ *testkit.Client, _, _ [2]string) {
		key := keyIn(false, 1)
		n := strconv.Itoa(int(slot.Of([]byte(key))))
		stats := func() testkit.Reply {
			all, err := testkit.Parse(testkit.Must(low.Do("CLUSTER", "SLOT-STATS", "SLOTSRANGE", n, n))(t))
			if err != nil || len(all.Elems) != 1 {
				t.Fatal(all, err)
			}
			return all.Elems[0].Elems[1]
		}
		if got := stats(); len(got.Elems) != 2 {
			t.Error("more than keys are told of where nothing is counted:", got)
		}
		low.Want(t, "+OK\r\n", "CONFIG", "SET", "cluster-slot-stats-enabled", "yes")
		low.Want(t, "+OK\r\n", "SET", key, "value")             // in: 3 words
		low.Want(t, "$5\r\nvalue\r\n", "GET", key)              // out: 11 bytes
		low.Want(t, "*1\r\n$5\r\nvalue\r\n", "MGET", key)       // 15
		low.Want(t, ":1\r\n", "EVAL", "return #KEYS", "1", key) // 4
		low.Want(t, "$-1\r\n", "GET", keyIn(false, 3))          // another slot's
		in := len(testkit.Command("SET", key, "value")) + len(testkit.Command("GET", key)) + len(testkit.Command("MGET", key)) + len(testkit.Command("EVAL", "return #KEYS", "1", key))
		got := stats()
		if len(got.Elems) != 8 || got.Elems[1].Text != "1" || got.Elems[5].Text != strconv.Itoa(in) || got.Elems[7].Text != "35" {
			t.Errorf("%+v, want 1 key, %d bytes in, 5+11+15+4 out", got, in)
		}
		top, err := testkit.Parse(testkit.Must(low.Do("CLUSTER", "SLOT-STATS", "ORDERBY", "network-bytes-in", "LIMIT", "1"))(t))
		if err != nil || len(top.Elems) != 1 || top.Elems[0].Elems[0].Text != n {
			t.Error(top, err)
		}
	})
}

// Two nodes do not share a file of nodes, be it that it was written anew meanwhile; when the first has ended, the second may have it.
func TestFileOfNodesIsOneNodes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "nodes.conf")
	overrides := [][2]string{{"cluster-enabled", "yes"}, {"cluster-config-file", file}}
	n := nodetest.StartNode(t, overrides...)
	c := testkit.MustDial(t, n.Addr())
	refused := func() {
		t.Helper()
		if _, err := nodetest.Refused(t, overrides...); err == nil || !strings.Contains(err.Error(), "Sorry, the cluster configuration file "+file+" is already used by a different Cluster node.") {
			t.Error(err)
		}
	}
	refused()
	c.Want(t, "+OK\r\n", "CLUSTER", "ADDSLOTS", "7")
	c.Want(t, "+OK\r\n", "CLUSTER", "SAVECONFIG")
	refused()
	id := string(testkit.Must(c.Do("CLUSTER", "MYID"))(t))
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	testkit.MustDial(t, nodetest.Start(t, overrides...)).Want(t, id, "CLUSTER", "MYID")
}

// What changes the file of nodes within a transaction has it written before the reply leaves, and under no token: others go on while the disk takes its time.
func TestFileOfNodesInTransactions(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		set := func(name string) string {
			return strings.Split(string(testkit.Must(c.Do("CONFIG", "GET", name))(t)), "\r\n")[4]
		}
		file := filepath.Join(set("dir"), set("cluster-config-file"))
		c.Want(t, "+OK\r\n", "MULTI")
		c.Want(t, "+QUEUED\r\n", "CONFIG", "SET", "cluster-announce-hostname", "here.example")
		c.Want(t, "*1\r\n+OK\r\n", "EXEC")
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), ",here.example,") {
			t.Errorf("%s %v", text, err)
		}
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "cluster-announce-hostname", "there.example")
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), ",there.example,") {
			t.Errorf("%s %v", text, err)
		}
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		c.Want(t, "+OK\r\n", "MULTI")
		c.Want(t, "+QUEUED\r\n", "CLUSTER", "SAVECONFIG")
		c.Want(t, "*1\r\n+OK\r\n", "EXEC")
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), ",there.example,") {
			t.Errorf("%s %v", text, err)
		}
	}, [2]string{"cluster-enabled", "yes"})
}

// A node of no cluster takes no tokens to say so.
func TestNoClusterTakesNoTokens(t *testing.T) {
	c := testkit.MustDial(t, nodetest.Start(t))
	before := infoField(t, c, "all_token_sections")
	for _, words := range [][]string{{"SLOT-STATS", "SLOTSRANGE", "0", "1"}, {"ADDSLOTS", "1"}, {"SETSLOT", "1", "STABLE"}, {"BUMPEPOCH"}} {
		c.Want(t, "-ERR This instance has cluster support disabled\r\n", append([]string{"CLUSTER"}, words...)...)
	}
	if after := infoField(t, c, "all_token_sections"); after != before {
		t.Errorf("%s sections with all tokens, %s before", after, before)
	}
}
