package node_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/protocol/slot"
)

// slotOf is the number of a key's slot.
func slotOf(key string) string { return strconv.Itoa(int(slot.Of([]byte(key)))) }

// A snapshot that is older than the file of nodes brings nothing back that another node serves now; what it has of a slot that nobody serves is
// served.
func TestKeysOfSlotsThatHaveLeft(t *testing.T) {
	log := [][2]string{{"appendonly", "yes"}}
	for _, mode := range append(testkit.Modes(), testkit.Mode{Name: "from the append-only file", Config: log}) {
		t.Run(mode.Name, func(t *testing.T) {
			dir, other := t.TempDir(), strings.Repeat("b", 40)
			write := func(slots, others string) {
				text := fmt.Sprintf("%s 127.0.0.1:1@10001,,tls-port=0,shard-id=%[1]s myself,master - 0 0 1 connected %s\n%s 127.0.0.1:2@10002,,tls-port=0,shard-id=%[3]s master - 0 0 2 connected %s\nvars currentEpoch 2 lastVoteEpoch 0\n",
					strings.Repeat("a", 40), slots, other, others)
				if err := os.WriteFile(filepath.Join(dir, "nodes.conf"), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			overrides := append(append([][2]string(nil), mode.Config...), [2]string{"cluster-enabled", "yes"}, [2]string{"dir", dir}, [2]string{"cluster-databases", "2"})
			write("0-16383", "")
			n := nodetest.StartNode(t, overrides...)
			c := testkit.MustDial(t, n.Addr())
			gone, orphan, stays, coming := keyOf(9000), keyOf(9001), keyOf(9002), keyOf(9003)
			for i := range 1500 { // more than go at once
				c.Want(t, "+OK\r\n", "SET", fmt.Sprintf("{%s}%d", gone, i), "old")
			}
			for _, key := range []string{gone, orphan, stays, coming} {
				c.Want(t, "+OK\r\n", "SET", key, "old")
			}
			c.Want(t, "+OK\r\n", "SELECT", "1")
			c.Want(t, "+OK\r\n", "SET", gone, "old")
			c.Want(t, "+OK\r\n", "SAVE")
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			write("0-8999 9002 9004-16383 [9003-<-"+other+"]", "9000 9003")
			n = nodetest.StartNode(t, overrides...)
			c = testkit.MustDial(t, n.Addr())
			c.Want(t, ":3\r\n", "DBSIZE")
			c.Want(t, "$3\r\nold\r\n", "GET", orphan)
			c.Want(t, "$3\r\nold\r\n", "GET", stays)
			c.Want(t, "+OK\r\n", "ASKING")
			c.Want(t, "$3\r\nold\r\n", "GET", coming)
			c.Want(t, "-MOVED 9000 127.0.0.1:2\r\n", "GET", gone)
			c.Want(t, "+OK\r\n", "SELECT", "1")
			c.Want(t, ":0\r\n", "DBSIZE")
			if text, err := os.ReadFile(filepath.Join(dir, "nodes.conf")); err != nil || !strings.Contains(string(text), " 0-8999 9001-9002 9004-16383 [9003-<-") {
				t.Errorf("%v %s", err, text)
			}
		})
	}
}

// ASKING within a transaction is for what stands behind it there, and for nothing after EXEC.
func TestAskingWithinTransactions(t *testing.T) {
	eachPair(t, func(t *testing.T, _, high *testkit.Client, ids, _ [2]string) {
		key := keyIn(false, 1)
		moved := "-MOVED " + slotOf(key) + " 127.0.0.1:1\r\n"
		high.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", slotOf(key), "IMPORTING", ids[0])
		high.Want(t, "+OK\r\n", "ASKING")
		high.Want(t, "+OK\r\n", "SET", key, "v")
		begin := func() {
			high.Want(t, "+OK\r\n", "MULTI")
			high.Want(t, "+QUEUED\r\n", "ASKING")
		}
		begin()
		high.Want(t, "*1\r\n+OK\r\n", "EXEC")
		high.Want(t, moved, "GET", key)
		begin()
		high.Want(t, "+QUEUED\r\n", "EVAL", "return redis.call('GET', ARGV[1])", "0", key)
		high.Want(t, "*2\r\n+OK\r\n$1\r\nv\r\n", "EXEC")
		high.Want(t, moved, "SET", key, "stranded")
		high.Want(t, "$2\r\nOK\r\n", "EVAL", "return redis.call('ASKING').ok", "0")
		high.Want(t, moved, "GET", key)
		const foreign = "-ERR Attempted to access a non local key in a cluster node script:"
		high.Want(t, "+OK\r\n", "MULTI")
		high.Want(t, "+QUEUED\r\n", "EVAL", "return redis.call('GET', ARGV[1])", "0", key)
		if reply := string(testkit.Must(high.Do("EXEC"))(t)); !strings.HasPrefix(reply, "*1\r\n"+foreign) {
			t.Error(reply)
		}
	})
}

// For who imports nothing has expired, in a slot on its way, too; for others what is due is not there any more.
func TestDueKeysInSlotsOnTheirWay(t *testing.T) {
	eachPair(t, func(t *testing.T, low, _ *testkit.Client, ids, _ [2]string) {
		key := keyIn(false, 1)
		low.Want(t, "+OK\r\n", "SET", key, "v", "PXAT", "1")
		low.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", slotOf(key), "MIGRATING", ids[1])
		low.Want(t, "-ASK "+slotOf(key)+" 127.0.0.1:1\r\n", "GET", key)
		low.Want(t, "+OK\r\n", "CLIENT", "IMPORT-SOURCE", "ON")
		low.Want(t, "$1\r\nv\r\n", "GET", key)
		low.Want(t, "*1\r\n$1\r\nv\r\n", "MGET", key)
		low.Want(t, "$1\r\nv\r\n", "EVAL", "return redis.call('GET', KEYS[1])", "1", key)
		low.Want(t, "+OK\r\n", "CLIENT", "IMPORT-SOURCE", "OFF")
		low.Want(t, "-ASK "+slotOf(key)+" 127.0.0.1:1\r\n", "GET", key)
	}, [2]string{"import-mode", "yes"})
}

// What several keys need of a slot on its way is that they are here, and what looks into another database cannot know that.
func TestCopiesInSlotsOnTheirWay(t *testing.T) {
	eachPair(t, func(t *testing.T, low, high *testkit.Client, ids, _ [2]string) {
		const again = "-TRYAGAIN Multiple keys request during rehashing of slot\r\n"
		tag := "{" + keyIn(false, 1) + "}"
		n := slotOf(tag)
		low.Want(t, "+OK\r\n", "MSET", tag+"1", "x", tag+"2", "y")
		low.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "MIGRATING", ids[1])
		high.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "IMPORTING", ids[0])
		low.Want(t, ":1\r\n", "COPY", tag+"1", tag+"2", "REPLACE")
		low.Want(t, ":1\r\n", "COPY", tag+"1", tag+"2", "DB", "0", "REPLACE")
		low.Want(t, again, "COPY", tag+"1", tag+"2", "DB", "1")
		low.Want(t, again, "MOVE", tag+"1", "1")
		low.Want(t, "+OK\r\n", "RENAME", tag+"1", tag+"2")
		for _, c := range []*testkit.Client{low, high} {
			c.Want(t, "+OK\r\n", "MULTI")
			c.Want(t, again, "MOVE", tag+"2", "1")
			c.Want(t, again, "COPY", tag+"2", tag+"1", "DB", "1")
			c.Want(t, "-EXECABORT Transaction discarded because of previous errors.\r\n", "EXEC")
		}
		high.Want(t, again, "MOVE", tag+"2", "1") // without ASKING
		high.Want(t, again, "COPY", tag+"2", tag+"1", "DB", "1")
		high.Want(t, "-MOVED "+n+" 127.0.0.1:1\r\n", "COPY", tag+"2", tag+"1")
	}, [2]string{"cluster-databases", "2"})
}

