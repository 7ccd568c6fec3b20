// Command sigrun-check reads the files that a server writes, checks them to the last entry and tells what is in them. It changes
// nothing. Called valkey-check-rdb or redis-check-rdb it says the same in the words of that tool, which is also its default.
//
// Exit codes: 0 all is well, 1 a file is not, 2 it was called wrongly.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

const usage = `Usage: sigrun-check [-v] FILE.rdb ...

Checks RDB files.
  -v   also tells of every key: database, type, how many elements and bytes, when it expires
`

// run is the whole program; its result is the exit code.
func run(args []string, out, problems io.Writer) (code int) {
	verbose := false
	var files []string
	for _, a := range args {
		switch {
		case a == "-v" || a == "--verbose":
			verbose = true
		case len(a) > 1 && a[0] == '-':
			fmt.Fprint(problems, usage)
			return 2
		default:
			files = append(files, a)
		}
	}
	if len(files) == 0 {
		fmt.Fprint(problems, usage)
		return 2
	}
	for _, name := range files {
		if !check(name, verbose, out, problems) {
			code = 1
		}
	}
	return code
}

// check checks one file.
func check(name string, verbose bool, out, problems io.Writer) bool {
	f, err := os.Open(name)
	if err != nil {
		fmt.Fprintf(problems, "Cannot open file %s: %v\n", name, err)
		return false
	}
	defer func() { _ = f.Close() }()
	size := int64(-1)
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	c := checker{out: out, name: name, verbose: verbose}
	return c.check(f, size)
}
