package list_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sigrun/internal/invariants"
	"sigrun/internal/offheap"
	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestMillionPushes pushes numbers to keys of several shards while clients wait for them:
// each number reaches exactly one client. A million where every core works; builds that
// check more push fewer.
func TestMillionPushes(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		total := 60000
		if strings.HasSuffix(t.Name(), "hot") && !offheap.RaceBuild && !invariants.Enabled {
			total = 1000000
		}
		r := race{t: t, addr: addr, total: total, seen: make([]atomic.Bool, total)}
		r.run()
	})
}

const (
	raceKeys    = 8
	raceWaiters = 16
	racePushers = 4
	raceBatch   = 50 // commands that a client has under way
)

// race is pushers and waiters over raceKeys keys.
type race struct {
	t     testing.TB
	addr  string
	total int
	seen  []atomic.Bool
	count atomic.Int64
}

func (r *race) run() {
	var waiters, pushers sync.WaitGroup
	for i := range raceWaiters {
		waiters.Go(func() { r.wait(i) })
	}
	for i := range racePushers {
		pushers.Go(func() { r.push(i) })
	}
	pushers.Wait()
	// Whoever still waits gets a number that is none, as often as it takes him to leave.
	c := testkit.MustDial(r.t, r.addr)
	for range raceWaiters * raceBatch {
		for k := range raceKeys {
			if _, err := c.Do("RPUSH", raceKey(k), "end"); err != nil {
				r.t.Error(err)
				return
			}
		}
	}
	waiters.Wait()
	if n := r.count.Load(); n != int64(r.total) {
		r.t.Errorf("%d numbers of %d arrived", n, r.total)
	}
}

func raceKey(i int) string { return "race:" + strconv.Itoa(i) }

// push sends every racePushers-th number to some key, most in pipelines, some in
// transactions and scripts.
func (r *race) push(me int) {
	c := testkit.MustDial(r.t, r.addr)
	var batch [][]string
	for n := me; n < r.total; n += racePushers {
		key, v := raceKey(n/racePushers%raceKeys), strconv.Itoa(n)
		switch {
		case n%1000 == 7:
			batch = append(batch, []string{"EVAL", "return redis.call('LPUSH', KEYS[1], ARGV[1])", "1", key, v})
		case n%500 == 3:
			batch = append(batch, []string{"MULTI"}, []string{"RPUSH", key, v}, []string{"EXEC"})
		default:
			batch = append(batch, []string{"RPUSH", key, v})
		}
		if len(batch) < raceBatch && n+racePushers < r.total {
			continue
		}
		replies, err := c.Pipeline(batch...)
		for _, reply := range replies {
			if testkit.IsError(reply) {
				err = fmt.Errorf("%q", reply)
			}
		}
		if err != nil {
			r.t.Error(err)
			return
		}
		batch = batch[:0]
	}
}

// wait takes numbers with commands that wait for one key or for two, until it gets the
// end.
func (r *race) wait(me int) {
	c := testkit.MustDial(r.t, r.addr)
	var batch [][]string
	for i := range raceBatch {
		keys := []string{"BLPOP", raceKey((me + i) % raceKeys), raceKey((me + 3*i + 1) % raceKeys), "0"}
		if i%2 == 0 {
			keys = append(keys[:2], "0")
		}
		batch = append(batch, keys)
	}
	for {
		replies, err := c.Pipeline(batch...)
		if err != nil {
			r.t.Error(err)
			return
		}
		ended := false
		for _, reply := range replies {
			ended = r.take(reply) || ended
		}
		if ended {
			return
		}
	}
}

// take notes what a reply brought, and tells whether it was the end.
func (r *race) take(reply []byte) (end bool) {
	lines := bytes.Split(reply, []byte("\r\n"))
	if len(lines) < 5 || string(lines[0]) != "*2" {
		r.t.Errorf("%q", reply)
		return true
	}
	if string(lines[4]) == "end" {
		return true
	}
	n, err := strconv.Atoi(string(lines[4]))
	if err != nil || n >= r.total || r.seen[n].Swap(true) {
		r.t.Errorf("%q comes twice, or was never pushed", lines[4])
		return true
	}
	r.count.Add(1)
	return false
}
