package zset_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestNoGarbage: adding, looking up, ranges and pops leave nothing on Go's heap, in both
// forms of a sorted set.
func TestNoGarbage(t *testing.T) {
	for _, entries := range []string{"128", "0"} {
		addr := nodetest.Start(t, [2]string{"io-threads", "1"}, [2]string{"ignition", "off"}, [2]string{"zset-max-listpack-entries", entries})
		c := testkit.MustDial(t, addr)
		var batch, want strings.Builder
		for range 16 {
			for _, step := range [][2]string{{"ZADD z 1.5 abc 2 12", ":2\r\n"}, {"ZADD z 3 abc", ":0\r\n"}, {"ZSCORE z abc", "$1\r\n3\r\n"}, {"ZRANK z 12", ":0\r\n"},
				{"ZRANGE z 0 -1 WITHSCORES", "*4\r\n$2\r\n12\r\n$1\r\n2\r\n$3\r\nabc\r\n$1\r\n3\r\n"}, {"ZRANGEBYSCORE z (2 +inf", "*1\r\n$3\r\nabc\r\n"},
				{"ZINCRBY z 0.5 12", "$3\r\n2.5\r\n"}, {"ZPOPMIN z", "*2\r\n$2\r\n12\r\n$3\r\n2.5\r\n"}, {"ZREM z abc", ":1\r\n"}} {
				batch.Write(testkit.Command(strings.Fields(step[0])...))
				want.WriteString(step[1])
			}
		}
		send, reply := []byte(batch.String()), make([]byte, want.Len())
		round := func() {
			if err := c.Send(send); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(c.Conn, reply); err != nil || string(reply) != want.String() {
				t.Fatalf("%v %q", err, reply)
			}
		}
		for range 50 {
			round()
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		const rounds = 200
		for range rounds {
			round()
		}
		runtime.ReadMemStats(&after)
		if each := float64(after.Mallocs-before.Mallocs) / (rounds * 16 * 9); each > 0.05 {
			t.Errorf("%s entries: %.2f allocations a command", entries, each)
		}
	}
}
