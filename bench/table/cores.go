package table

import (
	"fmt"
	"strings"

	"sigrun/bench/load"
	"sigrun/bench/peer"
)

// Heavy is throughput of commands that keep the server busy, on keys of different
// shards, with two cores against one. It needs a machine with two cores at least.
func Heavy(s *Setup) error {
	s.Print("\n### server-heavy commands, 8 clients: two cores to one\n\n| command | one core, commands/s | two cores | ratio |\n|---|--:|--:|--:|\n")
	for _, w := range []struct {
		name string
		args func(i int) []string
		n    int
	}{
		{"BITCOUNT of 1 MB", func(i int) []string { return []string{"BITCOUNT", fmt.Sprintf("bits:%d", i)} }, 20000},
		{"LCS of 2 x 2 000", func(i int) []string {
			return []string{"LCS", fmt.Sprintf("{t%d}a", i), fmt.Sprintf("{t%d}b", i), "LEN"}
		}, 400},
		{"EVAL with a loop", func(i int) []string {
			return []string{"EVAL", "local x = 0 for i = 1, 20000 do x = x + i end return redis.call('GET', KEYS[1])", "1", fmt.Sprintf("small:%d", i)}
		}, 2000},
	} {
		var rps [2]float64
		for i, cpus := range []string{"0", "0,1"} {
			v, err := s.heavy(cpus, i+1, w.args, s.requests(w.n*10)/10)
			if err != nil {
				return err
			}
			rps[i] = v
		}
		s.Print("| %s | %.0f | %.0f | **%.2f** |\n", w.name, rps[0], rps[1], rps[1]/rps[0])
	}
	return nil
}

func (s *Setup) heavy(cpus string, cores int, args func(int) []string, n int) (float64, error) {
	server, err := peer.Start("heavy", s.Ours+fmt.Sprintf(" --io-threads %d", cores), cpus)
	if err != nil {
		return 0, err
	}
	defer server.Stop()
	c, err := load.Dial(server.Addr())
	if err != nil {
		return 0, err
	}
	defer c.Close()
	for i := 0; i < 8; i++ {
		var p load.Pipeline
		p.Add("SET", fmt.Sprintf("bits:%d", i), strings.Repeat("\x55", 1<<20))
		p.Add("SET", fmt.Sprintf("{t%d}a", i), strings.Repeat("abcdefgh", 250))
		p.Add("SET", fmt.Sprintf("{t%d}b", i), strings.Repeat("badcfehg", 250))
		p.Add("SET", fmt.Sprintf("small:%d", i), "x")
		if err := c.Do(&p); err != nil {
			return 0, err
		}
	}
	run := func(turns int) error {
		return load.Run(server.Addr(), 8, func(conn, turn int) *load.Pipeline {
			if turn >= turns {
				return nil
			}
			p := &load.Pipeline{}
			p.Add(args(conn)...)
			return p
		})
	}
	if err := run(n / 8); err != nil { // long enough for ignition
		return 0, err
	}
	watch := newWatch()
	err = run(n / 8)
	return float64(n) / watch(), err
}
