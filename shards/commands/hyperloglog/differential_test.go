package hyperloglog_test

import (
	"math/rand"
	"strconv"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestDifferential gives random sequences to the reference and to this server: replies,
// estimates and the strings themselves are the same.
func TestDifferential(t *testing.T) {
	reference := testkit.Reference(t)
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		testkit.MustDial(t, reference).Want(t, "+OK\r\n", "CONFIG", "SET", "hll-sparse-max-bytes", "3000")
		testkit.Differential(t, reference, addr, 5, 200, func(r *rand.Rand) testkit.Step {
			if r.Intn(20) == 0 {
				return testkit.Step{Args: []string{"HELLO", strconv.Itoa(2 + r.Intn(2))}, How: testkit.Ignore, Conn: r.Intn(3)}
			}
			return testkit.HyperLogLogs.Step(r)
		})
	})
}

// TestDamage does so with strings that are no longer what they were.
func TestDamage(t *testing.T) {
	reference := testkit.Reference(t)
	testkit.Differential(t, reference, nodetest.Start(t), 20, 150, testkit.DamagedHyperLogLogs)
}
