package node_test

import (
	"fmt"
	"math/rand"
	randv2 "math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"sigrun/internal/offheap"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
	"sigrun/node/nodetest"
)

// TestAppendLog has clients of all kinds change data while the append-only file is written, rewritten, and switched off and on; a node that begins with
// the file holds the same as the one that wrote it.
func TestAppendLog(t *testing.T) {
	var families []testkit.Generator
	for _, f := range testkit.Families() {
		families = append(families, f)
	}
	all := func(r *rand.Rand) testkit.Step { return families[r.Intn(len(families))](r) }
	for _, mode := range testkit.Modes() {
		for _, policy := range []string{"everysec", "always", "no"} {
			t.Run(mode.Name+" "+policy, func(t *testing.T) {
				dir := t.TempDir()
				config := append([][2]string{{"dir", dir}, {"appendonly", "yes"}, {"appendfsync", policy}, {"auto-aof-rewrite-min-size", "10kb"}}, mode.Config...)
				n := nodetest.StartNode(t, config...)
				stop := make(chan struct{})
				var busy sync.WaitGroup
				for i := range 4 {
					busy.Go(func() { fumble(t, n.Addr(), testkit.Seed()+int64(i), all, stop) })
				}
				c := testkit.MustDial(t, n.Addr())
				rounds := 6
				if offheap.RaceBuild {
					rounds = 2
				}
				for round := range rounds {
					_, _ = c.Do("CONFIG", "SET", "aof-use-rdb-preamble", []string{"yes", "no"}[round%2])
					before := int(infoNumber(t, c, "aof_rewrites"))
					if round == rounds/2 {
						c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "no")
						testkit.Await(t, n.Addr(), "aof_enabled", "0")
						c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
					} else {
						_, _ = c.Do("BGREWRITEAOF")
					}
					testkit.AwaitCount(t, n.Addr(), "aof_rewrites", before+1)
					testkit.Await(t, n.Addr(), "aof_rewrite_in_progress", "0")
					testkit.Await(t, n.Addr(), "aof_enabled", "1")
				}
				close(stop)
				busy.Wait()
				c.Want(t, "+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "0")
				c.Want(t, "*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
				want := nodetest.Look(n)
				if err := n.Close(); err != nil {
					t.Fatal(err)
				}
				config = append(config, [2]string{"import-mode", "yes"}) // nobody removes what is due, or sees that it is
				have := nodetest.Look(nodetest.StartNode(t, config...))
				if wrong := have.Differences(&want); len(wrong) > 0 {
					t.Errorf("%d keys differ: %.2000s", len(wrong), strings.Join(wrong, "\n"))
				}
			})
		}
	}
}

// TestAlwaysSurvives: with appendfsync always a loss of power at any operation leaves every change that was answered, and transactions whole. A sync that
// is left out is missed.
func TestAlwaysSurvives(t *testing.T) {
	if lost := lossesOfLog(t, false); lost != "" {
		t.Error(lost)
	}
	if lossesOfLog(t, true) == "" {
		t.Error("nobody misses the syncs")
	}
}

// lossesOfLog counts two keys up, in transactions, beside rewrites, loses power at some operations, and looks what is left. It tells what was lost.
func lossesOfLog(t *testing.T, forget bool) (lost string) {
	m := &vfs.Mem{}
	var answered atomic.Int64
	var mu sync.Mutex
	var left []*vfs.Mem
	var least []int64
	random := randv2.New(randv2.NewPCG(1, 2))
	operations := 0
	m.Before = func(operation, name string) error {
		mu.Lock()
		defer mu.Unlock()
		if operations++; operations%23 == 0 && len(left) < 12 {
			was := answered.Load()
			var chance *randv2.Rand
			if len(left)%2 == 1 {
				chance = random
			}
			left, least = append(left, m.Crash(chance)), append(least, was)
		}
		if forget && operation == "sync" && strings.Contains(name, ".incr.") {
			return vfs.Forget
		}
		return nil
	}
	log := [][2]string{{"appendonly", "yes"}, {"appendfsync", "always"}, {"dir", "/"}, {"auto-aof-rewrite-percentage", "0"}}
	c := startOn(t, m, log...)
	for i := int64(1); ; i++ {
		reply, err := c.Pipeline([]string{"MULTI"}, []string{"SET", "{a}", fmt.Sprint(i)}, []string{"SET", "{a}b", fmt.Sprint(i)}, []string{"EXEC"})
		if err != nil || len(reply) != 4 {
			t.Fatal(err)
		}
		answered.Store(i)
		if i%10 == 0 {
			_, _ = c.Do("BGREWRITEAOF")
		}
		mu.Lock()
		enough := len(left) >= 12
		mu.Unlock()
		if enough {
			break
		}
	}
	for i, files := range left {
		after := startOn(t, files, log...)
		values, _ := after.Pipeline([]string{"GET", "{a}"}, []string{"GET", "{a}b"})
		v, _ := testkit.Parse(values[0])
		n, _ := strconv.ParseInt(v.Text, 10, 64)
		if string(values[0]) != string(values[1]) {
			lost = fmt.Sprintf("loss %d: half a transaction: %q", i, values)
		} else if n < least[i] {
			lost = fmt.Sprintf("loss %d: %d is left, %d was answered", i, n, least[i])
		}
	}
	return lost
}

// TestFullDisk: writes that cannot be kept are refused, reads are not, and it goes on by itself when there is room again. Nothing that was answered is lost.
func TestFullDisk(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			m := &vfs.Mem{}
			var full atomic.Bool
			m.Before = func(operation, name string) error {
				if full.Load() && operation == "write" && strings.Contains(name, "appendonly") {
					return syscall.ENOSPC
				}
				return nil
			}
			log := append([][2]string{{"appendonly", "yes"}, {"dir", "/"}}, mode.Config...)
			c := startOn(t, m, log...)
			addr := c.Conn.RemoteAddr().String()
			c.Want(t, "+OK\r\n", "SET", "a", "1")
			full.Store(true)
			if err := c.Send(testkit.Command("SET", "a", "2")); err != nil { // its reply waits until the change is kept
				t.Fatal(err)
			}
			testkit.Await(t, addr, "aof_last_write_status", "err")
			other := testkit.MustDial(t, addr)
			other.Want(t, "-MISCONF Errors writing to the AOF file: No space left on device\r\n", "SET", "b", "1")
			other.Want(t, "-MISCONF Errors writing to the AOF file: No space left on device\r\n", "PING")
			other.Want(t, "$-1\r\n", "GET", "c")
			full.Store(false)
			if reply := string(testkit.Must(c.Read())(t)); reply != "+OK\r\n" {
				t.Errorf("%q", reply)
			}
			testkit.Await(t, addr, "aof_last_write_status", "ok")
			other.Want(t, "+OK\r\n", "SET", "b", "1")
			again := startOn(t, m.Crash(randv2.New(randv2.NewPCG(1, 1))), log...)
			again.Want(t, "$1\r\n2\r\n", "GET", "a")
		})
	}
}
