// Command sigrun-check reads the files that a server writes, snapshots, files of commands and sets of them, checks them to the last entry and
// tells what is in them. It changes nothing unless it is told to repair one. Called valkey-check-rdb, redis-check-rdb, valkey-check-aof or
// redis-check-aof it takes that tool's place: its options, its lines, its exit codes.
//
// Exit codes: 0 all is well, 1 a file is not, 2 it was called wrongly (1 by the other names).
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"sigrun/internal/version"
)

func main() { os.Exit(run(os.Args[0], os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})) }

// streams are what the program reads from and writes to.
type streams struct {
	in            io.Reader
	out, problems io.Writer
}

// check is what one call of the program has.
type check struct {
	o             *options
	out, problems io.Writer
	figures       io.Writer // for the statistics
	in            *bufio.Reader
	bar           *bar
}

// run is the whole program, called by a name; its result is the exit code.
func run(name string, args []string, s streams) (code int) {
	o, asked := parse(name, args)
	switch asked {
	case toHelp:
		fmt.Fprint(s.out, o.usage(name))
		return 0
	case toVersion:
		fmt.Fprintf(s.out, "%s v=%s sigrun=%s %s bits=64\n", filepath.Base(name), version.Valkey, version.Sigrun, runtime.Version())
		return 0
	case toNothing:
		o.complain(name, s)
		return o.wrongly()
	}
	c := &check{o: o, problems: s.problems, in: bufio.NewReader(s.in), bar: barOn(s.problems)}
	c.out = c.bar.beside(s.out)
	c.figures = c.out
	if o.stats && o.output != "" {
		f, err := create(o.output, o.files)
		if err != nil {
			fmt.Fprintf(c.problems, "Cannot open output file: '%s': %v\n", o.output, err)
			return 1
		}
		defer func() {
			if err := f.Close(); err != nil {
				fmt.Fprintf(c.problems, "Cannot write output file: '%s': %v\n", o.output, err)
				code = 1
			}
		}()
		c.figures = f
	}
	for _, file := range o.files {
		if !c.file(file) {
			code = 1
		}
	}
	return code
}

// file checks a file of whatever kind.
func (c *check) file(name string) bool {
	if c.o.classic && !c.o.appendOnly {
		return (&checker{check: c}).file(name)
	}
	kind, err := c.kind(name)
	switch {
	case err != nil:
		return false
	case kind == isManifest:
		return c.set(name)
	case kind == isSnapshot && !c.o.appendOnly && !c.o.repairs() && !strings.HasSuffix(name, ".aof"):
		return (&checker{check: c}).file(name)
	default:
		return c.single(name, kind == isSnapshot)
	}
}

// agreed asks whether to go on.
func (c *check) agreed() bool {
	answer, err := c.in.ReadByte()
	if err != nil {
		return false
	}
	if answer != '\n' { // the rest of the line belongs to the answer
		_, _ = c.in.ReadString('\n')
	}
	return answer == 'y' || answer == 'Y'
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
