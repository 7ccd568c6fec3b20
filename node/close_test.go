package node_test

import (
	"os"
	"strconv"
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

// A node that stands still comes to its end all the same, and soon: DEBUG SLEEP holds all tokens and has every loop wait.
func TestCloseDuringSleep(t *testing.T) {
	for range 3 {
		cfg := config.New(glob.Match)
		for _, o := range [][2]string{{"port", "0"}, {"bind", "127.0.0.1"}, {"save", ""}, {"io-threads", "4"}, {"ignition", "forced"}, {"enable-debug-command", "yes"}} {
			if err := cfg.Override(o[0], o[1]); err != nil {
				t.Fatal(err)
			}
		}
		n, err := node.Start(node.Options{Config: cfg, AnyPort: true})
		if err != nil {
			t.Fatal(err)
		}
		sleeps, silent := testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr())
		_ = sleeps.Send(testkit.Command("DEBUG", "SLEEP", "1000"))
		for silent.Timeout = 100 * time.Millisecond; ; { // until it does not answer any more
			if _, err := silent.Do("PING"); err != nil {
				break
			}
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A BGSAVE that waits for the shard of a script without end does not keep a node from its end, and no file shows half of the script.
func TestCloseDuringBackgroundSave(t *testing.T) {
	dir := t.TempDir()
	cfg := config.New(glob.Match)
	for _, o := range [][2]string{{"port", "0"}, {"bind", "127.0.0.1"}, {"save", ""}, {"io-threads", "2"}, {"dir", dir}, {"rdb-key-save-delay", "1000"}} {
		if err := cfg.Override(o[0], o[1]); err != nil {
			t.Fatal(err)
		}
	}
	n, err := node.Start(node.Options{Config: cfg, AnyPort: true})
	if err != nil {
		t.Fatal(err)
	}
	c, busy, saves := testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr())
	fill := []string{"MSET"}
	for i := range 2000 {
		fill = append(fill, strconv.Itoa(i), "v")
	}
	c.Want(t, "+OK\r\n", fill...)
	c.Want(t, "+Background saving started\r\n", "BGSAVE")
	_ = busy.Send(testkit.Command("EVAL", "redis.call('SET', KEYS[1], 1) while true do end", "1", "k"))
	testkit.Await(t, n.Addr(), "scripts_running", "1")
	_ = saves.Send(testkit.Command("SAVE")) // waits for the script's token, too
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%s was saved", left[0].Name())
	}
}
