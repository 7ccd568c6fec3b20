package node_test

import (
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
