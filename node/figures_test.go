package node

import (
	"fmt"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// TestInfoShowsWhatWasAnswered asks for INFO while somebody has every token: it shows what was answered before, at once.
func TestInfoShowsWhatWasAnswered(t *testing.T) {
	n := started(t)
	c := testkit.MustDial(t, n.Addr())
	defer c.Close()
	for round := range 20 {
		c.Want(t, "+OK\r\n", "SET", fmt.Sprint(round), "x")
		all, r := *n.engine.All(), n.engine.NewCtx(-1)
		n.dispatcher.Acquire(&all)
		info := string(testkit.Must(c.Do("INFO", "keyspace"))(t))
		n.dispatcher.ReleaseSet(&all, r)
		if !strings.Contains(info, fmt.Sprintf("db0:keys=%d,", round+1)) {
			t.Fatalf("after %d keys: %q", round+1, info)
		}
	}
}
