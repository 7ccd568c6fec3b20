package nodetest

import "testing"

// TestLongPipelines sends pipelines that are longer than what a loop looks ahead over:
// when the last command of a portion has to leave its loop, what follows waits for it.
func TestLongPipelines(t *testing.T) {
	EachMode(t, func(t *testing.T, addr string) {
		traffic(t, addr, 50)
	})
}
