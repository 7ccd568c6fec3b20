package keys_test

import (
	"math/rand"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestDifferential gives random sequences to the reference and to this server.
func TestDifferential(t *testing.T) {
	reference := testkit.Redis(t)
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		testkit.Differential(t, reference, addr, 8, 150, ofTheseFamilies)
	})
}

// ofTheseFamilies are the steps that need no other commands than those on strings, keys
// and databases.
func ofTheseFamilies(r *rand.Rand) testkit.Step {
	for {
		s := testkit.CoreCommands(r)
		if known[s.Args[0]] {
			return s
		}
	}
}

var known = map[string]bool{"SET": true, "GET": true, "MGET": true, "MSET": true, "DEL": true, "EXISTS": true, "INCR": true,
	"EXPIRE": true, "PEXPIRE": true, "TTL": true, "PTTL": true, "RENAME": true, "COPY": true, "BITCOUNT": true, "LCS": true,
	"TYPE": true, "DBSIZE": true, "SCAN": true, "KEYS": true, "RANDOMKEY": true, "FLUSHALL": true, "SWAPDB": true, "ECHO": true,
	"LPUSH": true, "RPUSH": true, "LPOP": true, "RPOP": true, "LLEN": true, "LRANGE": true, "MULTI": true, "EXEC": true,
	"DISCARD": true, "WATCH": true, "UNWATCH": true}
