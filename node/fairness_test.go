package node_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// Clients that keep a claim on tokens queued all the time must not keep plain commands from being served.
func TestPlainCommandsBesideClaims(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		fill(t, c, 20000, 0)
		for i := range 300 {
			c.Want(t, ":1\r\n", "SADD", "set", strconv.Itoa(i))
		}
		for _, busy := range [][]string{
			{"KEYS", "nosuch*"},
			{"EVAL", "return redis.call('exists', 'undeclared')", "0"},
			{"EVAL", "for i = 1, 300 do redis.call('get', KEYS[1]) end", "1", "k0"},
			{"SORT", "set"},
			{"SORT", "set", "BY", "weight_*"},
		} {
			besides(t, addr, busy)
		}
	})
}

// besides has six clients repeat a command while four others get and set keys, each a number of times.
func besides(t *testing.T, addr string, busy []string) {
	t.Helper()
	var stop atomic.Bool
	var all, plain sync.WaitGroup
	for range 6 {
		all.Go(func() {
			c, err := testkit.Dial(addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			for !stop.Load() {
				if _, err := c.Do(busy...); err != nil {
					t.Error(busy, err)
					return
				}
			}
		})
	}
	var served atomic.Int64
	for i := range 4 {
		plain.Go(func() {
			c, err := testkit.Dial(addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			for n := range 60 {
				if _, err := c.Pipeline([]string{"SET", "k" + strconv.Itoa(i), strconv.Itoa(n)}, []string{"GET", "k0"}); err != nil {
					t.Error(err)
					return
				}
				served.Add(1)
			}
		})
	}
	done := make(chan struct{})
	go func() { plain.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Errorf("beside %q only %d of 240 pipelines were answered in a minute", busy, served.Load())
	}
	stop.Store(true)
	all.Wait()
	<-done
}
