package node_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// What a client has done shows in INFO at once, also what he did to a shard that a script holds since.
func TestInfoKnowsOfShardsThatScriptsHold(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c, busy := testkit.MustDial(t, addr), testkit.MustDial(t, addr)
		before := number(t, c, "memory", "used_memory_dataset")
		c.Want(t, "+OK\r\n", "SET", "{k}large", strings.Repeat("x", 1<<20))
		c.Want(t, "+OK\r\n", "SET", "{k}volatile", "1", "EX", "1000")
		c.Want(t, ":1\r\n", "HSET", "{k}hash", "f", "v")
		c.Want(t, "*1\r\n:1\r\n", "HEXPIRE", "{k}hash", "1000", "FIELDS", "1", "f")
		for loops := 10_000_000; ; loops *= 2 { // until the script lasts for as long as it takes to ask
			_ = busy.Send(testkit.Command("EVAL", fmt.Sprintf("for i = 1, %d do end", loops), "1", "{k}"))
			over := make(chan struct{})
			go func() {
				defer close(over)
				_, _ = busy.Read()
			}()
			for number(t, c, "sigrun", "scripts_running") == 0 && !closed(over) {
				time.Sleep(time.Millisecond)
			}
			info := string(testkit.Must(c.Do("INFO", "keyspace"))(t))
			more := number(t, c, "memory", "used_memory_dataset") - before
			held := number(t, c, "sigrun", "scripts_running") > 0
			<-over
			if !held {
				continue
			}
			if !strings.Contains(info, "db0:keys=3,expires=1,avg_ttl=0,keys_with_volatile_items=1\r\n") {
				t.Errorf("%q", info)
			}
			if more < 1<<20 {
				t.Errorf("used_memory_dataset grew by %d bytes", more)
			}
			return
		}
	}, [2]string{"busy-reply-threshold", "0"})
}

// number is a field of a section of INFO.
func number(t *testing.T, c *testkit.Client, section, field string) int {
	t.Helper()
	n, err := strconv.Atoi(testkit.InfoField(string(testkit.Must(c.Do("INFO", section))(t)), field))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
