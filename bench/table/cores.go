package table

import (
	"fmt"
	"strings"

	"sigrun/bench/load"
	"sigrun/bench/peer"
)

// heavyCommands keep the server busy; every client works on keys of its own choice
// among eight, which lie on different shards.
var heavyCommands = []struct {
	name    string
	command []string
	n       int
}{
	{"BITCOUNT of 1 MB", []string{"BITCOUNT", "bits:__rand_int__"}, 40000},
	{"LCS of 2 x 2 000, LEN", []string{"LCS", "a:__rand_int__", "b:__rand_int__", "LEN"}, 1000},
	{"EVAL with a loop", []string{"EVAL", "local x = 0 for i = 1, 20000 do x = x + i end return redis.call('GET', KEYS[1])",
		"1", "small:__rand_int__"}, 8000},
}

// Heavy is throughput of commands that keep the server busy, 8 clients, with two cores
// against one. The load shares the cores with the server in both cases.
func Heavy(s *Setup) error {
	s.Print("\n### server-heavy commands, 8 clients: two cores to one\n\n| command | one core, commands/s | two cores | ratio |\n|---|--:|--:|--:|\n")
	for _, w := range heavyCommands {
		var rps [2][]Figure
		for round := 0; round < s.Rounds; round++ {
			for i, cpus := range []string{"0", "0,1"} {
				f, err := s.heavy(cpus, i+1, benchmark{command: w.command, pipeline: 1, clients: 8, size: 3, keys: 8, requests: s.requests(w.n)})
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

func (s *Setup) heavy(cpus string, cores int, b benchmark) (Figure, error) {
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
		p.Add("SET", fmt.Sprintf("a:%012d", i), strings.Repeat("abcdefgh", 250))
		p.Add("SET", fmt.Sprintf("b:%012d", i), strings.Repeat("badcfehg", 250))
		p.Add("SET", fmt.Sprintf("small:%012d", i), "x")
		if err := c.Do(&p); err != nil {
			return Figure{}, err
		}
	}
	warm := b
	warm.requests /= 4 // long enough for ignition
	if _, err := warm.run(server); err != nil {
		return Figure{}, err
	}
	return b.run(server)
}
