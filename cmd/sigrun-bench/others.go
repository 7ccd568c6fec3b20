package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"

	"sigrun/bench/host"
	"sigrun/bench/page"
	"sigrun/bench/result"
	"sigrun/bench/study"
)

// short has slices of a study be shorter than one run.
func short(f *flag.FlagSet) {
	for name, value := range map[string]string{"duration": "1500ms", "warm-up": "300ms", "interval": "500ms"} { // in any order
		g := f.Lookup(name)
		_ = g.Value.Set(value)
		g.DefValue = value
	}
}

func report(_ context.Context, args []string) error {
	f := newFlags("sigrun-bench report FILE... [--html FILE]", `
Prints results that were kept as JSON, of run, compare, slo or sweep, and draws the page of one.`)
	html := f.String("html", "", "`FILE` for the page")
	files, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(files) == 0 || *html != "" && len(files) > 1 {
		return fmt.Errorf("want one or more files, and with --html only one")
	}
	for _, path := range files {
		draw, err := show(path)
		if err != nil {
			return err
		}
		if *html != "" {
			data, err := draw()
			if err == nil {
				err = result.Write(*html, data)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// show prints a file and returns what draws it.
func show(path string) (draw func() ([]byte, error), err error) {
	data, err := host.ReadFile(path, result.Largest)
	if err != nil {
		return nil, err
	}
	c, p, s, err := result.ReadFinding(data)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	case c != nil:
		study.ComparisonTable(os.Stdout, c)
		return func() ([]byte, error) { return page.Comparison(c) }, nil
	case p != nil:
		study.PromiseTable(os.Stdout, p)
		return func() ([]byte, error) { return page.Promise(p) }, nil
	case s != nil:
		study.SweepTable(os.Stdout, s)
		return func() ([]byte, error) { return page.Sweep(s) }, nil
	}
	r, err := result.Read(path)
	if err != nil {
		return nil, err
	}
	study.Table(os.Stdout, r)
	return func() ([]byte, error) { return page.Run(r) }, nil
}

func agent(ctx context.Context, args []string) error {
	f := newFlags("sigrun-bench agent --listen HOST:PORT", `
Waits for another sigrun-bench (run --agents HOST:PORT,...) and makes its part of the load. Whoever knows the secret, which
stands in $SIGRUN_BENCH_SECRET or behind --secret, can have this machine load any server: keep it to yourself.`)
	listen := f.String("listen", "127.0.0.1:7700", "address to listen at")
	secret := f.String("secret", "", "word that orders have to begin with; $"+study.SecretVariable+" if empty")
	if others, err := parse(f, args); err != nil || len(others) > 0 {
		if err == nil {
			err = fmt.Errorf("%q is too much", others[0])
		}
		return err
	}
	if *secret == "" {
		*secret = os.Getenv(study.SecretVariable)
	}
	if *secret == "" {
		return fmt.Errorf("a secret is needed: $SIGRUN_BENCH_SECRET or --secret")
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	return study.Agent(ctx, l, *secret, os.Stderr)
}
