package metrics

import (
	"slices"
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
	i.Offer(
		Lines("dbs", func(emit func(string, string)) { emit("db0", "keys=1"); emit("db3", "keys=2") }),
		Fixed("redis_version", "7.2.4"),
		Level("hz", func() int { return 10 }),
		Count("keyspace_hits", hits.Load),
		Lines("commands", func(emit func(string, string)) {}),
		Lines("modules", func(emit func(string, string)) {}),
		Fixed("x", "1"),
		Level("loops", func() int { return 1 }),
	)
	i.Order(Keyspace, "dbs")
	i.Order(Server, "redis_version hz")
	i.Order(Stats, "keyspace_hits")
	i.Order(CommandStats, "commands")
	i.Order(Modules, "modules")
	i.Order(Debug, "x")
	i.Order(Sigrun, "loops")
	i.Ordered()
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

// A counter begins anew, what it counts does not; levels and totals go on.
func TestReset(t *testing.T) {
	var i Info
	var n Counter
	n.Add(7)
	i.Offer(Count("since", n.Load), Total("ever", n.Load), Level("level", func() int64 { return -3 }), Ratio("ratio", func() float64 { return 0.5 }))
	i.Order(Stats, "since ever level ratio")
	i.Reset()
	n.Inc()
	if have := i.Render("stats"); have != "# Stats\r\nsince:1\r\never:8\r\nlevel:-3\r\nratio:0.50\r\n" {
		t.Errorf("%q", have)
	}
	var kinds []Kind
	i.Each(func(_ Section, r *Row) { kinds = append(kinds, r.Kind) })
	if !slices.Equal(kinds, []Kind{CounterKind, CounterKind, GaugeKind, GaugeKind}) {
		t.Error(kinds)
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
