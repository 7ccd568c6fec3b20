package testkit

import (
	"fmt"
	"math/rand"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Turmoil has clients of many kinds do to one server at once what servers break on: connections that reset in the middle of
// anything, kill each other, subscribe in transactions and die; scripts of declared keys and of others; waiters, watchers and
// monitors that never say goodbye; flushes, snapshots, swaps and pauses at any moment. Among them are clients that do no harm:
// each of their replies has to come, in its place, and nobody may end their connections.
func Turmoil(t testing.TB, addr string, seed int64, d time.Duration) {
	t.Helper()
	w := &turmoil{t: t, addr: addr, until: time.Now().Add(d)}
	var all sync.WaitGroup
	for i, kind := range slices.Concat(times(3, w.reset), times(2, w.write), times(2, w.script), times(2, w.transact), times(2, w.block),
		times(1, w.kill), times(1, w.flush), times(1, w.save), times(1, w.hold), times(2, w.listen), times(1, w.ask), times(3, w.behave)) {
		all.Go(func() { kind(rand.New(rand.NewSource(seed*1000 + int64(i)))) })
	}
	all.Wait()
	if w.harmless.Load() == 0 {
		t.Error("the clients that do no harm were never served")
	}
}

type turmoil struct {
	t        testing.TB
	addr     string
	until    time.Time
	harmless atomic.Int64

	mu      sync.Mutex
	victims []string // IDs of connections that may be killed
}

func times(n int, kind func(*rand.Rand)) []func(*rand.Rand) {
	return slices.Repeat([]func(*rand.Rand){kind}, n)
}

func (w *turmoil) over() bool { return time.Now().After(w.until) || w.t.Failed() }

// victim connects somebody who may be killed at any time, and does not mind.
func (w *turmoil) victim() *Client {
	for !w.over() {
		c, err := Dial(w.addr)
		if err != nil {
			continue
		}
		c.Timeout = 2 * time.Second
		id, err := c.Do("CLIENT", "ID")
		if err == nil && len(id) > 2 && id[0] == ':' {
			w.mu.Lock()
			w.victims = append(w.victims, strings.Trim(string(id), ":\r\n"))
			w.victims = w.victims[max(len(w.victims)-50, 0):]
			w.mu.Unlock()
			return c
		}
		_ = c.Close()
	}
	return nil
}

// as does something with one victim after another; do returns false when it is done with one.
func (w *turmoil) as(r *rand.Rand, do func(c *Client) bool) {
	for !w.over() {
		c := w.victim()
		if c == nil {
			return
		}
		for !w.over() && do(c) {
		}
		if tcp, ok := c.Conn.(*net.TCPConn); ok && r.Intn(2) == 0 {
			_ = tcp.SetLinger(0) // a reset instead of an end
		}
		_ = c.Close()
	}
}

func (w *turmoil) key(r *rand.Rand) string { return "k" + strconv.Itoa(r.Intn(40)) }

// reset asks for much and goes away in the middle.
func (w *turmoil) reset(r *rand.Rand) {
	w.as(r, func(c *Client) bool {
		var raw []byte
		for range 1 + r.Intn(8) {
			raw = append(raw, Command(w.heavy(r)...)...)
		}
		_ = c.Send(raw[:len(raw)-r.Intn(len(raw)/2+1)])
		if r.Intn(3) == 0 {
			_, _ = c.Read()
		}
		return r.Intn(4) > 0
	})
}

func (w *turmoil) heavy(r *rand.Rand) []string {
	return [][]string{
		{"EVAL", "local s = 0 for i = 1, 20000 do s = s + i end return s", "1", w.key(r)},
		{"EVAL", "return string.rep('x', 300000)", "0"},
		{"SRANDMEMBER", "set", "-20000"},
		{"LRANGE", "list", "0", "-1"},
		{"KEYS", "*"},
		{"GET", "big"},
		{"SORT", "set", "ALPHA"},
		{"MGET", w.key(r), w.key(r), w.key(r), "big"},
		{"SET", "big", strings.Repeat("b", 200000)},
	}[r.Intn(9)]
}

// write sends commands of all families in pipelines.
func (w *turmoil) write(r *rand.Rand) {
	w.as(r, func(c *Client) bool {
		var raw []byte
		n := 1 + r.Intn(30)
		for range n {
			raw = append(raw, Command(w.plain(r)...)...)
		}
		if c.Send(raw) != nil {
			return false
		}
		for range n {
			if _, err := c.Read(); err != nil {
				return false
			}
		}
		return r.Intn(50) > 0
	})
}

func (w *turmoil) plain(r *rand.Rand) []string {
	k, n := w.key(r), strconv.Itoa(r.Intn(1000))
	return [][]string{
		{"SET", k, n}, {"GET", k}, {"INCR", "n" + k}, {"DEL", k}, {"SETEX", "e" + k, "1", n}, {"PEXPIRE", k, n},
		{"SADD", "set", n}, {"SREM", "set", n}, {"RPUSH", "list", n}, {"LPOP", "list"}, {"HSET", "h" + k, "f" + n, n}, {"ZADD", "z" + k, n, n},
		{"XADD", "x" + k, "MAXLEN", "~", "100", "*", "f", n}, {"MSET", k, n, "m" + k, n}, {"RENAME", k, "r" + k}, {"COPY", k, "c" + k, "REPLACE"},
		{"SINTERSTORE", "stored", "set", "set"}, {"SELECT", strconv.Itoa(r.Intn(3))}, {"HPEXPIRE", "h" + k, n, "FIELDS", "1", "f" + n},
		{"DBSIZE"}, {"SCAN", n}, {"RANDOMKEY"}, {"LPUSH", "q" + k, n}, {"PUBLISH", "ch" + n[:1], n},
	}[r.Intn(24)]
}

// script runs scripts that start again, that write and that are many.
func (w *turmoil) script(r *rand.Rand) {
	w.as(r, func(c *Client) bool {
		k := w.key(r)
		_, err := c.Do([][]string{
			{"EVAL", "redis.call('incr', 'n'..KEYS[1]) return redis.call('get', ARGV[1])", "1", k, w.key(r)},
			{"EVAL", "redis.call('set', KEYS[1], ARGV[1]) return redis.call('get', KEYS[1])", "1", k, "v"},
			{"EVAL", "for i = 1, 200 do redis.call('lpush', KEYS[1], i) end return redis.call('del', KEYS[1])", "1", "q" + k},
			{"EVAL", "return redis.call('publish', 'ch1', ARGV[1])", "0", k},
			{"EVAL", "return " + strconv.Itoa(r.Intn(5000)), "0"},
			{"EVAL", "return redis.call('swapdb', 0, 1)", "0"},
			{"EVAL", "return redis.call('flushdb')", "0"},
			{"SCRIPT", "FLUSH"},
		}[min(r.Intn(60), 7)]...)
		return err == nil && r.Intn(30) > 0
	})
}

// transact watches, queues and executes, with everything in it, and often goes away before the answer.
func (w *turmoil) transact(r *rand.Rand) {
	w.as(r, func(c *Client) bool {
		raw := Command("WATCH", w.key(r), w.key(r))
		raw = append(raw, Command("MULTI")...)
		n := 3
		for range r.Intn(6) {
			raw = append(raw, Command(w.queued(r)...)...)
			n++
		}
		raw = append(raw, Command([]string{"EXEC", "EXEC", "EXEC", "DISCARD"}[r.Intn(4)])...)
		if c.Send(raw) != nil || r.Intn(4) == 0 {
			return false
		}
		for range n {
			if _, err := c.Read(); err != nil {
				return false
			}
		}
		return r.Intn(3) > 0
	})
}

func (w *turmoil) queued(r *rand.Rand) []string {
	if r.Intn(2) == 0 {
		return w.plain(r)
	}
	return [][]string{
		{"EVAL", "for i = 1, 50000 do end return 1", "1", w.key(r)},
		{"SUBSCRIBE", "ch" + strconv.Itoa(r.Intn(10))}, {"PSUBSCRIBE", "c*"}, {"UNSUBSCRIBE"},
		{"BLPOP", "q" + w.key(r), "0"}, {"CLIENT", "PAUSE", "1", "WRITE"}, {"CONFIG", "GET", "save"}, {"INFO"}, {"BGSAVE"}, {"FLUSHDB"},
		{"CLIENT", "LIST"}, {"SELECT", "1"}, {"UNWATCH"}, {"RESET"},
	}[r.Intn(14)]
}

// block waits for keys, and often goes away while it does.
func (w *turmoil) block(r *rand.Rand) {
	w.as(r, func(c *Client) bool {
		k, soon := "q"+w.key(r), fmt.Sprintf("0.%03d", 1+r.Intn(50))
		_ = c.Send(Command([][]string{
			{"BLPOP", k, "q" + w.key(r), soon}, {"BLMOVE", k, "q" + w.key(r), "LEFT", "RIGHT", soon}, {"BLPOP", k, "0"},
			{"BZPOPMIN", "z" + w.key(r), soon}, {"XREAD", "BLOCK", "20", "STREAMS", "x" + w.key(r), "$"}, {"WAIT", "1", "10"},
		}[r.Intn(6)]...))
		if r.Intn(3) == 0 {
			return false
		}
		_, err := c.Read()
		return err == nil && r.Intn(5) > 0
	})
}

// kill ends connections of others, one by one and by filters, and their waits.
func (w *turmoil) kill(r *rand.Rand) {
	w.as(r, func(c *Client) bool {
		w.mu.Lock()
		var ids []string
		for range min(len(w.victims), 1+r.Intn(10)) {
			ids = append(ids, w.victims[r.Intn(len(w.victims))])
		}
		w.mu.Unlock()
		if len(ids) == 0 {
			return true
		}
		_, err := c.Do([][]string{
			{"CLIENT", "KILL", "ID", ids[0]}, append([]string{"CLIENT", "KILL", "ID"}, ids...), {"CLIENT", "UNBLOCK", ids[0], "ERROR"},
			{"CLIENT", "KILL", "TYPE", "pubsub"},
		}[r.Intn(4)]...)
		time.Sleep(time.Duration(r.Intn(5)) * time.Millisecond)
		return err == nil
	})
}

// flush empties and exchanges databases.
func (w *turmoil) flush(r *rand.Rand) {
	w.as(r, func(c *Client) bool {
		_, err := c.Do([][]string{{"FLUSHALL"}, {"FLUSHDB", "SYNC"}, {"SWAPDB", "0", "1"}, {"SWAPDB", "1", "2"}, {"FLUSHALL", "ASYNC"}, {"MEMORY", "PURGE"}}[r.Intn(6)]...)
		time.Sleep(time.Duration(r.Intn(60)) * time.Millisecond)
		return err == nil
	})
}

// save has snapshots begin, end early, and be read.
func (w *turmoil) save(r *rand.Rand) {
	w.as(r, func(c *Client) bool {
		_, err := c.Do([][]string{{"BGSAVE"}, {"BGSAVE"}, {"BGSAVE", "CANCEL"}, {"SAVE"}, {"DEBUG", "RELOAD"}, {"BGSAVE", "SCHEDULE"},
			{"CONFIG", "SET", "rdb-key-save-delay", "100"}, {"CONFIG", "SET", "rdb-key-save-delay", "0"}}[r.Intn(8)]...)
		time.Sleep(time.Duration(r.Intn(30)) * time.Millisecond)
		return err == nil
	})
}

// hold has everybody stand still for a moment.
func (w *turmoil) hold(r *rand.Rand) {
	w.as(r, func(c *Client) bool {
		_, err := c.Do([][]string{{"CLIENT", "PAUSE", "10", "WRITE"}, {"CLIENT", "PAUSE", "5"}, {"CLIENT", "UNPAUSE"}, {"DEBUG", "SLEEP", "0.002"},
			{"DEBUG", "SET-ACTIVE-EXPIRE", strconv.Itoa(r.Intn(2))}, {"CONFIG", "SET", "maxmemory-policy", []string{"noeviction", "allkeys-lfu"}[r.Intn(2)]}}[r.Intn(6)]...)
		time.Sleep(time.Duration(r.Intn(100)) * time.Millisecond)
		return err == nil
	})
}

// listen subscribes or monitors, and reads some of what comes, or nothing.
func (w *turmoil) listen(r *rand.Rand) {
	w.as(r, func(c *Client) bool {
		_ = c.Send(Command([][]string{{"SUBSCRIBE", "ch1", "ch2", "ch3"}, {"PSUBSCRIBE", "ch*", "__key*"}, {"MONITOR"}}[r.Intn(3)]...))
		c.Timeout = time.Duration(1+r.Intn(20)) * time.Millisecond
		for range r.Intn(200) {
			if _, err := c.Read(); err != nil {
				break
			}
		}
		return false
	})
}

// ask looks at everything.
func (w *turmoil) ask(r *rand.Rand) {
	w.as(r, func(c *Client) bool {
		_, err := c.Do([][]string{{"INFO", "everything"}, {"CLIENT", "LIST"}, {"CONFIG", "GET", "*"}, {"PUBSUB", "CHANNELS"}, {"MEMORY", "STATS"}, {"SLOWLOG", "GET"},
			{"COMMAND", "COUNT"}, {"LATENCY", "LATEST"}, {"CONFIG", "SET", "notify-keyspace-events", "KEA"}, {"CONFIG", "SET", "notify-keyspace-events", ""}}[r.Intn(10)]...)
		time.Sleep(time.Duration(r.Intn(10)) * time.Millisecond)
		return err == nil
	})
}

// behave is a client that does no harm: every reply is there, in its place.
func (w *turmoil) behave(r *rand.Rand) {
	c, err := Dial(w.addr)
	if err != nil {
		w.t.Error(err)
		return
	}
	defer c.Close()
	for n := 0; !w.over(); n++ {
		var raw []byte
		count := 1 + r.Intn(20)
		for i := range count {
			raw = append(raw, Command(w.plain(r)...)...)
			raw = append(raw, Command("ECHO", fmt.Sprint("mark", n, ".", i))...)
		}
		if err := c.Send(raw); err != nil {
			w.t.Errorf("a client that does no harm was cut off: %v", err)
			return
		}
		for i := range count {
			_, err := c.Read()
			echo, err2 := c.Read()
			if mark := fmt.Sprint("mark", n, ".", i); err != nil || err2 != nil || !answers(echo, mark) {
				w.t.Errorf("a client that does no harm got %q instead of %q: %v %v", echo, mark, err, err2)
				return
			}
		}
		w.harmless.Add(1)
	}
}
