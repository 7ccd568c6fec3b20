package node_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestLargeValuesAreSavedAsTheyWere has clients change large values of all types, in all ways, while they are saved: the file, loaded by
// another node, holds what was there when BGSAVE was answered.
func TestLargeValuesAreSavedAsTheyWere(t *testing.T) {
	dir := t.TempDir()
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		for round := range 3 {
			testkit.Must(c.Do("FLUSHALL"))(t)
			for i := range 12 {
				grow(t, c, i)
			}
			testkit.Must(c.Do("SELECT", "1"))(t)
			grow(t, c, 1)
			testkit.Must(c.Do("SELECT", "0"))(t)
			want := string(testkit.Must(c.Do("DEBUG", "DIGEST"))(t))
			c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "3000") // so that much happens meanwhile
			if round == 1 {                                                     // one that is called off leaves nothing behind
				c.Want(t, "+Background saving started\r\n", "BGSAVE")
				c.Want(t, "+Background saving cancelled\r\n", "BGSAVE", "CANCEL")
			}
			c.Want(t, "+Background saving started\r\n", "BGSAVE")
			var stop atomic.Bool
			var clients sync.WaitGroup
			for i := range 3 {
				clients.Go(func() { meddle(t, addr, uint64(round*10+i), &stop) })
			}
			awaitSave(t, c)
			stop.Store(true)
			clients.Wait()
			c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "0")
			info := string(testkit.Must(c.Do("INFO", "everything"))(t))
			for field, want := range map[string]string{"rdb_last_bgsave_status": "ok", "mem_not_counted_for_evict": "0"} {
				if have := testkit.InfoField(info, field); have != want {
					t.Errorf("%s:%s", field, have)
				}
			}
			if testkit.InfoField(info, "rdb_last_cow_size") == "0" {
				t.Error("nothing changed while the file was written")
			}
			if have := digestOf(t, filepath.Join(dir, "dump.rdb")); have != want {
				t.Errorf("round %d: the file holds %q, and when it was begun there was %q", round, have, want)
			}
		}
	}, [2]string{"dir", dir}, [2]string{"stream-node-max-entries", "20"}, [2]string{"list-max-listpack-size", "40"})
}

// TestEstimatesAreSavedAsTheyWere: PFCOUNT keeps its estimate in the value, of which a file that is being written has what was there when it was begun.
func TestEstimatesAreSavedAsTheyWere(t *testing.T) {
	dir := t.TempDir()
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		testkit.Must(c.Do("FLUSHALL"))(t)
		const keys = 200
		for i := range keys {
			c.Want(t, ":1\r\n", "PFADD", fmt.Sprint("seen", i), "a", "b", fmt.Sprint(i))
		}
		want := string(testkit.Must(c.Do("DEBUG", "DIGEST"))(t))
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "2000")
		c.Want(t, "+Background saving started\r\n", "BGSAVE")
		for i := range keys {
			c.Want(t, ":3\r\n", "PFCOUNT", fmt.Sprint("seen", i))
		}
		awaitSave(t, c)
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "0")
		if have := digestOf(t, filepath.Join(dir, "dump.rdb")); have != want {
			t.Errorf("the file holds %q, and when it was begun there was %q", have, want)
		}
		if now := string(testkit.Must(c.Do("DEBUG", "DIGEST"))(t)); now == want {
			t.Error("PFCOUNT has changed nothing")
		}
	}, [2]string{"dir", dir})
}

// digestOf is the digest of a file.
func digestOf(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	b, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "dump.rdb"), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := testkit.MustDial(t, nodetest.Start(t, [2]string{"dir", dir}))
	c.Want(t, "+OK\r\n", "DEBUG", "RELOAD", "NOSAVE")
	return string(testkit.Must(c.Do("DEBUG", "DIGEST"))(t))
}

const largeElements = 3000

