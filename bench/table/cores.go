package table

import (
	"fmt"
	"strconv"
	"strings"

	"sigrun/bench/load"
	"sigrun/bench/peer"
)

// heavyCommands keep the server busy; %d is the client's number: the eight work on keys
// of their own, which lie on different shards.
var heavyCommands = []struct {
	name    string
	command []string
	n       int
}{
	{"BITCOUNT of 1 MB", []string{"BITCOUNT", "bits:__rand_int__"}, 40000},
	{"LCS of 2 x 2 000, LEN", []string{"LCS", "{%d}a", "{%d}b", "LEN"}, 1000},
	{"EVAL with a loop", []string{"EVAL", "local x = 0 for i = 1, 20000 do x = x + i end return redis.call('GET', KEYS[1])",
		"1", "small:%d"}, 8000},
}

// Heavy is throughput of commands that keep the server busy, 8 clients, with two cores
// against one. The load shares the cores with the server in both cases.
func Heavy(s *Setup) error {
	s.Print("\n### server-heavy commands, 8 clients: two cores to one\n\n| command | one core, commands/s | two cores | ratio |\n|---|--:|--:|--:|\n")
	for _, w := range heavyCommands {
		var rps [2][]Figure
		for round := 0; round < s.Rounds; round++ {
			for i, cpus := range []string{"0", "0,1"} {
				f, err := s.heavy(cpus, i+1, w.command, s.requests(w.n))
				if err != nil {
					return err
				}
				rps[i] = append(rps[i], f)
			}
		}
		one, two := median(rps[0]).RPS, median(rps[1]).RPS
		s.Print("| %s | %.0f | %.0f | **%.2f** |\n", w.name, one, two, two/one)
	}
	return nil
}

func (s *Setup) heavy(cpus string, cores int, command []string, n int) (Figure, error) {
	server, err := peer.Start("heavy", s.Ours+fmt.Sprintf(" --io-threads %d", cores), cpus)
	if err != nil {
		return Figure{}, err
	}
	defer server.Stop()
	c, err := load.Dial(server.Addr())
	if err != nil {
		return Figure{}, err
	}
	defer c.Close()
	for i := 0; i < 8; i++ {
		var p load.Pipeline
		p.Add("SET", fmt.Sprintf("bits:%012d", i), strings.Repeat("\x55", 1<<20))
		p.Add("SET", fmt.Sprintf("{%d}a", i), strings.Repeat("abcdefgh", 250))
		p.Add("SET", fmt.Sprintf("{%d}b", i), strings.Repeat("badcfehg", 250))
		p.Add("SET", fmt.Sprintf("small:%d", i), "x")
		if err := c.Do(&p); err != nil {
			return Figure{}, err
		}
	}
	const clients = 8
	if strings.HasSuffix(command[1], "__rand_int__") { // quick commands: the load must cost little
		b := benchmark{command: command, pipeline: 1, clients: clients, size: 3, keys: clients, requests: n}
		if _, err := b.run(server); err != nil {
			return Figure{}, err
		}
		return b.run(server)
	}
	lines := make([]*load.Pipeline, clients)
	for i := range lines {
		args := make([]string, len(command))
		for j, a := range command {
			args[j] = strings.ReplaceAll(a, "%d", strconv.Itoa(i))
		}
		lines[i] = &load.Pipeline{}
		lines[i].Add(args...)
	}
	run := func(turns int) error {
		return load.Run(server.Addr(), clients, func(conn, turn int) *load.Pipeline {
			if turn >= turns {
				return nil
			}
			return lines[conn]
		})
	}
	if err := run(n / clients / 2); err != nil { // long enough for ignition
		return Figure{}, err
	}
	watch := newWatch()
	err = run(n / clients)
	return Figure{RPS: float64(n) / watch()}, err
}
