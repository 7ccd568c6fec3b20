package stream_test

import (
	"math/rand"
	"strconv"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestDifferential gives random sequences around streams, scripts and transactions to the
// reference and to this server.
func TestDifferential(t *testing.T) {
	reference := testkit.Reference(t)
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		testkit.Differential(t, reference, addr, 12, 300, testkit.Streams)
	})
}

// TestDifferentialRESP3 does so with connections that change the protocol, on streams of
// small nodes.
func TestDifferentialRESP3(t *testing.T) {
	reference := testkit.Reference(t)
	addr := nodetest.Start(t)
	for _, entries := range []string{"1", "3"} {
		for _, server := range []string{reference, addr} {
			testkit.MustDial(t, server).Want(t, "+OK\r\n", "CONFIG", "SET", "stream-node-max-entries", entries)
		}
		testkit.Differential(t, reference, addr, 20, 300, func(r *rand.Rand) testkit.Step {
			if r.Intn(10) == 0 {
				return testkit.Step{Args: []string{"HELLO", strconv.Itoa(2 + r.Intn(2))}, How: testkit.Ignore, Conn: r.Intn(3)}
			}
			return testkit.Streams(r)
		})
	}
}
