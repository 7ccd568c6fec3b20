package metrics

import (
	"sync"
	"testing"
)

// TestOwnerAndReaders runs under the race detector too, where a plain store would be reported.
func TestOwnerAndReaders(t *testing.T) {
	var c Counter
	var m Max
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for last := uint64(0); ; {
			n := c.Load()
			if n < last {
				t.Errorf("%d after %d", n, last)
			}
			last = n
			_ = m.Load()
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	for i := range uint64(100000) {
		c.Inc()
		c.Add(2)
		m.Observe(i % 977)
	}
	close(stop)
	wg.Wait()
	if c.Load() != 300000 || m.Load() != 976 {
		t.Error(c.Load(), m.Load())
	}
	c.Reset()
	m.Reset()
	if c.Load() != 0 || m.Load() != 0 {
		t.Error("not reset")
	}
}

func info() *Info {
	var i Info
	var hits Counter
	hits.Add(3)
	i.Add(
		Row{Section: Keyspace, Lines: func(emit func(string, string)) { emit("db0", "keys=1"); emit("db3", "keys=2") }},
		Row{Section: Server, Name: "redis_version", Value: Text("7.2.4")},
		Row{Section: Server, Name: "hz", Value: Number(func() uint64 { return 10 })},
		Row{Section: Stats, Name: "keyspace_hits", Value: Number(hits.Load)},
		Row{Section: CommandStats, Lines: func(emit func(string, string)) {}},
		Row{Section: Modules, Lines: func(emit func(string, string)) {}},
		Row{Section: Debug, Name: "x", Value: Text("1")},
		Row{Section: Sigrun, Name: "loops", Value: Text("1")},
	)
	return &i
}

func TestRender(t *testing.T) {
	const (
		server   = "# Server\r\nredis_version:7.2.4\r\nhz:10\r\n"
		stats    = "# Stats\r\nkeyspace_hits:3\r\n"
		modules  = "# Modules\r\n"
		commands = "# Commandstats\r\n"
		keyspace = "# Keyspace\r\ndb0:keys=1\r\ndb3:keys=2\r\n"
		sigrun   = "# Sigrun\r\nloops:1\r\n"
		nl       = "\r\n"
	)
	cases := []struct {
		asked []string
		want  string
	}{
		{nil, server + nl + stats + nl + modules + nl + keyspace + nl + sigrun},
		{[]string{"default"}, server + nl + stats + nl + modules + nl + keyspace + nl + sigrun},
		{[]string{"ALL"}, server + nl + stats + nl + modules + nl + commands + nl + keyspace + nl + sigrun},
		{[]string{"everything"}, server + nl + stats + nl + modules + nl + commands + nl + keyspace + nl + sigrun},
		{[]string{"keyspace", "Server", "SERVER"}, server + nl + keyspace},
		{[]string{"nothing"}, ""},
		{[]string{"debug"}, "# Debug\r\nx:1\r\n"},
		{[]string{"replication"}, ""},
	}
	for _, c := range cases {
		if got := info().Render(c.asked...); got != c.want {
			t.Errorf("INFO %q:\n%q\nwant\n%q", c.asked, got, c.want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[uint64]string{0: "0B", 1023: "1023B", 1024: "1.00K", 1536: "1.50K", 1 << 20: "1.00M", 3 << 30: "3.00G", 1 << 40: "1.00T", 1 << 50: "1.00P"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func BenchmarkCounter(b *testing.B) {
	var c Counter
	for b.Loop() {
		c.Inc()
	}
}
