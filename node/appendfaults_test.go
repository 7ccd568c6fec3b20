package node_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
	"sigrun/node/nodetest"
)

// stop holds up operations on files, and lets them go.
type stop struct {
	mu      sync.Mutex
	which   func(operation, name string) bool // nil: none
	reached chan struct{}
	let     chan struct{}
}

// at has the next operation of a kind wait, until the function that it returns is called. reached is closed when it does.
func (s *stop) at(operation, part string) (reached <-chan struct{}, goOn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reached, s.let = make(chan struct{}), make(chan struct{})
	s.which = func(o, name string) bool { return o == operation && strings.Contains(name, part) }
	let := s.let
	return s.reached, func() { close(let) }
}

func (s *stop) before(operation, name string) error {
	s.mu.Lock()
	if s.which == nil || !s.which(operation, name) {
		s.mu.Unlock()
		return nil
	}
	s.which = nil
	close(s.reached)
	let := s.let
	s.mu.Unlock()
	<-let
	return nil
}

func logOn(m *vfs.Mem, policy string) [][2]string {
	return [][2]string{{"appendonly", "yes"}, {"dir", "/"}, {"appendfsync", policy}, {"auto-aof-rewrite-percentage", "0"}}
}

// rewritten waits for the end of a rewrite that has been asked for.
func rewritten(t *testing.T, addr string) {
	t.Helper()
	testkit.Await(t, addr, "aof_rewrite_scheduled", "0")
	testkit.Await(t, addr, "aof_rewrite_in_progress", "0")
}

// TestLogKeepsWhatLivesOn: what was about to expire when a base was written, and lives on by what was done later, is there when the file is loaded
// after that time.
func TestLogKeepsWhatLivesOn(t *testing.T) {
	m := &vfs.Mem{}
	c := startOn(t, m, logOn(m, "always")...)
	addr := c.Conn.RemoteAddr().String()
	for _, command := range []string{"SET k v PX 300", "HSET h f 1 g 2", "HPEXPIRE h 300 FIELDS 1 f", "RPUSH l a", "PEXPIRE l 300", "SET mark 1 PX 400"} {
		_, _ = c.Do(strings.Fields(command)...)
	}
	c.Want(t, "+Background append only file rewriting started\r\n", "BGREWRITEAOF")
	rewritten(t, addr)
	for _, command := range []string{"PERSIST k", "HPERSIST h FIELDS 1 f", "EXPIRE l 1000", "RPUSH l b"} {
		_, _ = c.Do(strings.Fields(command)...)
	}
	for {
		if gone, err := c.Do("GET", "mark"); err != nil || string(gone) == "$-1\r\n" {
			break
		}
	}
	look := func(c *testkit.Client) {
		t.Helper()
		c.Want(t, "$1\r\nv\r\n", "GET", "k")
		c.Want(t, "$1\r\n1\r\n", "HGET", "h", "f")
		c.Want(t, "*2\r\n$1\r\na\r\n$1\r\nb\r\n", "LRANGE", "l", "0", "-1")
		c.Want(t, "$-1\r\n", "GET", "mark")
	}
	look(c)
	c.Want(t, "+OK\r\n", "DEBUG", "LOADAOF")
	look(c)
	left := m.Crash(nil)
	look(startOn(t, left, logOn(left, "always")...))
}

// TestTornTransaction: a file that ends in the middle of a transaction is loaded without it, as it is cut off.
func TestTornTransaction(t *testing.T) {
	m := &vfs.Mem{}
	c := startOn(t, m, logOn(m, "always")...)
	_, _ = c.Do("SET", "a", "0")
	left := m.Crash(nil)
	name := ""
	for _, n := range left.Names() {
		if strings.Contains(n, ".incr.") {
			name = n
		}
	}
	f, err := left.Append(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"MULTI", "SET a 1", "SET b 1"} {
		if _, err = f.Write(testkit.Command(strings.Fields(command)...)); err != nil {
			t.Fatal(err)
		}
	}
	if err = f.Sync(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		c = startOn(t, left, logOn(left, "always")...)
		c.Want(t, "$1\r\n0\r\n", "GET", "a")
		c.Want(t, "$-1\r\n", "GET", "b")
		left = left.Crash(nil)
	}
}

