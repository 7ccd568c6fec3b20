package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"sigrun/bench/result"
	"sigrun/bench/study"
	"sigrun/bench/workload"
)

func run(ctx context.Context, args []string) error {
	f := newFlags("sigrun-bench run WORKLOAD [OPTIONS]", `
Runs a workload against a server and tells what came of it. WORKLOAD is the name of one that is ready-made
(sigrun-bench workloads) or a file. Without --rate every connection sends when it was answered (closed loop): that
finds out how much a server can do. With --rate requests come at their times whatever the server does (open loop), and
the times that count begin then: that finds out what users wait. Exit status 3: there is a result, and it is void.`)
	o := &study.Options{}
	o.Register(f, study.Whole...)
	again := f.String("again", "", "`FILE` with a result: run the same once more; options given beside it replace those of then")
	others, err := parse(f, args)
	if err != nil {
		return err
	}
	if *again != "" {
		err = repeat(o, *again, others)
	} else {
		err = choose(o, others)
	}
	if err != nil {
		return err
	}
	r, err := measure(ctx, o)
	if r == nil {
		return err
	}
	study.Table(os.Stdout, r)
	if e := o.Keep(r); e != nil {
		return e
	}
	if err == nil && len(r.Void) > 0 {
		err = errVoid
	}
	return err
}

func measure(ctx context.Context, o *study.Options) (*result.Result, error) {
	if o.Shared() {
		return study.Together(ctx, o, os.Args, progress(o))
	}
	return study.Run(ctx, o, os.Args, progress(o))
}

// choose takes the workload that was named.
func choose(o *study.Options, others []string) (err error) {
	switch {
	case len(others) > 1:
		return fmt.Errorf("%q is too much: one workload at a time", others[1])
	case len(others) == 1 && o.Replays():
		return fmt.Errorf("--replay says what is to be done, and so does %q", others[0])
	case len(others) == 1:
		if o.Workload, err = study.Workload(others[0]); err != nil {
			return err
		}
	case !o.Replays():
		return fmt.Errorf("which workload? One of %v, or a file", workload.Ready())
	}
	return o.Complete()
}

// repeat takes workload, seed and options from a result.
func repeat(o *study.Options, path string, others []string) error {
	if len(others) > 0 {
		return fmt.Errorf("--again says which workload it is: %q is too much", others[0])
	}
	r, err := result.Read(path)
	if err != nil {
		return err
	}
	if err := o.Again(path, r); err != nil {
		return err
	}
	return o.Complete()
}

// progress is where a run shows how far it is: only people want to see that.
func progress(o *study.Options) io.Writer {
	info, err := os.Stderr.Stat()
	if o.Quiet() || err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return os.Stderr
}

func workloads(_ context.Context, args []string) error {
	f := newFlags("sigrun-bench workloads [WORKLOAD]", `
Lists the workloads that are ready-made, or prints the text of one.`)
	names, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(names) > 1 {
		return fmt.Errorf("%q is too much: one workload at a time", names[1])
	}
	if len(names) == 1 {
		w, err := study.Workload(names[0])
		if err == nil {
			fmt.Print(w.Text)
		}
		return err
	}
	for _, name := range workload.Ready() {
		w, err := workload.Load(name)
		if err != nil {
			return err
		}
		fmt.Printf("%-13s %s\n", name, w.About)
	}
	return nil
}
