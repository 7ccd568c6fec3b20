package zset_test

import (
	"math/rand"
	"strconv"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestDifferential gives random sequences to the reference and to this server.
func TestDifferential(t *testing.T) {
	reference := testkit.Reference(t)
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		testkit.Differential(t, reference, addr, 16, 250, testkit.SortedSets.Step)
	})
}

// TestDifferentialRESP3 does so with connections that change the protocol, and with sorted
// sets that soon are large.
func TestDifferentialRESP3(t *testing.T) {
	reference := testkit.Reference(t)
	addr := nodetest.Start(t)
	limits := [2]string{"3", "128"}
	testkit.Differential(t, reference, addr, 24, 300, func(r *rand.Rand) testkit.Step {
		switch r.Intn(60) {
		case 0, 1, 2, 3, 4, 5:
			return testkit.Step{Args: []string{"HELLO", strconv.Itoa(2 + r.Intn(2))}, How: testkit.Ignore, Conn: r.Intn(3)}
		case 6:
			return testkit.Step{Args: []string{"CONFIG", "SET", "zset-max-listpack-entries", limits[r.Intn(2)]}, How: testkit.Ignore, Conn: r.Intn(3)}
		}
		return testkit.SortedSets.Step(r)
	})
}