// grow makes large value number i.
func grow(t *testing.T, c *testkit.Client, i int) {
	t.Helper()
	key, args := "large:"+strconv.Itoa(i), []string(nil)
	do := func(args ...string) {
		if reply := testkit.Must(c.Do(args...))(t); testkit.IsError(reply) {
			t.Fatalf("%.100q: %q", args, reply)
		}
	}
	switch i % 6 {
	case 0:
		args = []string{"HSET", key}
	case 1:
		args = []string{"SADD", key}
	case 2:
		args = []string{"ZADD", key}
	case 3:
		args = []string{"RPUSH", key}
	case 4:
		do("SET", key, strings.Repeat("0123456789abcdef", 20000))
		return
	case 5:
		do("XGROUP", "CREATE", key, "g", "0", "MKSTREAM")
	}
	for e := range largeElements {
		n := strconv.Itoa(e)
		switch i % 6 {
		case 0:
			args = append(args, "f"+n, strings.Repeat("v", e%90))
		case 2:
			args = append(args, strconv.Itoa(e*7919%1000), "m"+n)
		case 5:
			do("XADD", key, n+"-1", "field", strings.Repeat("v", 30))
		default:
			args = append(args, "element "+n)
		}
	}
	if i%6 == 5 {
		do("XREADGROUP", "GROUP", "g", "one", "COUNT", "1500", "STREAMS", key, ">")
		return
	}
	do(args...)
	if i == 0 {
		do("HPEXPIREAT", key, "4102444800000", "FIELDS", "2", "f1", "f2")
	}
}

// meddle changes large values, and moves, replaces and removes them.
func meddle(t *testing.T, addr string, seed uint64, stop *atomic.Bool) {
	c, err := testkit.Dial(addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	r := rand.New(rand.NewPCG(seed, 5))
	for !stop.Load() {
		var commands [][]string
		for range 1 + r.IntN(20) {
			commands = append(commands, meddling(r))
		}
		if _, err := c.Pipeline(commands...); err != nil {
			t.Error(err)
			return
		}
	}
}

func meddling(r *rand.Rand) []string {
	i, n := r.IntN(12), strconv.Itoa(r.IntN(2*largeElements))
	key := "large:" + strconv.Itoa(i)
	any := func(lines ...string) []string {
		line := strings.NewReplacer("KEY", key, "NUM", n, "OTHER", strconv.Itoa(r.IntN(largeElements))).Replace(lines[r.IntN(len(lines))])
		return strings.Fields(line)
	}
	if r.IntN(400) == 0 {
		return any("DEL KEY", "UNLINK KEY", "SET KEY NUM", "RENAME KEY moved:OTHER", "RENAME large:1 large:7", "SWAPDB 0 1", "PEXPIRE KEY 1", "FLUSHDB ASYNC",
			"SORT KEY BY nosort STORE large:9", "COPY KEY other REPLACE", "MOVE KEY 2", "DEBUG SLEEP 0", "PEXPIRE KEY 100000000", "PERSIST KEY", "SPOP large:1 2900")
	}
	switch i % 6 {
	case 0:
		return any("HSET KEY fNUM OTHER", "HDEL KEY fNUM", "HINCRBY KEY cOTHER 1", "HPEXPIRE KEY 1 FIELDS 1 fNUM", "HPEXPIRE KEY 99999999 FIELDS 1 fNUM", "HPERSIST KEY FIELDS 1 f1")
	case 1:
		return append(any("SADD KEY", "SREM KEY", "SMOVE KEY large:7"), "element "+n)
	case 2:
		return any("ZADD KEY OTHER mNUM", "ZREM KEY mNUM", "ZINCRBY KEY 5 mOTHER", "ZREMRANGEBYRANK KEY NUM NUM", "ZPOPMIN KEY", "ZADD KEY 1 newNUM")
	case 3:
		return any("LPUSH KEY xNUM", "RPUSH KEY xNUM", "LPOP KEY", "RPOP KEY", "LSET KEY OTHER yNUM", "LREM KEY 1 xNUM", "LINSERT KEY BEFORE xNUM zNUM", "LMOVE KEY large:9 LEFT RIGHT")
	case 4:
		return any("SETRANGE KEY NUM OTHER", "APPEND KEY NUM", "SETBIT KEY NUM 1", "BITFIELD KEY SET u16 NUM 77 GET u8 OTHER SET u8 #NUM 3", "SETRANGE KEY 200000 NUM")
	}
	return any("XADD KEY * field NUM", "XDEL KEY OTHER-1", "XTRIM KEY MINID 0", "XTRIM KEY MAXLEN ~ 2900", "XREADGROUP GROUP g two COUNT 3 STREAMS KEY >",
		"XACK KEY g OTHER-1", "XCLAIM KEY g three 0 OTHER-1", "XREADGROUP GROUP g one COUNT 2 STREAMS KEY 0", "XGROUP SETID KEY g OTHER-1",
		fmt.Sprintf("XGROUP CREATECONSUMER KEY g consumer%s", n), "XGROUP DELCONSUMER KEY g consumerNUM", "XGROUP CREATE KEY gOTHER NUM-1", "XGROUP DESTROY KEY gOTHER")
}
