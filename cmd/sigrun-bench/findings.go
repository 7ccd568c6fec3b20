package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"sigrun/bench/page"
	"sigrun/bench/result"
	"sigrun/bench/study"
)

// keep writes the files that were asked for.
func keep(o *study.Options, marshal func() ([]byte, error), draw func() ([]byte, error)) error {
	for path, make := range map[string]func() ([]byte, error){o.JSON(): marshal, o.HTML(): draw} { // in any order
		if path == "" {
			continue
		}
		data, err := make()
		if err == nil {
			err = result.Write(path, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// begin reads the command line of a finding, whose runs are short ones.
func begin(f *flag.FlagSet, o *study.Options, args []string) error {
	short(f)
	others, err := parse(f, args)
	if err != nil {
		return err
	}
	return choose(o, others)
}

func compare(ctx context.Context, args []string) error {
	f := newFlags("sigrun-bench compare WORKLOAD --a SERVER --b SERVER [OPTIONS]", `
Measures two servers by turns, and tells the ratio of B to A with its spread, and whether it is more than noise: a server
beside itself is "no difference" in 95 of 100 comparisons, all figures together. A SERVER is an address, or a command
that starts one, in which {port} stands for the port and {} for an empty argument.`)
	o := &study.Options{}
	o.Register(f, study.Manners, study.Shape, study.Speed)
	a := f.String("a", "", "one server")
	b := f.String("b", "", "the other one")
	rounds := f.Int("rounds", 24, "how often each is measured; below 10 nothing can be told")
	if err := begin(f, o, args); err != nil {
		return err
	}
	if *a == "" || *b == "" || *rounds < 1 {
		return fmt.Errorf("compare needs --a SERVER and --b SERVER, and a round at least")
	}
	c, err := study.Compare(ctx, o, *a, *b, *rounds, os.Args, progress(o))
	if err != nil {
		return err
	}
	study.ComparisonTable(os.Stdout, c)
	if err := keep(o, c.Marshal, func() ([]byte, error) { return page.Comparison(c) }); err != nil {
		return err
	}
	return void(c.Void)
}

func void(reasons []string) error {
	if len(reasons) > 0 {
		return errVoid
	}
	return nil
}

func slo(ctx context.Context, args []string) error {
	f := newFlags("sigrun-bench slo WORKLOAD [--p PERCENTILE] --limit TIME [OPTIONS]", `
Looks for the highest rate at which a percentile of the times that users wait stays within a limit: open loops at rates
that double until one fails, then halves of what is left. A rate has failed when it has failed twice.`)
	o := &study.Options{}
	o.Register(f, study.Address, study.Process, study.Manners, study.Shape)
	server := f.String("server", "", "address of the server, or a command with {port} that starts it; --addr if empty")
	p := f.Float64("p", 99.9, "the percentile")
	limit := f.Duration("limit", 2*time.Millisecond, "what it has to stay within")
	precision := f.Float64("precision", 0.03, "by which share the answer may be too low")
	if err := begin(f, o, args); err != nil {
		return err
	}
	if !(*p > 0 && *p <= 100) || *limit <= 0 || !(*precision >= 0.001 && *precision < 1) {
		return fmt.Errorf("want a percentile up to 100, a limit above 0 and a precision from 0.001, below 1")
	}
	if *server == "" {
		*server = f.Lookup("addr").Value.String()
	}
	r, err := study.Promise(ctx, o, *server, *p, int64(*limit), *precision, os.Args, progress(o))
	if err != nil {
		return err
	}
	study.PromiseTable(os.Stdout, r)
	if err := keep(o, r.Marshal, func() ([]byte, error) { return page.Promise(r) }); err != nil {
		return err
	}
	return void(r.Void)
}

// list is an option that may be given several times.
type list []string

func (l *list) String() string     { return fmt.Sprint(*l) }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func sweep(ctx context.Context, args []string) error {
	f := newFlags("sigrun-bench sweep WORKLOAD --vary NAME=VALUE,VALUE... [--vary ...] [--server SERVER ...] [OPTIONS]", `
Measures every combination of what is varied: clients, pipeline, threads (of the load) or rate; keys.NAME or value.NAME of
the workload (value.page=32,1KB); cores, which binds the server to the first of them and the load to the others; or any
{NAME} in the command that starts a server: --server "valkey-server --port {port} --io-threads {io}" --vary io=1,2,4.`)
	o := &study.Options{}
	o.Register(f, study.Address, study.Manners, study.Shape, study.Speed)
	var servers, vary list
	f.Var(&servers, "server", "address of a server, or a command with {port} that starts it; may be given several times; --addr if none is")
	f.Var(&vary, "vary", "`NAME=VALUES`; may be given several times")
	if err := begin(f, o, args); err != nil {
		return err
	}
	if len(vary) == 0 {
		return fmt.Errorf("what is to be varied? --vary NAME=VALUE,VALUE...")
	}
	var axes []result.Axis
	for _, v := range vary {
		a, err := study.Axis(v)
		if err != nil {
			return err
		}
		axes = append(axes, a)
	}
	if len(servers) == 0 {
		servers = list{f.Lookup("addr").Value.String()}
	}
	s, err := study.Sweep(ctx, o, servers, axes, os.Args, progress(o))
	if err != nil {
		return err
	}
	return sweptUp(o, s)
}

// sweptUp prints and keeps a sweep.
func sweptUp(o *study.Options, s *result.Sweep) error {
	study.SweepTable(os.Stdout, s)
	if err := keep(o, s.Marshal, func() ([]byte, error) { return page.Sweep(s) }); err != nil {
		return err
	}
	return void(s.Void())
}
