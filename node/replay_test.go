package node_test

import (
	"fmt"
	"math/rand"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sigrun/internal/offheap"
	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestReplay repeats the commits of a node in another one: at any commit both have to hold the same. The tape is switched on
// under load.
func TestReplay(t *testing.T) {
	for name, family := range testkit.Families() {
		t.Run(name, func(t *testing.T) { replay(t, 4, family) })
	}
	t.Run("everything", func(t *testing.T) {
		all := make([]testkit.Generator, 0, len(testkit.Families()))
		for _, f := range testkit.Families() {
			all = append(all, f)
		}
		replay(t, 6, func(r *rand.Rand) testkit.Step { return all[r.Intn(len(all))](r) })
	})
}

func replay(t *testing.T, clients int, family testkit.Generator) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			n := nodetest.StartNode(t, mode.Config...)
			stop := make(chan struct{})
			var busy sync.WaitGroup
			for i := range clients {
				busy.Go(func() { fumble(t, n.Addr(), testkit.Seed()+int64(i), family, stop) })
			}
			rounds := 40
			if offheap.RaceBuild {
				rounds = 10
			}
			for c := testkit.MustDial(t, n.Addr()); ; { // something to begin with
				if reply := string(testkit.Must(c.Do("DBSIZE"))(t)); reply != ":0\r\n" {
					c.Close()
					break
				}
			}
			tape := nodetest.Record(n)
			states := []nodetest.Moment{}
			for came := 0; len(states) < rounds; {
				if now := len(tape.Commits()); now >= came+4 {
					came = now
					states = append(states, nodetest.Look(n))
				}
				time.Sleep(time.Millisecond)
			}
			close(stop)
			busy.Wait()
			states = append(states, nodetest.Look(n))
			n.Forgo(tape)
			tape.Check(t, states)
		})
	}
}

// fumble does random commands of a family, alone, in transactions and in scripts, until stop is closed.
func fumble(t *testing.T, addr string, seed int64, family testkit.Generator, stop chan struct{}) {
	c := testkit.MustDial(t, addr)
	defer c.Close()
	r := rand.New(rand.NewSource(seed))
	one := func() []string {
		for {
			if args := testkit.Brief(family(r).Args); args != nil {
				return args
			}
		}
	}
	for done := false; !done; {
		var batch [][]string
		switch x := r.Intn(100); {
		case x < 10:
			batch = append(batch, []string{"MULTI"})
			for range 1 + r.Intn(4) {
				batch = append(batch, one())
			}
			batch = append(batch, []string{"EXEC"})
		case x < 20:
			batch = append(batch, testkit.Scripted(one(), one(), one()))
		case x < 30:
			batch = append(batch, expiring(t, c, r)...)
		case x == 30 && r.Intn(10) == 0:
			batch = append(batch, [][]string{{"FLUSHALL"}, {"FLUSHDB"}, {"SWAPDB", "0", "1"}}[r.Intn(3)])
		default:
			batch = append(batch, one())
		}
		if _, err := c.Pipeline(batch...); err != nil {
			t.Error(err)
			return
		}
		select {
		case <-stop:
			done = true
		default:
		}
	}
}

// expiring has a key, or a field, expire soon.
func expiring(t *testing.T, c *testkit.Client, r *rand.Rand) [][]string {
	reply := string(testkit.Must(c.Do("RANDOMKEY"))(t))
	_, key, ok := strings.Cut(strings.TrimSuffix(reply, "\r\n"), "\r\n")
	if !ok {
		return [][]string{{"SET", fmt.Sprint("soon", r.Intn(5)), "v", "PX", "3"}}
	}
	ms := strconv.Itoa(1 + r.Intn(20))
	return [][]string{{"PEXPIRE", key, ms}, {"HPEXPIRE", key, ms, "FIELDS", "1", "a"}}
}
