package node_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestLogIsReloadedUnderLoad: DEBUG LOADAOF beside clients that write, wait and publish, and beside rewrites. What they were answered is there behind it, in memory and
// in the files, once.
func TestLogIsReloadedUnderLoad(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			config := append([][2]string{{"dir", t.TempDir()}, {"appendonly", "yes"}}, mode.Config...)
			n := nodetest.StartNode(t, config...)
			c := testkit.MustDial(t, n.Addr())
			load := newReloadLoad(t, n.Addr())
			for i := range 6 {
				load.goesOn()
				if i%2 == 1 {
					_, _ = c.Do("BGREWRITEAOF")
				}
				c.Want(t, "+OK\r\n", "DEBUG", "LOADAOF")
			}
			load.end(c)
			digest := string(testkit.Must(c.Do("DEBUG", "DIGEST"))(t))
			c.Want(t, "+OK\r\n", "DEBUG", "LOADAOF")
			c.Want(t, digest, "DEBUG", "DIGEST")
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			again := testkit.MustDial(t, nodetest.StartNode(t, config...).Addr())
			again.Want(t, digest, "DEBUG", "DIGEST")
		})
	}
}

// reloadLoad is clients that go on whatever is loaded: a command that is refused for that is sent again.
type reloadLoad struct {
	t              *testing.T
	stop           atomic.Bool
	all            sync.WaitGroup
	rounds         chan struct{} // one for each round of a client, while somebody waits for that
	gone           chan struct{} // closed when a client is
	counted        [3]int        // increments that were answered
	pushed, popped int           // numbers in a list, in their order
}

func newReloadLoad(t *testing.T, addr string) *reloadLoad {
	l := &reloadLoad{t: t, rounds: make(chan struct{}), gone: make(chan struct{}, 1)}
	for i := range l.counted {
		c := testkit.MustDial(t, addr)
		l.all.Go(func() {
			l.write(c, i)
			select {
			case l.gone <- struct{}{}:
			default:
			}
		})
	}
	pusher, popper := testkit.MustDial(t, addr), testkit.MustDial(t, addr)
	l.all.Go(func() {
		for !l.stop.Load() {
			if reply, err := pusher.Do("RPUSH", "queue", strconv.Itoa(l.pushed+1)); err == nil && reply[0] == ':' {
				l.pushed++
			} else if err != nil || !loading(reply) {
				t.Errorf("RPUSH: %q, %v", reply, err)
				return
			}
		}
		for pusherDone := false; !pusherDone; {
			reply, err := pusher.Do("RPUSH", "queue", "end")
			pusherDone = err != nil || !loading(reply)
		}
	})
	l.all.Go(func() {
		for {
			reply, err := popper.Do("BLPOP", "queue", "0")
			if err == nil && loading(reply) {
				continue
			}
			if strings.Contains(string(reply), "\r\nend\r\n") {
				return
			}
			l.popped++
			if want := fmt.Sprintf("\r\n%d\r\n", l.popped); err != nil || !strings.HasSuffix(string(reply), want) {
				t.Errorf("popped %q, %v, and not %q", reply, err, want)
				return
			}
		}
	})
	return l
}

func loading(reply []byte) bool { return strings.HasPrefix(string(reply), "-LOADING") }

// write counts in a key of its own and in one that all have, in transactions and in scripts.
func (l *reloadLoad) write(c *testkit.Client, i int) {
	own := "own:" + strconv.Itoa(i)
	for !l.stop.Load() {
		replies, err := c.Pipeline([]string{"INCR", own}, []string{"MULTI"}, []string{"INCR", "all"}, []string{"RPUSH", "list", "x"}, []string{"EXEC"}, []string{"LPOP", "list"},
			[]string{"PUBLISH", "channel", "message"}, []string{"EVAL", "return redis.call('INCR', KEYS[1])", "1", "scripts"}, []string{"SET", "volatile", "x", "PX", "1"})
		if err != nil {
			l.t.Error(err)
			return
		}
		if replies[0][0] == ':' {
			l.counted[i]++
		} else if !loading(replies[0]) {
			l.t.Errorf("INCR: %q", replies[0])
		}
		select {
		case l.rounds <- struct{}{}:
		default:
		}
	}
}