// Who listens in a slot is told when the slot is given to a node, be it this one, and stays while it only comes to rest.
func TestListenersOfSlotsThatComeIn(t *testing.T) {
	eachPair(t, func(t *testing.T, _, high *testkit.Client, ids, _ [2]string) {
		channel := keyIn(false, 1)
		n := slotOf(channel)
		ended := fmt.Sprintf("*3\r\n$12\r\nsunsubscribe\r\n$%d\r\n%s\r\n:0\r\n", len(channel), channel)
		for _, then := range [][]string{{"STABLE"}, {"NODE", ids[0]}, {"NODE", ids[1]}, {"NODE", ids[1]}} {
			if then[0] == "STABLE" || then[1] == ids[0] {
				high.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "NODE", ids[0])
			}
			if _, err := high.Do("CLUSTER", "SETSLOT", n, "IMPORTING", ids[0]); err != nil {
				t.Fatal(err)
			}
			c := testkit.MustDial(t, high.Conn.RemoteAddr().String())
			c.Want(t, "+OK\r\n", "ASKING")
			c.Want(t, fmt.Sprintf("*3\r\n$10\r\nssubscribe\r\n$%d\r\n%s\r\n:1\r\n", len(channel), channel), "SSUBSCRIBE", channel)
			high.Want(t, "+OK\r\n", append([]string{"CLUSTER", "SETSLOT", n}, then...)...)
			if then[0] == "STABLE" {
				c.Want(t, ended, "SUNSUBSCRIBE")
				continue
			}
			if reply, err := c.Read(); err != nil || string(reply) != ended {
				t.Errorf("%q %v", reply, err)
			}
		}
	})
}

