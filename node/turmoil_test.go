package node_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestTurmoil lasts CHAOS_TIME in chaos mode (make chaos), a few seconds otherwise. Afterwards nothing may be left of all
// that: no client, waiter, watch, subscription or snapshot, no key, no memory, no goroutine.
func TestTurmoil(t *testing.T) {
	d, err := time.ParseDuration(os.Getenv("CHAOS_TIME"))
	if err != nil {
		d = 3 * time.Second
	}
	goroutines := runtime.NumGoroutine()
	for _, mode := range testkit.Modes() {
		lasts := d
		if mode.Name != "chaos" {
			lasts = min(d, 3*time.Second)
		}
		t.Run(mode.Name, func(t *testing.T) { turmoil(t, mode, lasts) })
	}
	for deadline := time.Now().Add(time.Minute); runtime.NumGoroutine() > goroutines; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), goroutines, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func turmoil(t *testing.T, mode testkit.Mode, d time.Duration) {
	addr := nodetest.Start(t, append(mode.Config, [2]string{"busy-reply-threshold", "0"})...)
	for seed := testkit.Seed(); d > 0 && !t.Failed(); seed++ { // a long run is many: what is left over shows early
		part := min(d, 20*time.Second)
		d -= part
		t.Logf("seed %d", seed)
		testkit.Turmoil(t, addr, seed, part)
		if !t.Failed() {
			calm(t, addr)
		}
	}
}

// calm waits until nothing is left.
func calm(t *testing.T, addr string) {
	t.Helper()
	c := testkit.MustDial(t, addr)
	defer c.Close()
	c.Want(t, "+OK\r\n", "CLIENT", "UNPAUSE")
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "0", "notify-keyspace-events", "")
	c.Want(t, "+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "1")
	for _, want := range [][2]string{{"connected_clients", "2"}, {"blocked_clients", "0"}, {"watching_clients", "0"}, {"total_watched_keys", "0"},
		{"total_blocking_keys", "0"}, {"pubsub_channels", "0"}, {"pubsub_patterns", "0"}, {"paused_reason", "none"}, {"scripts_running", "0"},
		{"rdb_bgsave_in_progress", "0"}} {
		testkit.Await(t, addr, want[0], want[1])
	}
	c.Want(t, "+OK\r\n", "FLUSHALL")
	c.Want(t, ":0\r\n", "DBSIZE")
	for _, want := range [][2]string{{"lazyfree_pending_objects", "0"}, {"used_memory_dataset", "0"}} {
		testkit.Await(t, addr, want[0], want[1])
	}
}