// TestTornCommand: a loss of power leaves the last block of a file as it likes, however long the command is that ends there.
func TestTornCommand(t *testing.T) {
	m := &vfs.Mem{}
	c := startOn(t, m, logOn(m, "always")...)
	c.Want(t, "+OK\r\n", "SET", "a", "0")
	left := m.Crash(nil)
	long := []string{"RPUSH", "l"}
	for i := range 2000 {
		long = append(long, fmt.Sprint(i))
	}
	torn := testkit.Command(long...)
	clear(torn[len(torn)-300:])
	for _, name := range left.Names() {
		if strings.Contains(name, ".incr.") {
			f, err := left.Append(name)
			if err == nil {
				_, err = f.Write(torn)
			}
			if err == nil {
				err = f.Sync()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	c = startOn(t, left, logOn(left, "always")...)
	c.Want(t, "$1\r\n0\r\n", "GET", "a")
	c.Want(t, ":0\r\n", "LLEN", "l")
}

// TestFailedSync: what a sync that failed was about may be gone, whatever a later one of the same file says. Nothing that was answered under always, or
// that WAITAOF has told of, is.
func TestFailedSync(t *testing.T) {
	for _, policy := range []string{"always", "everysec"} {
		t.Run(policy, func(t *testing.T) {
			m := &vfs.Mem{}
			var fails atomic.Bool
			m.Before = func(operation, name string) error {
				if operation == "sync" && strings.Contains(name, "incr") && fails.CompareAndSwap(true, false) {
					return vfs.Dropped
				}
				return nil
			}
			c := startOn(t, m, logOn(m, policy)...)
			addr := c.Conn.RemoteAddr().String()
			c.Want(t, "+OK\r\n", "SET", "a", "1")
			fails.Store(true)
			c.Want(t, "+OK\r\n", "SET", "a", "2")
			c.Want(t, "*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
			if fails.Load() {
				t.Fatal("no sync has failed")
			}
			left := m.Crash(nil)
			startOn(t, left, logOn(left, policy)...).Want(t, "$1\r\n2\r\n", "GET", "a")
			testkit.Await(t, addr, "aof_last_write_status", "ok")
			c.Want(t, "+OK\r\n", "SET", "a", "3")
			c.Want(t, "*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
			left = m.Crash(nil)
			startOn(t, left, logOn(left, policy)...).Want(t, "$1\r\n3\r\n", "GET", "a")
		})
	}
}

// TestSwitchedOffMeanwhile: a log that is switched off while its first base comes into place is off, and can be switched on again.
func TestSwitchedOffMeanwhile(t *testing.T) {
	m, s := &vfs.Mem{}, &stop{}
	m.Before = s.before
	c := startOn(t, m, [][2]string{{"dir", "/"}, {"appendfsync", "always"}}...)
	addr := c.Conn.RemoteAddr().String()
	reached, goOn := s.at("rename", "base")
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
	<-reached
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "no")
	goOn()
	rewritten(t, addr)
	testkit.Await(t, addr, "aof_enabled", "0")
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
	testkit.Await(t, addr, "aof_enabled", "1")
	rewritten(t, addr)
	c.Want(t, "+OK\r\n", "SET", "a", "1")
	left := m.Crash(nil)
	startOn(t, left, logOn(left, "always")...).Want(t, "$1\r\n1\r\n", "GET", "a")
}

// TestRewriteBesideTheEnd: a rewrite that is asked for while the log is being switched off does not lead the next one to a file that is removed.
func TestRewriteBesideTheEnd(t *testing.T) {
	m, s := &vfs.Mem{}, &stop{}
	m.Before = s.before
	c := startOn(t, m, logOn(m, "everysec")...)
	addr := c.Conn.RemoteAddr().String()
	other := testkit.MustDial(t, addr)
	c.Want(t, "+OK\r\n", "SET", "a", "1")
	c.Want(t, "*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
	reached, goOn := s.at("sync", "incr")
	c.Want(t, "+OK\r\n", "SET", "a", "2")
	if err := c.Send(testkit.Command("CONFIG", "SET", "appendonly", "no")); err != nil {
		t.Fatal(err)
	}
	<-reached
	_, _ = other.Do("BGREWRITEAOF")
	rewritten(t, addr)
	goOn()
	if reply := testkit.Must(c.Read())(t); string(reply) != "+OK\r\n" {
		t.Fatalf("%q", reply)
	}
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
	testkit.Await(t, addr, "aof_enabled", "1")
	rewritten(t, addr)
	for i := range 5 {
		c.Want(t, "+OK\r\n", "SET", "a", fmt.Sprint(i))
		c.Want(t, "*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
		left := m.Crash(nil)
		startOn(t, left, logOn(left, "everysec")...).Want(t, fmt.Sprintf("$1\r\n%d\r\n", i), "GET", "a")
	}
}

// TestRewriteBeforeItsTurn: a second rewrite waits until the log has gone over to the file of the first one. Nothing is there twice.
func TestRewriteBeforeItsTurn(t *testing.T) {
	m, s := &vfs.Mem{}, &stop{}
	m.Before = s.before
	c := startOn(t, m, logOn(m, "everysec")...)
	addr := c.Conn.RemoteAddr().String()
	c.Want(t, ":1\r\n", "INCR", "n")
	c.Want(t, "*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
	reached, goOn := s.at("sync", "incr")
	c.Want(t, ":2\r\n", "INCR", "n")
	<-reached
	c.Want(t, "+Background append only file rewriting started\r\n", "BGREWRITEAOF")
	testkit.AwaitCount(t, addr, "aof_rewrites", 1)
	testkit.Await(t, addr, "aof_rewrite_in_progress", "0")
	for range 3 { // which wait to be written
		if err := c.Send(testkit.Command("INCR", "n")); err != nil {
			t.Fatal(err)
		}
	}
	other := testkit.MustDial(t, addr)
	other.Want(t, "+Background append only file rewriting scheduled\r\n", "BGREWRITEAOF")
	goOn()
	for i := range 3 {
		if reply := testkit.Must(c.Read())(t); string(reply) != fmt.Sprintf(":%d\r\n", 3+i) {
			t.Fatalf("%q", reply)
		}
	}
	testkit.AwaitCount(t, addr, "aof_rewrites", 2)
	testkit.Await(t, addr, "aof_rewrite_in_progress", "0")
	c.Want(t, "*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
	left := m.Crash(nil)
	startOn(t, left, logOn(left, "everysec")...).Want(t, "$1\r\n5\r\n", "GET", "n")
}

// TestLoadsAll: DEBUG LOADAOF loads what was done before it, written or not.
func TestLoadsAll(t *testing.T) {
	m, s := &vfs.Mem{}, &stop{}
	m.Before = s.before
	c := startOn(t, m, logOn(m, "everysec")...)
	reached, goOn := s.at("sync", "incr")
	c.Want(t, "+OK\r\n", "SET", "a", "1")
	<-reached
	replies, err := c.Pipeline([]string{"SET", "a", "2"}, []string{"DEBUG", "LOADAOF"}, []string{"GET", "a"})
	goOn()
	if err != nil || string(replies[2]) != "$1\r\n2\r\n" {
		t.Errorf("%q, %v", replies, err)
	}
}

// TestPolicyDuringASync: nobody waits any more for a sync that is under way when appendfsync becomes no.
func TestPolicyDuringASync(t *testing.T) {
	m, s := &vfs.Mem{}, &stop{}
	m.Before = s.before
	c := startOn(t, m, logOn(m, "everysec")...)
	addr := c.Conn.RemoteAddr().String()
	other := testkit.MustDial(t, addr)
	reached, goOn := s.at("sync", "incr")
	defer goOn()
	c.Want(t, "+OK\r\n", "SET", "a", "1")
	<-reached
	if err := c.Send(testkit.Command("SET", "a", "2")); err != nil {
		t.Fatal(err)
	}
	testkit.AwaitCount(t, addr, "aof_delayed_fsync", 1) // writers are held back by now
	other.Want(t, "+OK\r\n", "CONFIG", "SET", "appendfsync", "no")
	other.Want(t, "+OK\r\n", "SET", "b", "1")
	if reply := testkit.Must(c.Read())(t); string(reply) != "+OK\r\n" {
		t.Errorf("%q", reply)
	}
}

// TestMessagesUnderAlways: messages come while others are published without a pause.
func TestMessagesUnderAlways(t *testing.T) {
	m := &vfs.Mem{}
	c := startOn(t, m, logOn(m, "always")...)
	addr := c.Conn.RemoteAddr().String()
	subscriber := testkit.MustDial(t, addr)
	subscriber.Want(t, "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", "SUBSCRIBE", "c")
	end := make(chan struct{})
	var busy sync.WaitGroup
	for range 3 {
		busy.Go(func() {
			w := testkit.MustDial(t, addr)
			for {
				select {
				case <-end:
					return
				default:
					_, _ = w.Pipeline([]string{"SET", "a", "1"}, []string{"PUBLISH", "c", "x"})
				}
			}
		})
	}
	for range 500 {
		if _, err := subscriber.Read(); err != nil {
			t.Error(err)
			break
		}
	}
	close(end)
	busy.Wait()
}

// TestPublishNeedsNoSync: what leaves no trace in the file does not wait for the disk.
func TestPublishNeedsNoSync(t *testing.T) {
	m := &vfs.Mem{}
	var syncs atomic.Int64
	m.Before = func(operation, name string) error {
		if operation == "sync" {
			syncs.Add(1)
		}
		return nil
	}
	c := startOn(t, m, logOn(m, "always")...)
	c.Want(t, "+OK\r\n", "SET", "a", "1")
	before := syncs.Load()
	for range 20 {
		c.Want(t, ":0\r\n", "PUBLISH", "c", "x")
	}
	if n := syncs.Load(); n != before {
		t.Errorf("%d syncs for messages", n-before)
	}
}

// TestWaitIsOver: a WAITAOF whose time is over answers nothing any more.
func TestWaitIsOver(t *testing.T) {
	m, s := &vfs.Mem{}, &stop{}
	m.Before = s.before
	c := startOn(t, m, logOn(m, "everysec")...)
	addr := c.Conn.RemoteAddr().String()
	reached, goOn := s.at("sync", "incr")
	c.Want(t, "+OK\r\n", "SET", "x", "1")
	<-reached
	c.Want(t, "*2\r\n:0\r\n:0\r\n", "WAITAOF", "1", "0", "1")
	c.Blocks(t, "BLPOP", "l", "0")
	goOn()
	other := testkit.MustDial(t, addr)
	other.Want(t, "+OK\r\n", "SET", "y", "1")
	other.Want(t, "*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
	other.Want(t, ":1\r\n", "RPUSH", "l", "v")
	if reply := testkit.Must(c.Read())(t); string(reply) != "*2\r\n$1\r\nl\r\n$1\r\nv\r\n" {
		t.Errorf("%q", reply)
	}
}

// TestWaitsForALogThatBegins: a log that is switched on and has no mark yet is waited for, until it is switched off again.
func TestWaitsForALogThatBegins(t *testing.T) {
	m, s := &vfs.Mem{}, &stop{}
	m.Before = s.before
	c := startOn(t, m, [][2]string{{"dir", "/"}}...)
	addr := c.Conn.RemoteAddr().String()
	other := testkit.MustDial(t, addr)
	for _, end := range []struct{ stays, reply string }{{"no", "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n"}, {"yes", "*2\r\n:1\r\n:0\r\n"}} {
		reached, goOn := s.at("create", "base")
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
		<-reached
		other.Want(t, "+OK\r\n", "SET", "a", "1")
		other.Blocks(t, "WAITAOF", "1", "0", "0")
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", end.stays)
		goOn()
		if reply := testkit.Must(other.Read())(t); string(reply) != end.reply {
			t.Errorf("%s: %q", end.stays, reply)
		}
		rewritten(t, addr)
	}
}

// TestWaitsInTurns: clients of one loop that wait for syncs in the middle of what they send each get their own replies, in order.
func TestWaitsInTurns(t *testing.T) {
	m := &vfs.Mem{}
	c := startOn(t, m, append(logOn(m, "always"), [2]string{"io-threads", "1"})...)
	addr := c.Conn.RemoteAddr().String()
	var busy sync.WaitGroup
	for i := range 12 {
		busy.Go(func() {
			w := testkit.MustDial(t, addr)
			k := fmt.Sprint("k", i)
			for round := range 60 {
				v := fmt.Sprintf("%d.%d", i, round)
				replies, err := w.Pipeline([]string{"SET", k, v}, []string{"GET", k}, []string{"WAITAOF", "1", "0", "0"}, []string{"ECHO", v})
				bulk := fmt.Sprintf("$%d\r\n%s\r\n", len(v), v)
				if err != nil || string(bytes.Join(replies, nil)) != "+OK\r\n"+bulk+"*2\r\n:1\r\n:0\r\n"+bulk {
					t.Errorf("%q, %v", replies, err)
					return
				}
			}
		})
	}
	busy.Wait()
}

// TestNothingSurvivesBeforeTheBase: WAITAOF waits while the first base is being written, since nothing of the log is in force.
func TestNothingSurvivesBeforeTheBase(t *testing.T) {
	m, s := &vfs.Mem{}, &stop{}
	m.Before = s.before
	c := startOn(t, m, [][2]string{{"dir", "/"}, {"appendfsync", "everysec"}}...)
	reached, goOn := s.at("rename", "base")
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
	<-reached
	c.Want(t, "+OK\r\n", "SET", "a", "1")
	c.Blocks(t, "WAITAOF", "1", "0", "0")
	goOn()
	if reply := testkit.Must(c.Read())(t); string(reply) != "*2\r\n:1\r\n:0\r\n" {
		t.Errorf("%q", reply)
	}
	left := m.Crash(nil)
	startOn(t, left, logOn(left, "everysec")...).Want(t, "$1\r\n1\r\n", "GET", "a")
}

// TestOffEndsWaits: whoever waits for the file is told when it is switched off, and no writer is held back by it.
func TestOffEndsWaits(t *testing.T) {
	m := &vfs.Mem{}
	var full atomic.Bool
	m.Before = func(operation, name string) error {
		if full.Load() && operation == "write" && strings.Contains(name, "incr") {
			return syscall.ENOSPC
		}
		return nil
	}
	c := startOn(t, m, logOn(m, "no")...)
	addr := c.Conn.RemoteAddr().String()
	other := testkit.MustDial(t, addr)
	c.Want(t, "+OK\r\n", "SET", "x", "1")
	c.Blocks(t, "WAITAOF", "1", "0", "0")
	other.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "no")
	if reply := testkit.Must(c.Read())(t); string(reply) != "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n" {
		t.Errorf("%q", reply)
	}
	left := m.Crash(nil)
	startOn(t, left, logOn(left, "no")...).Want(t, "$1\r\n1\r\n", "GET", "x") // the end is synced under every policy

	other.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
	testkit.Await(t, addr, "aof_enabled", "1")
	rewritten(t, addr)
	full.Store(true)
	if err := c.Send(testkit.Command("SET", "big", strings.Repeat("x", 70<<20))); err != nil {
		t.Fatal(err)
	}
	testkit.Await(t, addr, "aof_last_write_status", "err")
	other.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "no")
	if reply := testkit.Must(c.Read())(t); string(reply) != "+OK\r\n" {
		t.Errorf("%q", reply)
	}
	other.Want(t, "+OK\r\n", "SET", "x", "2")
	testkit.Await(t, addr, "mem_aof_buffer", "0")
}

// TestShutdownBesideFirstBase: a server whose append-only file is not in force yet does not end, or all would be lost.
func TestShutdownBesideFirstBase(t *testing.T) {
	m, s := &vfs.Mem{}, &stop{}
	m.Before = s.before
	c := startOn(t, m, [][2]string{{"dir", "/"}}...)
	addr := c.Conn.RemoteAddr().String()
	reached, goOn := s.at("rename", "base")
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
	<-reached
	c.Want(t, "-ERR Errors trying to SHUTDOWN. Check logs.\r\n", "SHUTDOWN")
	goOn()
	rewritten(t, addr)
	if reply, err := c.Do("SHUTDOWN"); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%q, %v", reply, err)
	}
}

// TestEndBesideScript: of a script that the end of the node stops in the middle nothing is in the append-only file; one that ends soon is waited for.
func TestEndBesideScript(t *testing.T) {
	for _, endless := range []bool{false, true} {
		t.Run(fmt.Sprint("endless ", endless), func(t *testing.T) {
			config := [][2]string{{"dir", t.TempDir()}, {"appendonly", "yes"}}
			n := nodetest.StartNode(t, config...)
			c := testkit.MustDial(t, n.Addr())
			c.Want(t, "+OK\r\n", "SET", "before", "1")
			script := "redis.call('INCR', KEYS[1]) for i = 1, 5000 do redis.call('PING') end return redis.call('INCR', KEYS[2])"
			if endless {
				script = "redis.call('INCR', KEYS[1]) while true do redis.call('PING') end"
			}
			var answered atomic.Int64
			var busy sync.WaitGroup
			for i := range 4 {
				a := testkit.MustDial(t, n.Addr())
				busy.Go(func() {
					keys := []string{fmt.Sprintf("{%d}a", i), fmt.Sprintf("{%d}b", i)}
					for {
						if reply, err := a.Do("EVAL", script, "2", keys[0], keys[1]); err != nil || reply[0] != ':' {
							return
						}
						answered.Add(1)
					}
				})
			}
			if endless {
				testkit.AwaitCount(t, n.Addr(), "scripts_running", 1)
			} else {
				for answered.Load() < 20 {
					runtime.Gosched()
				}
				if reply, err := c.Do("SHUTDOWN", "NOSAVE"); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
					t.Fatalf("%q, %v", reply, err)
				}
			}
			_ = n.Close()
			busy.Wait()
			after := testkit.MustDial(t, nodetest.Start(t, config...))
			after.Want(t, "$1\r\n1\r\n", "GET", "before")
			for i := range 4 {
				both, err := after.Pipeline([]string{"GET", fmt.Sprintf("{%d}a", i)}, []string{"GET", fmt.Sprintf("{%d}b", i)})
				if err != nil || string(both[0]) != string(both[1]) {
					t.Errorf("half a script: %q, %v", both, err)
				}
			}
		})
	}
}

// TestRewriteBehindACancelledOne asks for a rewrite while one that was called off has not gone yet: INFO says that it is in progress until it has been
// done, and what is loaded then is what it has written.
func TestRewriteBehindACancelledOne(t *testing.T) {
	for range 20 {
		c := startOn(t, &vfs.Mem{}, [2]string{"enable-debug-command", "yes"}, [2]string{"save", ""})
		addr := c.Conn.RemoteAddr().String()
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
		testkit.AwaitCount(t, addr, "aof_rewrites", 1)
		testkit.Await(t, addr, "aof_rewrite_in_progress", "0")
		c.Want(t, "+OK\r\n", "SET", "k", "v")
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "10000000")
		c.Want(t, "+Background append only file rewriting started\r\n", "BGREWRITEAOF")
		for _, args := range [][]string{{"CONFIG", "SET", "appendonly", "no"}, {"CONFIG", "SET", "rdb-key-save-delay", "0"}, {"FLUSHALL"}, {"SET", "other", "v"}} {
			c.Want(t, "+OK\r\n", args...)
		}
		if reply, err := c.Do("BGREWRITEAOF"); err != nil || !strings.HasPrefix(string(reply), "+Background") {
			t.Fatalf("%q, %v", reply, err)
		}
		testkit.Await(t, addr, "aof_rewrite_in_progress", "0")
		c.Want(t, "+OK\r\n", "DEBUG", "LOADAOF")
		c.Want(t, "*1\r\n$5\r\nother\r\n", "KEYS", "*")
	}
}

// TestSaveBesideAPromisedRewrite: a rewrite that was asked for while a save that was called off has not gone yet counts as under way for other saves, too.
func TestSaveBesideAPromisedRewrite(t *testing.T) {
	promised := 0
	for range 20 {
		c := startOn(t, &vfs.Mem{}, [2]string{"save", ""}, [2]string{"appendonly", "yes"})
		addr := c.Conn.RemoteAddr().String()
		testkit.Await(t, addr, "aof_rewrite_in_progress", "0")
		c.Want(t, "+OK\r\n", "SET", "k", "v")
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "10000000")
		c.Want(t, "+Background saving started\r\n", "BGSAVE")
		c.Want(t, "+Background saving cancelled\r\n", "BGSAVE", "CANCEL")
		if reply, err := c.Do("BGREWRITEAOF"); err != nil || !strings.HasPrefix(string(reply), "+Background") {
			t.Fatalf("%q, %v", reply, err)
		}
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "0")
		reply, err := c.Do("BGSAVE")
		if err != nil {
			t.Fatal(err)
		}
		state, err := c.Do("INFO", "persistence")
		if err != nil {
			t.Fatal(err)
		}
		switch scheduled := testkit.InfoField(string(state), "aof_rewrite_scheduled"); {
		case strings.HasPrefix(string(reply), "-ERR Another child process is active"):
			promised++
		case string(reply) != "+Background saving started\r\n" || scheduled != "0":
			t.Fatalf("%q while a rewrite is scheduled: %s", reply, scheduled)
		}
		testkit.Await(t, addr, "aof_rewrite_in_progress", "0")
		testkit.Await(t, addr, "rdb_bgsave_in_progress", "0")
	}
	t.Logf("%d saves met a rewrite", promised)
}
