package study

import (
	"context"
	"strings"
	"testing"
	"time"

	"sigrun/bench/client"
	"sigrun/bench/peer"
	"sigrun/bench/result"
	"sigrun/internal/testkit"
)

// until is where progress goes that ends a context when it comes to a word.
func until(word string) (context.Context, writerFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	return ctx, func(b []byte) (int, error) {
		if strings.Contains(string(b), word) {
			cancel()
		}
		return len(b), nil
	}
}

// TestInterruptedStudies keep what they have measured, and say that it is not all.
func TestInterruptedStudies(t *testing.T) {
	addr := testkit.Redis(t)
	o := options(t, little(t, "ping"), "--clients", "2", "--duration", "30ms", "--interval", "10ms")
	ctx, seen := until("round 3 of")
	c, err := Compare(ctx, o, addr, addr, 1000, nil, seen)
	if err != nil || len(c.Figures[0].A) != 2 || !strings.Contains(strings.Join(c.Void, " "), "interrupted behind 2 of 1000 rounds") {
		t.Errorf("%+v, %v", c, err)
	}
	ctx, seen = until("/s: p99")
	p, err := Promise(ctx, o, addr, 99, int64(time.Hour), 0.001, nil, seen)
	if err != nil || len(p.Tries) != 1 || p.Best != bestOf(p.Tries) || len(p.Void) == 0 || !strings.Contains(p.Void[0], "the search is not over") {
		t.Errorf("%+v, %v", p, err)
	}
	ctx, seen = until("3 of 6")
	s, err := Sweep(ctx, o, []string{addr, addr}, []result.Axis{{Name: "clients", Values: []string{"1", "2", "3"}}}, nil, seen)
	if err != nil || len(s.Points) != 2 || !strings.Contains(strings.Join(s.Void(), " "), "interrupted behind 2 of 6") {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestClusterRefusesWhatItCannotRun: before the run and not in each reply of it.
func TestClusterRefusesWhatItCannotRun(t *testing.T) {
	s, err := peer.Start("cluster", "redis-server --port {port} --save \"\" --cluster-enabled yes", "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	c, err := client.Ask(&client.Target{Network: "tcp", Addr: s.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Text("CLUSTER", "ADDSLOTSRANGE", "0", "16383"); err != nil {
		t.Fatal(err)
	}
	for ok := false; !ok; { // it needs a moment to believe it
		text, err := c.Text("CLUSTER", "INFO")
		if err != nil {
			t.Fatal(err)
		}
		ok = strings.Contains(text, "cluster_state:ok")
	}
	for name, bad := range map[string]bool{"mget": true, "transactions": true, "get": false, "ratelimit": false, "leaderboard": false} {
		o := options(t, little(t, name), "--addr", s.Addr(), "--cluster", "--requests", "100", "--clients", "2")
		r, err := Run(context.Background(), o, nil, nil)
		if bad && (err == nil || !strings.Contains(err.Error(), name+" cannot be run in a cluster")) || !bad && (err != nil || r.Total.Done != 100) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}
