package sorting_test

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
		testkit.Differential(t, reference, addr, 16, 250, testkit.Sorting.Step)
	})
}

// TestDifferentialRESP3 does so with connections that change the protocol.
func TestDifferentialRESP3(t *testing.T) {
	reference := testkit.Reference(t)
	addr := nodetest.Start(t)
	testkit.Differential(t, reference, addr, 16, 300, func(r *rand.Rand) testkit.Step {
		if r.Intn(10) == 0 {
			return testkit.Step{Args: []string{"HELLO", strconv.Itoa(2 + r.Intn(2))}, How: testkit.Ignore, Conn: r.Intn(3)}
		}
		return testkit.Sorting.Step(r)
	})
}
