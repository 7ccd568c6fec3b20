package node_test

import (
	"bytes"
	"fmt"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// What a waiting client's command does when it is served counts as if the command had come now: the key was used just now.
func TestServedWaitersUseTheirKeysNow(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		for _, policy := range []string{"allkeys-lru", "allkeys-lfu"} {
			c.Want(t, "+OK\r\n", "CONFIG", "SET", "maxmemory-policy", policy)
			for _, wait := range [][]string{{"BLPOP", "k", "0"}, {"BLMOVE", "k", "to", "LEFT", "RIGHT", "0"}, {"BLMPOP", "0", "2", "other", "k", "LEFT"}} {
				c.Want(t, ":1\r\n", "RPUSH", "here", "x")
				waiter := testkit.MustDial(t, addr)
				waiter.Blocks(t, wait...)
				c.Want(t, ":3\r\n", "RPUSH", "k", "x", "y", "z")
				testkit.Must(waiter.Read())(t)
				for _, key := range []string{"k", "to"} {
					if string(testkit.Must(c.Do("EXISTS", key))(t)) == ":0\r\n" {
						continue
					}
					if policy == "allkeys-lru" {
						if idle := string(testkit.Must(c.Do("OBJECT", "IDLETIME", key))(t)); idle != ":0\r\n" && idle != ":1\r\n" {
							t.Errorf("%q: %s is idle for %q", wait, key, idle)
						}
					} else if freq := string(testkit.Must(c.Do("OBJECT", "FREQ", key))(t)); freq == ":0\r\n" {
						t.Errorf("%q: %s was never used", wait, key)
					}
				}
				testkit.Must(c.Do("DEL", "k", "to", "here"))(t)
				_ = waiter.Close()
			}
		}
	})
}

// TestServedBeforeTheReply: who waits for what a command, a transaction or a script writes has it before that is answered, though serving him takes
// tokens that nothing else asks for: those of the key to which he moves it, and of the one to which the next in the chain does.
func TestServedBeforeTheReply(t *testing.T) {
	ways := map[string][][]string{
		"command":     {{"GET", "x"}, {"RPUSH", "k", "v"}},
		"transaction": {{"GET", "x"}, {"MULTI"}, {"RPUSH", "k", "v"}, {"EXEC"}},
		"script":      {{"EVAL", "return redis.call('rpush', KEYS[1], 'v')", "1", "k"}},
		"undeclared":  {{"EVAL", "return redis.call('rpush', 'k', 'v')", "1", "{k}"}},
		"after all":   {{"KEYS", "x"}, {"MULTI"}, {"RPUSH", "k", "v"}, {"EXEC"}},
	}
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			n := nodetest.StartNode(t, mode.Config...)
			c := testkit.MustDial(t, n.Addr())
			for round := range 10 {
				for way, commands := range ways {
					to, last := fmt.Sprint("to", round), fmt.Sprint("last", round)
					first, second := testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr())
					first.Blocks(t, "BLMOVE", "k", to, "LEFT", "RIGHT", "0")
					second.Blocks(t, "BLMOVE", to, last, "LEFT", "RIGHT", "0")
					replies := testkit.Must(c.Pipeline(append(commands, []string{"LLEN", "k"}, []string{"LLEN", to}, []string{"LPOP", last})...))(t)
					if got := bytes.Join(replies[len(commands):], nil); string(got) != ":0\r\n:0\r\n$1\r\nv\r\n" {
						t.Errorf("%s: LLEN, LLEN and LPOP behind it answered %q", way, got)
					}
					testkit.Must(first.Read())(t)
					testkit.Must(second.Read())(t)
					_, _ = first.Close(), second.Close()
				}
			}
			if n := testkit.InfoField(string(testkit.Must(c.Do("INFO", "everything"))(t)), "script_restarts"); n != "1" {
				t.Errorf("%s scripts have started again in the middle, not the first alone that does not declare its key", n)
			}
		})
	}
}
