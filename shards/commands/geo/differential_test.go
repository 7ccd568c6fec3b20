package geo_test

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
		testkit.Differential(t, reference, addr, 16, 250, testkit.Places.Step)
	})
}

// TestDifferentialRESP3 does so with connections that change the protocol, and with
// indexes that soon are large.
func TestDifferentialRESP3(t *testing.T) {
	reference := testkit.Reference(t)
	addr := nodetest.Start(t, [2]string{"zset-max-listpack-entries", "3"})
	testkit.Differential(t, reference, addr, 24, 300, func(r *rand.Rand) testkit.Step {
		if r.Intn(10) == 0 {
			return testkit.Step{Args: []string{"HELLO", strconv.Itoa(2 + r.Intn(2))}, How: testkit.Ignore, Conn: r.Intn(3)}
		}
		return testkit.Places.Step(r)
	})
}
