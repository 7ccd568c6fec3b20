package node_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestCompaction fills a server with values of all types, takes most of them away, and has memory
// compacted while a client goes on reading and writing: the holes go, and nothing else.
func TestCompaction(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		r := rand.New(rand.NewPCG(uint64(testkit.Seed()), 5))
		fillWithHoles(t, c, r)
		digest := string(testkit.Must(c.Do("DEBUG", "DIGEST"))(t))
		before := infoNumber(t, c, "allocator_frag_bytes")
		chaos := !strings.Contains(string(testkit.Must(c.Do("CONFIG", "GET", "chaos-seed"))(t)), "\r\n0\r\n")
		many := !chaos // which compacts all the time and leaves few
		if advice := string(testkit.Must(c.Do("MEMORY", "DOCTOR"))(t)); many && !strings.Contains(advice, "Holes") {
			t.Errorf("MEMORY DOCTOR: %s", advice)
		}
		testkit.Must(c.Do("CONFIG", "SET", "active-defrag-threshold-lower", "1", "active-defrag-ignore-bytes", "1",
			"active-defrag-cycle-min", "50", "active-defrag-cycle-max", "75", "activedefrag", "yes"))(t)
		after := before
		for deadline := time.Now().Add(30 * time.Second); many && after > before/2 && time.Now().Before(deadline); {
			for range 200 {
				testkit.Must(c.Do("SET", "scratch", strings.Repeat("s", r.IntN(300))))(t)
				testkit.Must(c.Do("HGETALL", "hash:large"))(t)
			}
			after = infoNumber(t, c, "allocator_frag_bytes")
		}
		testkit.Must(c.Do("CONFIG", "SET", "activedefrag", "no"))(t)
		testkit.Must(c.Do("DEL", "scratch"))(t)
		if many && after > before/2 {
			t.Errorf("%d bytes of holes are left of %d", after, before)
		}
		if is := string(testkit.Must(c.Do("DEBUG", "DIGEST"))(t)); is != digest {
			t.Error("compaction changed the data")
		}
		if infoNumber(t, c, "active_defrag_hits") == 0 || infoNumber(t, c, "active_defrag_key_hits") == 0 || infoNumber(t, c, "total_active_defrag_time") == 0 {
			t.Error("INFO knows nothing of what was done")
		}
	})
}

// fillWithHoles leaves one of eight keys and one of eight elements behind.
func fillWithHoles(t *testing.T, c *testkit.Client, r *rand.Rand) {
	const keys, elements = 2000, 1500
	testkit.Must(c.Do("DEBUG", "POPULATE", "300000", "many", "80"))(t)
	testkit.Must(c.Do("EVAL", "for i = 0, 299999 do if i % 8 ~= 0 then redis.call('unlink', 'many:' .. i) end end", "0"))(t)
	for i := range keys {
		n, text := strconv.Itoa(i), strings.Repeat("v", r.IntN(150))
		line := [][]string{{"SET", "key:" + n, text}, {"SET", "key:" + n, text, "EX", "10000"}, {"RPUSH", "key:" + n, text, "b"}, {"SADD", "key:" + n, text, "1", "b"},
			{"HSET", "key:" + n, "f", text}, {"ZADD", "key:" + n, "1", text}, {"XADD", "key:" + n, "1-1", "f", text}, {"SADD", "key:" + n, "1", n}}[r.IntN(8)]
		testkit.Must(c.Do(line...))(t)
	}
	for i := range elements {
		n := strconv.Itoa(i)
		for _, line := range [][]string{{"HSET", "hash:large", n, strings.Repeat("v", i%90)}, {"HEXPIRE", "hash:large", strconv.Itoa(1000 + i%7), "FIELDS", "1", n},
			{"ZADD", "zset:large", strconv.Itoa(i * 7919 % 1000), "member:" + n}, {"SADD", "set:large", "member:" + n},
			{"RPUSH", "list:large", strings.Repeat("e", i%200)}, {"XADD", "stream:large", n + "-1", "f", n}} {
			testkit.Must(c.Do(line...))(t)
		}
	}
	for _, line := range [][]string{{"XGROUP", "CREATE", "stream:large", "g", "0"}, {"XREADGROUP", "GROUP", "g", "me", "STREAMS", "stream:large", ">"}} {
		testkit.Must(c.Do(line...))(t)
	}
	for i := range keys {
		if i%8 != 0 {
			testkit.Must(c.Do("DEL", fmt.Sprint("key:", i)))(t)
		}
	}
	for i := range elements {
		if n := strconv.Itoa(i); i%8 != 0 {
			testkit.Must(c.Do("HDEL", "hash:large", n))(t)
			testkit.Must(c.Do("ZREM", "zset:large", "member:"+n))(t)
			testkit.Must(c.Do("SREM", "set:large", "member:"+n))(t)
			testkit.Must(c.Do("XACK", "stream:large", "g", n+"-1"))(t)
		}
	}
}

func infoNumber(t *testing.T, c *testkit.Client, field string) int {
	reply, err := testkit.Parse(testkit.Must(c.Do("INFO", "everything"))(t))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(testkit.InfoField(reply.Text, field))
	if err != nil {
		t.Fatalf("%s: %v", field, err)
	}
	return n
}
