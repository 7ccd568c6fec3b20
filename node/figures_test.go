package node

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/testkit"
)

// TestInfoShowsWhatWasAnswered holds all tokens for a moment, as one does who is interrupted, and asks
// for INFO meanwhile: it shows what was answered before. A crowded host may take longer than INFO
// waits, though not again and again.
func TestInfoShowsWhatWasAnswered(t *testing.T) {
	cfg := config.New(glob.Match)
	for _, p := range [][2]string{{"port", freePort(t)}, {"bind", "127.0.0.1"}} {
		if err := cfg.Override(p[0], p[1]); err != nil {
			t.Fatal(err)
		}
	}
	n, err := Start(Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	c := testkit.MustDial(t, n.Addr())
	for round := range 50 {
		c.Want(t, "+OK\r\n", "SET", fmt.Sprint(round), "x")
		all, r := *n.engine.All(), n.engine.NewCtx(-1)
		n.dispatcher.Acquire(&all)
		released := make(chan struct{})
		go func() {
			defer close(released)
			time.Sleep(15 * time.Millisecond)
			n.dispatcher.ReleaseSet(&all, r)
		}()
		info := string(testkit.Must(c.Do("INFO", "keyspace"))(t))
		<-released
		if strings.Contains(info, fmt.Sprintf("db0:keys=%d,", round+1)) {
			return
		}
	}
	t.Error("INFO shows what was there before")
}
