package keys_test

import (
	"math/rand"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestDifferential gives random sequences to the reference and to this server.
func TestDifferential(t *testing.T) {
	reference := testkit.Reference(t)
	runs := 8
	if raceEnabled {
		runs = 2
	}
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		testkit.Differential(t, reference, addr, runs, 150, ofTheseFamilies)
		testkit.Differential(t, reference, addr, runs, 300, testkit.Keyspace.Step)
	})
}

// TestDifferentialRESP3 does the same with connections that now and then change the
// protocol.
func TestDifferentialRESP3(t *testing.T) {
	reference := testkit.Reference(t)
	addr := nodetest.Start(t)
	testkit.Differential(t, reference, addr, 10, 200, func(r *rand.Rand) testkit.Step {
		switch r.Intn(10) {
		case 0:
			return testkit.Step{Args: []string{"HELLO", strconv.Itoa(2 + r.Intn(2))}, How: testkit.Ignore, Conn: r.Intn(3)}
		case 1, 2, 3:
			return testkit.Keyspace.Step(r)
		}
		return ofTheseFamilies(r)
	})
}

// ofTheseFamilies are the steps of the core that this test is about: the commands on
// strings, keys and databases, lists for values that are none, and transactions.
func ofTheseFamilies(r *rand.Rand) testkit.Step {
	for {
		if s := testkit.CoreCommands(r); strings.Contains(families, " "+s.Args[0]+" ") {
			return s
		}
	}
}

const families = ` SET GET MGET MSET DEL EXISTS INCR EXPIRE PEXPIRE TTL PTTL RENAME COPY BITCOUNT LCS TYPE DBSIZE SCAN KEYS ` +
	`RANDOMKEY FLUSHALL SWAPDB ECHO LPUSH RPUSH LPOP RPOP LLEN LRANGE MULTI EXEC DISCARD WATCH UNWATCH `

// TestNewer compares what the reference does not know with scripts that stand for it.
func TestNewer(t *testing.T) {
	reference := testkit.Reference(t)
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		testkit.Differential(t, reference, addr, 4, 200, func(r *rand.Rand) testkit.Step {
			if r.Intn(3) == 0 {
				return testkit.Keyspace.Step(r)
			}
			return testkit.Newer(r)
		})
	})
}
