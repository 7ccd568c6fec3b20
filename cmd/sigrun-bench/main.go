// Command sigrun-bench measures servers that speak RESP: what they do under a load, at which rate they stay quick, which of two is
// faster, and what each core brings. docs/benchmark.md is its manual.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"sigrun/bench/study"
)

// subcommand is one of the things that the program does. Run gets what stands behind its name.
type subcommand struct {
	name, about string
	run         func(ctx context.Context, args []string) error
}

func subcommands() []subcommand {
	return []subcommand{
		{"run", "one workload against one server", run},
		{"compare", "two servers by turns: which is faster, and is it more than noise", compare},
		{"slo", "the highest rate at which a server stays below a latency", slo},
		{"sweep", "the same workload with more and more clients, pipelines, sizes or cores", sweep},
		{"cores", "what each core of a host with many brings", cores},
		{"report", "pages and tables of results that were kept", report},
		{"agent", "a generator that shares the load of a run on another machine", agent},
		{"workloads", "the workloads that are ready-made; with a name, its text", workloads},
		{"tables", "the tables of docs/performance.md", tables},
	}
}

// errVoid says that there is a result, and that it is none of the server.
var errVoid = errors.New("the result is void")

func main() {
	err := dispatch(context.Background(), os.Args[1:])
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errVoid):
		os.Exit(3)
	default:
		fmt.Fprintln(os.Stderr, "sigrun-bench:", study.Printable(err.Error()))
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		usage()
		return nil
	}
	for _, s := range subcommands() {
		if s.name == args[0] {
			return s.run(ctx, args[1:])
		}
	}
	return fmt.Errorf("there is no %q; sigrun-bench --help says what there is", args[0])
}

func usage() {
	fmt.Println("sigrun-bench measures servers that speak RESP.\n\nsigrun-bench COMMAND [ARGUMENTS]; each has --help")
	fmt.Println()
	for _, s := range subcommands() {
		fmt.Printf("  %-10s %s\n", s.name, s.about)
	}
	fmt.Print(`
Five minutes, with a server on port 6379:

  sigrun-bench run cache --addr 127.0.0.1:6379 --duration 30s --html cache.html
      as many requests as fifty connections bring about; cache.html shows them
  sigrun-bench slo cache --p 99.9 --limit 2ms
      the highest rate at which 99.9 % of the requests are answered within 2 ms
  sigrun-bench run cache --rate 20000 --json cache.json
      as users come: at a rate that does not wait for the server
  sigrun-bench run --again cache.json
      the same once more
  sigrun-bench compare get --pipeline 16 --a "redis-server --port {port} --save {}" --b "bin/sigrun-server --port {port} --save {}"
      which is faster, and by how much
  sigrun-bench sweep get --vary clients=1,10,100 --vary pipeline=1,16
      how it scales
`)
}

// newFlags are the flags of a subcommand whose help begins with how it is called.
func newFlags(call, about string) *flag.FlagSet {
	f := flag.NewFlagSet("sigrun-bench", flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprintf(f.Output(), "%s\n\n%s\n\n", call, strings.TrimSpace(about))
		f.VisitAll(func(g *flag.Flag) {
			name, usage := flag.UnquoteUsage(g)
			def := ""
			if g.DefValue != "" && g.DefValue != "0" && g.DefValue != "false" && g.DefValue != "0s" {
				def = " (" + g.DefValue + ")"
			}
			fmt.Fprintf(f.Output(), "  --%-22s %s%s\n", strings.TrimSpace(g.Name+" "+name), usage, def)
		})
	}
	return f
}

// parse parses flags, which may stand before, between and behind other arguments; those come back.
func parse(f *flag.FlagSet, args []string) (others []string, err error) {
	for {
		if err := f.Parse(args); err != nil {
			if !errors.Is(err, flag.ErrHelp) {
				err = fmt.Errorf("%w (--help lists what there is)", err)
			}
			return nil, err
		}
		if args = f.Args(); len(args) == 0 {
			return others, nil
		}
		others, args = append(others, args[0]), args[1:]
	}
}
