package list_test

import (
	"math/rand"
	"strconv"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestDifferential gives random sequences around lists, scripts and transactions to the
// reference and to this server.
func TestDifferential(t *testing.T) {
	reference := testkit.Reference(t)
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		testkit.Differential(t, reference, addr, 8, 150, aroundLists)
		testkit.Differential(t, reference, addr, 8, 200, testkit.Lists.Step)
	})
}

// TestDifferentialRESP3 does so with connections that change the protocol, on lists of
// small nodes, compressed ones inside.
func TestDifferentialRESP3(t *testing.T) {
	reference := testkit.Reference(t, "--list-max-listpack-size", "3", "--list-compress-depth", "1")
	addr := nodetest.Start(t, [2]string{"list-max-listpack-size", "3"}, [2]string{"list-compress-depth", "1"})
	testkit.Differential(t, reference, addr, 20, 200, func(r *rand.Rand) testkit.Step {
		if r.Intn(10) == 0 {
			return testkit.Step{Args: []string{"HELLO", strconv.Itoa(2 + r.Intn(2))}, How: testkit.Ignore, Conn: r.Intn(3)}
		}
		return testkit.Lists.Step(r)
	})
}

func aroundLists(r *rand.Rand) testkit.Step {
	for {
		s := testkit.CoreCommands(r)
		if weight := known[s.Args[0]]; weight > 0 && r.Intn(weight) == 0 {
			return s
		}
	}
}

// known are the commands that take part, every how many times one is let through.
var known = map[string]int{"LPUSH": 1, "RPUSH": 1, "LPOP": 1, "RPOP": 1, "LLEN": 1, "LRANGE": 1, "BLPOP": 1, "BLMOVE": 1,
	"EVAL": 1, "MULTI": 1, "EXEC": 1, "DISCARD": 1, "WATCH": 1, "UNWATCH": 1, "SET": 4, "GET": 4, "DEL": 2, "RENAME": 2,
	"COPY": 2, "TYPE": 1, "DBSIZE": 1, "SWAPDB": 2, "FLUSHALL": 1}
