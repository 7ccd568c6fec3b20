package table

import (
	"fmt"
	"strconv"
	"strings"

	"sigrun/bench/load"
	"sigrun/bench/peer"
	"sigrun/protocol/slot"
)

// heavyCommands keep the server busy; %s is the client's tag: the eight work on keys of
// their own, which lie on different shards. Quick commands are sent several at a time, so
// that the load takes little of the cores that it shares with the server.
var heavyCommands = []struct {
	name     string
	command  []string
	n        int
	pipeline int
}{
	{"BITCOUNT of 1 MB", []string{"BITCOUNT", "{%s}bits"}, 64000, 8},
	{"LCS of 2 x 2 000, LEN", []string{"LCS", "{%s}a", "{%s}b", "LEN"}, 1000, 1},
	{"EVAL with a loop", []string{"EVAL", "local x = 0 for i = 1, 20000 do x = x + i end return redis.call('GET', KEYS[1])",
		"1", "{%s}small"}, 8000, 1},
}

// heavyClients work on keys of their own each.
const heavyClients = 8

// tags are names whose slots lie an eighth of all slots apart and differ modulo eight:
// whichever way slots are dealt to eight shards or more, no two are on the same.
func tags() (list [heavyClients]string) {
	for i := range list {
		for n := 0; list[i] == ""; n++ {
			name := strconv.Itoa(n)
			if s := int(slot.Of([]byte(name))); s%heavyClients == i && s*heavyClients/slot.Count == i {
				list[i] = name
			}
		}
	}
	return list
}

// Heavy is throughput of commands that keep the server busy, 8 clients, with two cores
// against one. The load shares the cores with the server in both cases.
func Heavy(s *Setup) error {
	s.Print("\n### server-heavy commands, 8 clients: two cores to one\n\n| command | one core, commands/s | two cores | ratio |\n|---|--:|--:|--:|\n")
	for _, w := range heavyCommands {
		var rps [2][]Figure
		for round := 0; round < s.Rounds; round++ {
			for i, cpus := range []string{"0", "0,1"} {
				f, err := s.heavy(cpus, i+1, w.command, w.pipeline, s.requests(w.n))
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

func (s *Setup) heavy(cpus string, cores int, command []string, pipeline, n int) (Figure, error) {
	server, err := peer.Start("heavy", s.Ours+fmt.Sprintf(" --io-threads %d", cores), cpus)
	if err != nil {
		return Figure{}, err
	}
	defer server.Stop()
	lines, err := fillHeavy(server, command, pipeline)
	if err != nil {
		return Figure{}, err
	}
	run := func(turns int) error {
		return load.Run(server.Addr(), heavyClients, func(conn, turn int) *load.Pipeline {
			if turn >= turns {
				return nil
			}
			return lines[conn]
		})
	}
	turns := n / heavyClients / pipeline
	if err := run(turns / 2); err != nil { // long enough for ignition
		return Figure{}, err
	}
	watch := newWatch()
	err = run(turns)
	return Figure{RPS: float64(turns*heavyClients*pipeline) / watch()}, err
}

// fillHeavy stores what the heavy commands work on, and returns a pipeline of command for
// each client.
func fillHeavy(server *peer.Server, command []string, pipeline int) (lines [heavyClients]*load.Pipeline, err error) {
	c, err := load.Dial(server.Addr())
	if err != nil {
		return lines, err
	}
	defer c.Close()
	for i, tag := range tags() {
		var p load.Pipeline
		p.Add("SET", "{"+tag+"}bits", strings.Repeat("\x55", 1<<20))
		p.Add("SET", "{"+tag+"}a", strings.Repeat("abcdefgh", 250))
		p.Add("SET", "{"+tag+"}b", strings.Repeat("badcfehg", 250))
		p.Add("SET", "{"+tag+"}small", "x")
		if err := c.Do(&p); err != nil {
			return lines, err
		}
		args := make([]string, len(command))
		for j, a := range command {
			args[j] = strings.ReplaceAll(a, "%s", tag)
		}
		lines[i] = &load.Pipeline{}
		for range pipeline {
			lines[i].Add(args...)
		}
	}
	return lines, nil
}
