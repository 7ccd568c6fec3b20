// Package table measures the rows of docs/performance.md: each function is one table,
// run against a pair of servers side by side, round after round, and quotes medians.
// CPU per command decides; throughput on a machine where the load shares the cores
// with the server says less.
package table

import (
	"context"
	"fmt"
	"strings"

	"sigrun/bench/client"
	"sigrun/bench/load"
	"sigrun/bench/peer"
	"sigrun/bench/workload"
)

// Setup is what all tables share.
type Setup struct {
	Ours, Peer string // commands, {port} stands for the port
	Rounds     int
	Quick      bool // a tenth of the work, for trying things out
	Seed       uint64
	Cores      int // of the server at most, where that is varied; 0: half of the machine's
	Print      func(format string, args ...any)
}

// Figure is one measurement of one server.
type Figure struct {
	CPU float64 // seconds per million commands
	RPS float64 // commands per second
}

// pair starts both servers.
func (s *Setup) pair() (ours, other *peer.Server, stop func(), err error) {
	if ours, err = peer.Start("ours", s.Ours, ""); err != nil {
		return nil, nil, nil, err
	}
	if other, err = peer.Start("peer", s.Peer, ""); err != nil {
		ours.Stop()
		return nil, nil, nil, err
	}
	return ours, other, func() { ours.Stop(); other.Stop() }, nil
}

func (s *Setup) requests(n int) int {
	if s.Quick {
		n /= 10
	}
	return max(n, 1000)
}

// compare runs measure against both servers in turn and prints a row of medians.
func (s *Setup) compare(name string, ours, other *peer.Server, measure func(*peer.Server) (Figure, error)) error {
	var a, b []Figure
	for round := 0; round < s.Rounds; round++ {
		for _, server := range []*peer.Server{ours, other} {
			f, err := measure(server)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", name, server.Name, err)
			}
			if server == ours {
				a = append(a, f)
			} else {
				b = append(b, f)
			}
		}
	}
	x, y := median(a), median(b)
	s.Print("| %-28s | %7.3f | %7.3f | **%.2f** | %9.0f | %9.0f | **%.2f** |\n", name, x.CPU, y.CPU, x.CPU/y.CPU, x.RPS, y.RPS, x.RPS/y.RPS)
	return nil
}

func (s *Setup) head(title string) {
	s.Print("\n### %s\n\n| workload | CPU s/M ours | peer | ratio | commands/s ours | peer | ratio |\n|---|--:|--:|--:|--:|--:|--:|\n", title)
}

func median(f []Figure) Figure {
	pick := func(get func(Figure) float64) float64 {
		v := make([]float64, len(f))
		for i := range f {
			v[i] = get(f[i])
		}
		return middle(v)
	}
	return Figure{pick(func(f Figure) float64 { return f.CPU }), pick(func(f Figure) float64 { return f.RPS })}
}

// benchmark is one run of a workload.
type benchmark struct {
	test     string   // one of tests
	command  []string // or a command of one's own
	pipeline int
	clients  int
	size     int
	keys     int
	requests int
}

// tests are workloads by the names that redis-benchmark has for them.
var tests = map[string]string{
	"ping_mbulk": "PING -> PONG", "set": "SET {key} {value} -> OK", "get": "GET {key} -> bulk or nil", "incr": "INCR {counter} -> int",
	"lpush": "LPUSH list {value} -> int", "rpush": "RPUSH list {value} -> int", "lpop": "LPOP list -> bulk or nil", "rpop": "RPOP list -> bulk or nil",
	"sadd": "SADD set {element} -> int", "hset": "HSET hash {element} {value} -> int", "spop": "SPOP set -> bulk or nil", "zadd": "ZADD scores 0 {element} -> int",
	"zpopmin": "ZPOPMIN scores -> array", "lrange_100": "LRANGE list 0 99 -> array 100", "lrange_300": "LRANGE list 0 299 -> array 300",
	"mset": "MSET [ {key} {value} ]*10 -> OK",
}

// text is the workload.
func (b benchmark) text() string {
	command := tests[b.test]
	if b.command != nil {
		command = strings.Join(b.command, " ")
	}
	text := fmt.Sprintf("keys key key:* %d\nkeys counter counter:* %d\nkeys element element:* %d\nkeys first list:* 300\nvalue value %d\n", b.keys, b.keys, b.keys, b.size)
	if strings.HasPrefix(b.test, "lrange") {
		text += "fill first RPUSH list {value}\n"
	}
	return text + "do 1 " + command + "\n"
}

func (b benchmark) run(server *peer.Server) (Figure, error) {
	w, err := workload.Parse(b.test, b.text())
	if err != nil {
		return Figure{}, err
	}
	w.Prepare()
	plan := &client.Plan{Target: client.Target{Network: "tcp", Addr: server.Addr()}, Workload: w, Threads: 1, Clients: b.clients, Pipeline: b.pipeline,
		Requests: int64(b.requests), Seed: 42}
	for _, f := range w.Fills {
		fill, roles := *plan, *w
		roles.Roles = []*workload.Role{f.Role}
		fill.Workload, fill.Requests = &roles, int64(f.Keys.Count)
		if _, err := flawless(&fill); err != nil {
			return Figure{}, err
		}
	}
	return spent(server, plan)
}