// Small things, as Valkey has them.
func TestWordsOfCluster(t *testing.T) {
	eachPair(t, func(t *testing.T, low, _ *testkit.Client, ids, _ [2]string) {
		low.Want(t, "-ERR SWAPDB is not allowed in cluster mode\r\n", "SWAPDB", "0", "0")
		low.Want(t, "+OK\r\n", "MULTI")
		low.Want(t, "+QUEUED\r\n", "SSUBSCRIBE", keyIn(false, 1))
		low.Want(t, "*1\r\n-ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client\r\n", "EXEC")
		low.Want(t, "-ERR timeout is out of range\r\n", "CLUSTER", "SETSLOT", "200", "STABLE", "TIMEOUT", "9223372036854775807")
		low.Want(t, "-ERR syntax error\r\n", "CLUSTER", "FAILOVER", "xx")
		low.Want(t, "-ERR unknown subcommand or wrong number of arguments for 'RESET'. Try CLUSTER HELP.\r\n", "CLUSTER", "RESET", "HARD", "x")
		low.Want(t, "-ERR unknown subcommand or wrong number of arguments for 'SLOT-STATS'. Try CLUSTER HELP.\r\n", "CLUSTER", "SLOT-STATS", "SLOTSRANGE", "0", "1", "2", "3")
		low.Want(t, "-ERR value is not an integer or out of range\r\n", "CLUSTER", "GETKEYSINSLOT", "16384", "x")
		low.Want(t, "-ERR Invalid slot or number of keys\r\n", "CLUSTER", "GETKEYSINSLOT", "1", "-1")
		low.Want(t, "+OK\r\n", "CONFIG", "SET", "cluster-announce-ip", "1.1.1.1")
		low.Want(t, "+OK\r\n", "CONFIG", "SET", "cluster-announce-ip", "")
		low.Want(t, "+OK\r\n", "CONFIG", "SET", "cluster-announce-port", "7")
		_, port, _ := strings.Cut(low.Conn.RemoteAddr().String(), ":")
		p, _ := strconv.Atoi(port)
		if nodes := string(testkit.Must(low.Do("CLUSTER", "NODES"))(t)); !strings.Contains(nodes, fmt.Sprintf(ids[0]+" :7@%d myself,", p+10000)) {
			t.Error(nodes)
		}
		foreign := keyIn(true, 1)
		low.Want(t, "-ERR no such key\r\n", "DEBUG", "OBJECT", foreign)
		low.Want(t, "+OK\r\n", "MULTI")
		low.Want(t, "+QUEUED\r\n", "DEBUG", "DIGEST-VALUE", foreign, keyIn(false, 1))
		low.Want(t, "*1\r\n*2\r\n+"+strings.Repeat("0", 40)+"\r\n+"+strings.Repeat("0", 40)+"\r\n", "EXEC")
		waits := testkit.MustDial(t, low.Conn.RemoteAddr().String())
		key := keyIn(false, 1)
		waits.Blocks(t, "BLPOP", key, "0")
		low.Want(t, "+OK\r\n", "CLUSTER", "DELSLOTS", slotOf(key))
		if reply, err := waits.Read(); err != nil || string(reply) != "-CLUSTERDOWN The cluster is down\r\n" {
			t.Errorf("%q %v", reply, err)
		}
		for range 2 { // a node that has heard of it already agrees
			low.Want(t, "+OK\r\n", "CLUSTER", "FORGET", ids[1])
		}
		low.Want(t, "-ERR Unknown node "+strings.Repeat("9", 40)+"\r\n", "CLUSTER", "FORGET", strings.Repeat("9", 40))
	})
}

// TestForgottenNoLonger: who is to be forgotten for no time at all (cluster-blacklist-ttl) is not known the second time.
func TestForgottenNoLonger(t *testing.T) {
	low, _, ids, _ := pair(t, testkit.Modes()[0], [2]string{"cluster-blacklist-ttl", "0"})
	low.Want(t, "+OK\r\n", "CLUSTER", "FORGET", ids[1])
	low.Want(t, "-ERR Unknown node "+ids[1]+"\r\n", "CLUSTER", "FORGET", ids[1])
}
