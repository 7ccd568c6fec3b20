// Command sigrun-check reads the files that a server writes, checks them to the last entry and tells what is in them. It changes
// nothing. Called valkey-check-rdb or redis-check-rdb it takes that tool's place: its options, its lines, its exit codes.
//
// Exit codes: 0 all is well, 1 a file is not, 2 it was called wrongly (1 by the other names).
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"sigrun/internal/version"
)

func main() { os.Exit(run(os.Args[0], os.Args[1:], os.Stdout, os.Stderr)) }

// run is the whole program, called by a name; its result is the exit code.
func run(name string, args []string, out, problems io.Writer) (code int) {
	o, asked := parse(name, args)
	switch asked {
	case toHelp:
		fmt.Fprint(out, o.usage(name))
		return 0
	case toVersion:
		fmt.Fprintf(out, "%s v=%s sigrun=%s %s bits=64\n", filepath.Base(name), version.Valkey, version.Sigrun, runtime.Version())
		return 0
	case toNothing:
		fmt.Fprint(problems, o.usage(name))
		return o.wrongly()
	}
	figures := out
	if o.stats && o.output != "" {
		f, err := create(o.output, o.files)
		if err != nil {
			fmt.Fprintf(problems, "Cannot open output file: '%s': %v\n", o.output, err)
			return 1
		}
		defer func() {
			if err := f.Close(); err != nil {
				fmt.Fprintf(problems, "Cannot write output file: '%s': %v\n", o.output, err)
				code = 1
			}
		}()
		figures = f
	}
	for _, file := range o.files {
		c := checker{out: out, problems: problems, figures: figures, o: o}
		if !c.file(file) {
			code = 1
		}
	}
	return code
}

// create makes a file for the statistics, which must not be one of those that are checked.
func create(name string, checked []string) (*os.File, error) {
	if there, err := os.Stat(name); err == nil {
		for _, c := range checked {
			if info, err := os.Stat(c); err == nil && os.SameFile(there, info) {
				return nil, fmt.Errorf("it is to be checked")
			}
		}
	}
	return os.Create(name)
}
