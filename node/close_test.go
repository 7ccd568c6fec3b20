package node_test

import (
	"testing"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/testkit"
	"sigrun/node"
)

// A pause that waits for what is under way must not keep a node from its end.
func TestCloseDuringPause(t *testing.T) {
	for range 5 {
		cfg := config.New(glob.Match)
		for _, o := range [][2]string{{"port", "0"}, {"bind", "127.0.0.1"}, {"save", ""}, {"io-threads", "2"}} {
			if err := cfg.Override(o[0], o[1]); err != nil {
				t.Fatal(err)
			}
		}
		n, err := node.Start(node.Options{Config: cfg, AnyPort: true})
		if err != nil {
			t.Fatal(err)
		}
		busy, pausing := testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr())
		_ = busy.Send(testkit.Command("EVAL", "redis.call('SET', KEYS[1], 1) while true do end", "1", "k"))
		testkit.Await(t, n.Addr(), "scripts_running", "1")
		_ = pausing.Send(testkit.Command("CLIENT", "PAUSE", "100000", "WRITE"))
		testkit.Await(t, n.Addr(), "paused_actions", "write")
		time.Sleep(10 * time.Millisecond) // or it did not wait yet
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		_ = busy.Close()
		_ = pausing.Close()
	}
}
