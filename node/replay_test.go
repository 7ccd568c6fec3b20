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

// families are generators of commands of every family.
var families = map[string]testkit.Generator{"core": testkit.CoreCommands, "keyspace": testkit.Keyspace.Step, "lists": testkit.Lists.Step,
	"sets": testkit.SetCommands, "hashes": testkit.HashCommands, "sorted sets": testkit.SortedSets.Step, "streams": testkit.Streams,
	"bits": testkit.Bits.Step, "hyperloglogs": testkit.HyperLogLogs.Step, "places": testkit.Places.Step, "sorting": testkit.Sorting.Step}

// TestReplay repeats the commits of a node in another one: at any commit both have to hold the same. The tape is switched on
// under load.
func TestReplay(t *testing.T) {
	for name, family := range families {
		t.Run(name, func(t *testing.T) { replay(t, 4, family) })
	}
	t.Run("everything", func(t *testing.T) {
		all := make([]testkit.Generator, 0, len(families))
		for _, f := range families {
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
			rounds := 20
			if offheap.RaceBuild {
				rounds = 5
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
				if now := len(tape.Commits()); now >= came+8 {
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
			if args := brief(family(r).Args); args != nil {
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
			batch = append(batch, scripted(one(), one(), one()))
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

// brief makes a command that waits wait briefly; nil: it belongs to no such test.
func brief(args []string) []string {
	name := strings.ToUpper(args[0])
	switch name {
	case "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "CONFIG", "DEBUG", "CLIENT", "WAIT", "FLUSHALL", "FLUSHDB", "SELECT", "RESET", "QUIT", "MONITOR",
		"SUBSCRIBE", "PSUBSCRIBE", "EVAL", "SWAPDB", "HELLO":
		return nil
	case "BLPOP", "BRPOP", "BZPOPMIN", "BZPOPMAX", "BLMOVE", "BRPOPLPUSH":
		return append(args[:len(args)-1:len(args)-1], "0.01")
	case "BLMPOP", "BZMPOP":
		return append([]string{args[0], "0.01"}, args[min(2, len(args)):]...)
	case "XREAD", "XREADGROUP":
		for i, a := range args {
			if strings.EqualFold(a, "BLOCK") && i+1 < len(args) {
				args = append([]string(nil), args...)
				args[i+1] = "10"
			}
		}
	}
	return args
}

// scripted is a script that runs some commands.
func scripted(commands ...[]string) []string {
	eval := []string{"EVAL", `local i = 1 while i <= #ARGV do local n, c = tonumber(ARGV[i]), {}
		for j = 1, n do c[j] = ARGV[i + j] end redis.pcall(unpack(c)) i = i + n + 1 end return 1`, "0"}
	for _, c := range commands {
		eval = append(append(eval, strconv.Itoa(len(c))), c...)
	}
	return eval
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
