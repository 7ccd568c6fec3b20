package table

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"sigrun/bench/driver"
	"sigrun/bench/load"
	"sigrun/bench/peer"
)

// spreads are how the keys of the scaling tables are chosen, out of a million.
var spreads = []struct {
	name string
	zipf float64
}{{"uniform", 0}, {"Zipf 0.99", 0.99}}

const (
	scalingKeys = 1000000
	scalingSize = 32
)

// Steps are 1, 2, 4, 8 … up to most, and most itself.
func Steps(most int) (list []int) {
	for n := 1; n < most; n *= 2 {
		list = append(list, n)
	}
	return append(list, most)
}

// Scaling is what sessions, tokens and shards do without sockets on 1, 2, 4 … of this machine's cores.
func Scaling(s *Setup) error {
	cores := runtime.NumCPU()
	s.Print("\n### without sockets: a million keys, half SET, pipelines of 64, %d cores\n\n| keys | loops | commands/s | to one loop | CPU us per command |\n|---|--:|--:|--:|--:|\n", cores)
	one := 0.0
	return s.WithoutSockets(cores, func(keys string, loops int, f Figure) {
		if loops == 1 {
			one = f.RPS
		}
		s.Print("| %s | %d | %.0f | **%.2f** | %.3f |\n", keys, loops, f.RPS, f.RPS/one, f.CPU)
	})
}

// WithoutSockets measures sessions, tokens and shards on 1, 2, 4 … cores, for keys of both spreads.
func (s *Setup) WithoutSockets(cores int, tell func(keys string, loops int, f Figure)) error {
	for _, spread := range spreads {
		d, err := driver.New(driver.Options{Loops: cores, Shards: 4 * cores})
		if err != nil {
			return err
		}
		mix := driver.Mix{Keys: scalingKeys, Pipeline: 64, Size: scalingSize, Writes: 0.5, Zipf: spread.zipf}
		d.Fill(scalingKeys, scalingSize)
		inputs := make([][][]byte, cores)
		for i := range inputs {
			inputs[i] = mix.Inputs(2000, s.Seed+uint64(i))
		}
		for _, loops := range Steps(cores) {
			tell(spread.name, loops, s.driven(d, loops, inputs, mix.Pipeline))
		}
		d.Close()
	}
	return nil
}

func (s *Setup) driven(d *driver.Driver, loops int, inputs [][][]byte, pipeline int) Figure {
	var list []Figure
	for range s.Rounds {
		watch, before := newWatch(), ownCPU()
		commands := float64(d.Run(loops, inputs, time.Second) * pipeline)
		seconds := watch()
		list = append(list, Figure{CPU: (ownCPU() - before).Seconds() / commands * 1e6, RPS: commands / seconds})
	}
	return median(list)
}

func ownCPU() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Cores is a server on 1, 2, 4 … cores over the loopback, up to half of this machine's; whoever starts this by taskset on the other
// half has the load run there.
func Cores(s *Setup) error {
	most := s.Cores
	if most == 0 {
		most = max(runtime.NumCPU()/2, 1)
	}
	s.Print("\n### over sockets: a million keys, half SET, 64 connections a core, server on cores 0 to n-1\n\n" +
		"| keys | pipeline | server's cores | commands/s ours | peer | ratio | CPU us per command ours | peer | ratio |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, cores := range Steps(most) {
		if err := s.onCores(cores); err != nil {
			return err
		}
	}
	return nil
}

func (s *Setup) onCores(cores int) error {
	cpus, threads := fmt.Sprintf("0-%d", cores-1), fmt.Sprintf(" --io-threads %d", cores)
	var servers []*peer.Server
	for _, command := range []string{s.Ours, s.Peer} {
		server, err := peer.Start("cores", command+threads, cpus)
		if err != nil {
			return err
		}
		defer server.Stop()
		if err := load.Fill(server.Addr(), 0, scalingKeys, scalingSize, 0); err != nil {
			return err
		}
		servers = append(servers, server)
	}
	for _, spread := range spreads {
		for _, pipeline := range []int{1, 16, 64} {
			mix := driver.Mix{Keys: scalingKeys, Pipeline: pipeline, Size: scalingSize, Writes: 0.5, Zipf: spread.zipf}
			pool := mix.Pipelines(4096, s.Seed)
			var of [2][]Figure
			for range s.Rounds {
				for i, server := range servers {
					f, err := crowd(server, 64*cores, pool)
					if err != nil {
						return err
					}
					of[i] = append(of[i], f)
				}
			}
			a, b := median(of[0]), median(of[1])
			s.Print("| %s | %d | %d | %.0f | %.0f | **%.2f** | %.3f | %.3f | **%.2f** |\n", spread.name, pipeline, cores,
				a.RPS, b.RPS, a.RPS/b.RPS, a.CPU, b.CPU, a.CPU/b.CPU)
		}
	}
	return nil
}

// crowd loads a server from many connections, half a second to warm up and a second that counts.
func crowd(server *peer.Server, conns int, pool []*load.Pipeline) (Figure, error) {
	const warm, counted = 700 * time.Millisecond, time.Second
	start := time.Now()
	counts := make([]struct {
		n int
		_ [56]byte
	}, conns)
	var before, after time.Duration
	marks := make(chan struct{})
	go func() {
		defer close(marks)
		time.Sleep(warm)
		before = server.CPU()
		time.Sleep(counted)
		after = server.CPU()
	}()
	err := load.Run(server.Addr(), conns, func(conn, turn int) *load.Pipeline {
		at := time.Since(start)
		if at > warm+counted {
			return nil
		}
		p := pool[(conn*61+turn)%len(pool)]
		if at > warm {
			counts[conn].n += p.Replies
		}
		return p
	})
	<-marks
	total := 0
	for i := range counts {
		total += counts[i].n
	}
	return Figure{CPU: (after - before).Seconds() / float64(total) * 1e6, RPS: float64(total) / counted.Seconds()}, err
}

// Machine names the host that the tables were measured on.
func Machine(s *Setup) error {
	processor := "unknown processor"
	info, _ := os.ReadFile("/proc/cpuinfo")
	if _, rest, ok := strings.Cut(string(info), "model name"); ok {
		line, _, _ := strings.Cut(rest, "\n")
		processor = strings.Trim(line, "\t :")
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	s.Print("%s, %d cores, Linux %s, %s, seed %d\n", processor, runtime.NumCPU(), strings.TrimSpace(string(kernel)), runtime.Version(), s.Seed)
	return nil
}
