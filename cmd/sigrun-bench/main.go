// Command sigrun-bench measures Sigrun beside another server and prints the tables of
// docs/performance.md. It needs redis-benchmark, and for the peer's column a server.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"sigrun/bench/table"
)

// tables by name, in the order in which they are printed. Those for hosts with many cores are run when they are asked for.
var tables = []struct {
	name string
	run  func(*table.Setup) error
	wide bool
}{
	{"commands", table.Commands, false}, {"shapes", table.Shapes, false}, {"large", table.Large, false}, {"mixed", table.Mixed, false},
	{"families", table.Families, false}, {"memory", table.Memory, false}, {"values", table.Values, false}, {"idle", table.Idle, false},
	{"collector", table.Collector, false}, {"heavy", table.Heavy, false}, {"crowded", table.Crowded, false}, {"blocked", table.Blocked, false},
	{"machine", table.Machine, true}, {"scaling", table.Scaling, true}, {"cores", table.Cores, true},
}

func main() {
	s := &table.Setup{Print: func(format string, args ...any) { fmt.Printf(format, args...) }}
	only := flag.String("only", "", "comma-separated tables; all but machine, scaling and cores when empty")
	flag.StringVar(&s.Ours, "ours", "bin/sigrun-server --port {port} --save \"\"", "command that starts Sigrun")
	flag.StringVar(&s.Peer, "peer", "redis-server --port {port} --save \"\" --appendonly no", "command that starts the other server")
	flag.IntVar(&s.Rounds, "rounds", 3, "rounds of each measurement")
	flag.BoolVar(&s.Quick, "quick", false, "a tenth of the work")
	flag.IntVar(&s.Cores, "cores", 0, "cores of the server at most in table cores; 0: half of the machine's")
	flag.Uint64Var(&s.Seed, "seed", uint64(time.Now().Unix()), "seed of the random mix")
	flag.Parse()
	for _, t := range tables {
		if *only == "" && t.wide || *only != "" && !strings.Contains(","+*only+",", ","+t.name+",") {
			continue
		}
		if err := t.run(s); err != nil {
			fmt.Fprintf(os.Stderr, "sigrun-bench: %s: %v\n", t.name, err)
			os.Exit(1)
		}
	}
}
