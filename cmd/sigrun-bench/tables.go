package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sigrun/bench/table"
)

// all are the tables by name, in the order in which they are printed. Those for hosts with many cores, or for a peer with TLS, are run when they are asked for.
var all = []struct {
	name string
	run  func(*table.Setup) error
	wide bool
}{
	{"commands", table.Commands, false}, {"shapes", table.Shapes, false}, {"large", table.Large, false}, {"mixed", table.Mixed, false},
	{"families", table.Families, false}, {"memory", table.Memory, false}, {"values", table.Values, false}, {"idle", table.Idle, false},
	{"evicting", table.Evicting, false}, {"misses", table.Misses, false}, {"messages", table.Messages, false}, {"tracked", table.Tracked, false}, {"restricted", table.Restricted, false},
	{"journal", table.Journal, false}, {"snapshots", table.Snapshots, false}, {"reloads", table.Reloads, false},
	{"secure", table.Secure, true}, {"handshakes", table.Handshakes, true}, {"quiet", table.Quiet, true},
	{"collector", table.Collector, false}, {"heavy", table.Heavy, false}, {"crowded", table.Crowded, false}, {"blocked", table.Blocked, false},
	{"machine", table.Machine, true}, {"scaling", table.Scaling, true}, {"cores", table.Cores, true},
}

func tables(_ context.Context, args []string) error {
	s := &table.Setup{Print: func(format string, args ...any) { fmt.Printf(format, args...) }}
	f := newFlags("sigrun-bench tables [OPTIONS]", `
Prints the tables of docs/performance.md: Sigrun beside another server, CPU per command, memory per key, what cores bring.
It needs a server for the other column.`)
	only := f.String("only", "", "comma-separated tables; all but those of TLS (secure, handshakes, quiet) and machine, scaling and cores when empty")
	f.StringVar(&s.Ours, "ours", "bin/sigrun-server --port {port} --save \"\"", "command that starts Sigrun")
	f.StringVar(&s.Peer, "peer", "redis-server --port {port} --save \"\" --appendonly no", "command that starts the other server")
	f.IntVar(&s.Rounds, "rounds", 3, "rounds of each measurement")
	f.BoolVar(&s.Quick, "quick", false, "a tenth of the work")
	f.IntVar(&s.Cores, "cores", 0, "cores of the server at most in table cores; 0: half of the machine's")
	f.Uint64Var(&s.Seed, "seed", uint64(time.Now().Unix()), "seed of the random mix")
	if others, err := parse(f, args); err != nil || len(others) > 0 {
		if err == nil {
			err = fmt.Errorf("%q is too much", others[0])
		}
		return err
	}
	for _, t := range all {
		if *only == "" && t.wide || *only != "" && !strings.Contains(","+*only+",", ","+t.name+",") {
			continue
		}
		if err := t.run(s); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}