// goesOn waits until the clients have done some more.
func (l *reloadLoad) goesOn() {
	for range 30 {
		select {
		case <-l.rounds:
		case <-l.gone:
			l.t.Fatal("a client has failed")
		}
	}
}

// end ends the clients, and looks whether what they were answered is there.
func (l *reloadLoad) end(c *testkit.Client) {
	l.stop.Store(true)
	l.all.Wait()
	for i, n := range l.counted {
		text := strconv.Itoa(n)
		c.Want(l.t, fmt.Sprintf("$%d\r\n%s\r\n", len(text), text), "GET", "own:"+strconv.Itoa(i))
	}
	if l.popped != l.pushed {
		l.t.Errorf("%d were pushed, and %d popped", l.pushed, l.popped)
	}
	c.Want(l.t, ":0\r\n", "LLEN", "queue")
	_, _ = c.Do("DEL", "volatile")
}

// TestWaitersTakeNothingTwice: who waits for a key gets nothing of what DEBUG LOADAOF does once more, and what comes then.
func TestWaitersTakeNothingTwice(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			config := append([][2]string{{"dir", t.TempDir()}, {"appendonly", "yes"}}, mode.Config...)
			n := nodetest.StartNode(t, config...)
			c, waits := testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr())
			c.Want(t, ":1\r\n", "RPUSH", "q", "first")
			c.Want(t, "+OK\r\n", "RENAME", "q", "other")
			if err := waits.Send(testkit.Command("BLPOP", "q", "0")); err != nil {
				t.Fatal(err)
			}
			testkit.Await(t, n.Addr(), "blocked_clients", "1")
			c.Want(t, "+OK\r\n", "DEBUG", "LOADAOF")
			c.Want(t, ":1\r\n", "LLEN", "other")
			c.Want(t, ":1\r\n", "RPUSH", "q", "second")
			if reply := string(testkit.Must(waits.Read())(t)); reply != "*2\r\n$1\r\nq\r\n$6\r\nsecond\r\n" {
				t.Errorf("%q", reply)
			}
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			c = testkit.MustDial(t, nodetest.StartNode(t, config...).Addr())
			c.Want(t, ":1\r\n", "LLEN", "other")
			c.Want(t, ":0\r\n", "LLEN", "q")
		})
	}
}

// TestLogIsNotReloadedInTransactions, whose commit is not in it.
func TestLogIsNotReloadedInTransactions(t *testing.T) {
	c := testkit.MustDial(t, nodetest.Start(t, [2]string{"dir", t.TempDir()}, [2]string{"appendonly", "yes"}))
	c.Want(t, "+OK\r\n", "MULTI")
	c.Want(t, "+QUEUED\r\n", "SET", "k", "v")
	if reply := string(testkit.Must(c.Do("DEBUG", "LOADAOF"))(t)); !strings.HasPrefix(reply, "-ERR ") {
		t.Errorf("%q", reply)
	}
	if reply := string(testkit.Must(c.Do("EXEC"))(t)); !strings.HasPrefix(reply, "-EXECABORT ") {
		t.Errorf("%q", reply)
	}
	c.Want(t, "+OK\r\n", "DEBUG", "LOADAOF")
}

// TestBrokenLogIsNotReloaded: what cannot be read to its end takes nothing from what is there.
func TestBrokenLogIsNotReloaded(t *testing.T) {
	dir := t.TempDir()
	c := testkit.MustDial(t, nodetest.Start(t, [2]string{"dir", dir}, [2]string{"appendonly", "yes"}))
	c.Want(t, "+OK\r\n", "SET", "before", "v")
	files := testkit.Must(filepath.Glob(filepath.Join(dir, "appendonlydir", "*.incr.aof")))(t)
	f := testkit.Must(os.OpenFile(files[len(files)-1], os.O_WRONLY|os.O_APPEND, 0))(t)
	_, err := f.WriteString("no command\r\n")
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	c.Want(t, "+OK\r\n", "SET", "behind", "v")
	c.Want(t, "-ERR Error trying to load the AOF files, check server logs.\r\n", "DEBUG", "LOADAOF")
	c.Want(t, ":2\r\n", "EXISTS", "before", "behind")
}
