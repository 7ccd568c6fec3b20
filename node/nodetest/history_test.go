package nodetest

import (
	"testing"

	"sigrun/internal/testkit"
)

// TestHistories records what clients see of each other in every kind of mix, and checks
// that it could have happened one command, transaction or script after another.
func TestHistories(t *testing.T) {
	for _, mix := range testkit.Mixes() {
		t.Run(mix.Name, func(t *testing.T) {
			EachMode(t, func(t *testing.T, addr string) {
				testkit.Histories{Mix: mix, Clients: 8, Ops: 40, Rounds: 3}.Check(t, addr)
			})
		})
	}
}
