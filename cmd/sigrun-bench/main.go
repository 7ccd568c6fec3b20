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

// tables by name, in the order in which they are printed.
var tables = []struct {
	name string
	run  func(*table.Setup) error
}{
	{"commands", table.Commands}, {"shapes", table.Shapes}, {"large", table.Large}, {"mixed", table.Mixed},
	{"families", table.Families}, {"memory", table.Memory}, {"values", table.Values}, {"idle", table.Idle}, {"collector", table.Collector}, {"heavy", table.Heavy},
	{"crowded", table.Crowded}, {"blocked", table.Blocked},
}

func main() {
	s := &table.Setup{Print: func(format string, args ...any) { fmt.Printf(format, args...) }}
	only := flag.String("only", "", "comma-separated tables; all when empty")
	flag.StringVar(&s.Ours, "ours", "bin/sigrun-server --port {port} --save \"\"", "command that starts Sigrun")
	flag.StringVar(&s.Peer, "peer", "redis-server --port {port} --save \"\" --appendonly no", "command that starts the other server")
	flag.IntVar(&s.Rounds, "rounds", 3, "rounds of each measurement")
	flag.BoolVar(&s.Quick, "quick", false, "a tenth of the work")
	flag.Uint64Var(&s.Seed, "seed", uint64(time.Now().Unix()), "seed of the random mix")
	flag.Parse()
	for _, t := range tables {
		if *only != "" && !strings.Contains(","+*only+",", ","+t.name+",") {
			continue
		}
		if err := t.run(s); err != nil {
			fmt.Fprintf(os.Stderr, "sigrun-bench: %s: %v\n", t.name, err)
			os.Exit(1)
		}
	}
}
