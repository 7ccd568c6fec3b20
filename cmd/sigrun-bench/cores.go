package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"sigrun/bench/host"
	"sigrun/bench/result"
	"sigrun/bench/study"
	"sigrun/bench/table"
	"sigrun/bench/workload"
)

// cores is a prepared run for a host with many cores: what each brings, without sockets and over them.
func cores(ctx context.Context, args []string) error {
	f := newFlags("sigrun-bench cores [OPTIONS]", `
What each core brings, on a host with many: 1, 2, 4, 8 ... loops of Sigrun without sockets; then servers on the first 1, 2, 4,
8 ... cores up to half of them with the load on the others, for keys of uniform and of Zipf's spread. It needs no network
and takes 8 minutes at most on 64 cores.`)
	o := &study.Options{}
	o.Register(f)
	ours := f.String("ours", "bin/sigrun-server --port {port} --save {}", "command that starts Sigrun")
	peer := f.String("peer", installed(), "command that starts the other server; none if empty")
	most := f.Int("most", max(runtime.NumCPU()/2, 1), "cores of the server at most")
	for name, value := range map[string]string{"clients": "256", "duration": "1500ms", "warm-up": "500ms", "interval": "500ms"} { // in any order
		g := f.Lookup(name)
		_ = g.Value.Set(value)
		g.DefValue = value
	}
	others, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(others) > 0 || *most < 1 || *most > runtime.NumCPU() {
		return fmt.Errorf("cores takes no workload, and --most is 1 to %d", runtime.NumCPU())
	}
	o.Workload = &workload.Workload{}
	if f.Lookup("threads").Value.String() == "0" { // half of the machine is the load's
		_ = f.Set("threads", strconv.Itoa(max(runtime.NumCPU()/2, 1)))
	}
	if err := o.Complete(); err != nil {
		return err
	}
	if err := o.Writable(); err != nil {
		return err
	}
	all := &result.Sweep{Command: study.Discreet(os.Args), Seed: o.Seed(), Host: host.Look(), Workload: result.Workload{Name: "cores"}, Axes: axesOf(*most)}
	if err := inProcess(all, o.Seed()); err != nil {
		return err
	}
	var servers []string
	for _, command := range []string{*ours, *peer} {
		if command != "" {
			servers = append(servers, command+" --io-threads {cores}")
		}
	}
	if err := overSockets(ctx, o, all, servers); err != nil {
		return err
	}
	study.Efficiency(all)
	return sweptUp(o, all)
}

// installed is a server that is there to be measured beside ours.
func installed() string {
	for _, name := range []string{"valkey-server", "redis-server"} {
		if _, err := exec.LookPath(name); err == nil {
			return name + " --port {port} --save {} --appendonly no"
		}
	}
	return ""
}

// axesOf are keys, pipeline and cores.
func axesOf(most int) []result.Axis {
	var steps []string
	for _, n := range table.Steps(most) {
		steps = append(steps, strconv.Itoa(n))
	}
	return []result.Axis{{Name: "keys", Values: []string{"uniform", "zipf"}}, {Name: "pipeline", Values: []string{"1", "16"}}, {Name: "cores", Values: steps}}
}

// inProcess adds what Sigrun does without sockets, on all cores.
func inProcess(all *result.Sweep, seed uint64) error {
	s := &table.Setup{Rounds: 1, Seed: seed}
	return s.WithoutSockets(runtime.NumCPU(), func(keys string, loops int, f table.Figure) {
		keys, _, _ = strings.Cut(strings.ToLower(keys), " ")
		p := result.Point{Server: "Sigrun without sockets", Settings: []string{keys, "64", strconv.Itoa(loops)}, Rate: f.RPS, CPU: f.CPU, User: f.CPU}
		p.Cores = f.CPU * f.RPS / 1e6
		if p.Cores < enough*float64(loops) { // loops never rest here: others had the cores
			p.Void = []string{fmt.Sprintf("the machine gave %.2f of %d cores", p.Cores, loops)}
		}
		all.Points = append(all.Points, p)
	})
}

// enough is the share of the cores that loops without sockets must have had.
const enough = 0.95

// overSockets adds what servers do, with the load on the other cores.
func overSockets(ctx context.Context, o *study.Options, all *result.Sweep, servers []string) (err error) {
	for _, keys := range all.Axes[0].Values {
		if o.Workload, err = workload.Load(keys); err != nil {
			return err
		}
		s, err := study.Sweep(ctx, o, servers, []result.Axis{all.Axes[2], all.Axes[1]}, nil, progress(o))
		if err != nil {
			return err
		}
		for _, p := range s.Points {
			p.Settings = []string{keys, p.Settings[1], p.Settings[0]}
			all.Points = append(all.Points, p)
		}
		all.Servers, all.Stopped = s.Servers, s.Stopped
		if s.Stopped != "" {
			break
		}
	}
	return nil
}