// spent is what a run costs the server for each of its requests.
func spent(server *peer.Server, plan *client.Plan) (Figure, error) {
	before := server.CPU()
	out, err := flawless(plan)
	if err != nil {
		return Figure{}, err
	}
	n := float64(plan.Requests)
	return Figure{(server.CPU() - before).Seconds() / n * 1e6, n / out.Length.Seconds()}, nil
}

// flawless makes a run of which everything has to be answered as it should be.
func flawless(plan *client.Plan) (*client.Outcome, error) {
	out, err := client.Run(context.Background(), plan)
	if err != nil {
		return nil, err
	}
	if t := out.Total.Total(); out.Failed != nil || t.Refused+t.Wrong+t.Lost != 0 {
		return nil, fmt.Errorf("%+v: %v %v", t.Counts, out.Faults, out.Failed)
	}
	return out, nil
}

// Commands is CPU per command and throughput of SET and GET at several depths of
// pipelining, with PING beside them: the floor, which is all kernel and reactor.
func Commands(s *Setup) error {
	ours, other, stop, err := s.pair()
	if err != nil {
		return err
	}
	defer stop()
	s.head("100 000 keys, 32 bytes, 50 clients")
	for _, depth := range []int{1, 16, 64} {
		for _, test := range []string{"ping_mbulk", "set", "get"} {
			b := benchmark{test: test, pipeline: depth, clients: 50, size: 32, keys: 100000, requests: s.requests(200000 * min(depth, 10))}
			if err := s.compare(fmt.Sprintf("%s, pipeline %d", strings.ToUpper(strings.TrimSuffix(test, "_mbulk")), depth), ours, other, b.run); err != nil {
				return err
			}
		}
	}
	return nil
}

// Shapes is the same with many clients and with large values, without pipelining.
func Shapes(s *Setup) error {
	ours, other, stop, err := s.pair()
	if err != nil {
		return err
	}
	defer stop()
	s.head("pipeline 1: many clients, large values")
	for _, c := range []struct {
		name           string
		clients, size  int
		keys, requests int
	}{
		{"1 000 clients", 1000, 32, 100000, 200000}, {"1 KiB", 50, 1 << 10, 100000, 200000},
		{"64 KiB", 50, 64 << 10, 1000, 40000}, {"1 MiB", 50, 1 << 20, 100, 4000},
	} {
		for _, test := range []string{"set", "get"} {
			b := benchmark{test: test, pipeline: 1, clients: c.clients, size: c.size, keys: c.keys, requests: s.requests(c.requests)}
			if err := s.compare(strings.ToUpper(test)+", "+c.name, ours, other, b.run); err != nil {
				return err
			}
		}
	}
	return nil
}

// Large is GET, SET and MGET of 64 over five million keys.
func Large(s *Setup) error {
	ours, other, stop, err := s.pair()
	if err != nil {
		return err
	}
	defer stop()
	keys := s.requests(5000000)
	for _, server := range []*peer.Server{ours, other} {
		if err := load.Fill(server.Addr(), 0, keys, 32, 0); err != nil {
			return err
		}
	}
	s.head(fmt.Sprintf("%d keys", keys))
	mget := []string{"MGET", "[", "{key}", "]*64", "->", "array", "64"}
	for _, depth := range []int{16, 64} {
		for _, b := range []benchmark{{test: "get", requests: s.requests(2000000)}, {test: "set", requests: s.requests(2000000)},
			{test: "mget of 64", command: mget, requests: s.requests(100000)}} {
			b.pipeline, b.clients, b.size, b.keys = depth, 50, 32, keys
			if err := s.compare(fmt.Sprintf("%s, pipeline %d", strings.ToUpper(b.test), depth), ours, other, b.run); err != nil {
				return err
			}
		}
	}
	return nil
}

// Mixed is a random mix of families, sizes, misses and skewed keys; its seed is printed.
func Mixed(s *Setup) error {
	ours, other, stop, err := s.pair()
	if err != nil {
		return err
	}
	defer stop()
	s.head(fmt.Sprintf("random mix, seed %d: strings, keys, lists; 1 B to 3 KB; 30 %% misses; Zipf 0.99", s.Seed))
	for _, depth := range []int{1, 16} {
		mix := load.Mix{Seed: s.Seed, Keys: 100000, Misses: 0.3, Theta: 0.99}
		lines := mix.Pipelines(4000, depth)
		const clients = 50
		turns := s.requests(200000*min(depth, 8)) / depth / clients
		err := s.compare(fmt.Sprintf("mix, pipeline %d", depth), ours, other, func(server *peer.Server) (Figure, error) {
			before, watch := server.CPU(), newWatch()
			err := load.Run(server.Addr(), clients, func(conn, turn int) *load.Pipeline {
				if turn >= turns {
					return nil
				}
				return lines[(conn*turns+turn)%len(lines)]
			})
			n := float64(turns * clients * depth)
			return Figure{(server.CPU() - before).Seconds() / n * 1e6, n / watch()}, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
