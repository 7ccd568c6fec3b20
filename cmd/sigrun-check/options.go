package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// options are what the program was called with.
type options struct {
	// classic: called by the name of Valkey's tool. It checks one file, tells no more than that tool, and takes for wrong what that
	// takes for wrong, and for right what follows the end: the commands of an append-only file, of which an RDB is the head.
	classic bool
	verbose bool
	stats   bool
	layout  layout
	output  string // a file for the statistics
	files   []string
}

// What is asked for instead of a check.
type request int

const (
	toCheck request = iota
	toHelp
	toVersion
	toNothing // it was called wrongly
)

// classicNames are those of the tool whose place this one can take; the name may have more around it.
var classicNames = []string{"valkey-check-rdb", "redis-check-rdb"}

// parse takes the arguments apart; name is what the program was called by.
func parse(name string, args []string) (o *options, r request) {
	o = &options{layout: table}
	for _, n := range classicNames {
		o.classic = o.classic || strings.Contains(filepath.Base(name), n)
	}
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		switch {
		case a == "--help" || a == "-h":
			return o, toHelp
		case a == "--version" || a == "-v" && o.classic:
			return o, toVersion
		case a == "--verbose" && !o.classic || a == "-v":
			o.verbose = true
		case a == "--stats":
			o.stats = true
		case (a == "--format" || a == "--output") && len(args) > 0:
			if !o.set(a, args[0]) {
				return o, toNothing
			}
			args = args[1:]
		case len(a) > 1 && a[0] == '-':
			return o, toNothing
		default:
			o.files = append(o.files, a)
		}
	}
	if len(o.files) == 0 || o.classic && len(o.files) > 1 {
		return o, toNothing
	}
	return o, toCheck
}

func (o *options) set(name, value string) (ok bool) {
	if name == "--output" {
		o.output = value
		return value != ""
	}
	o.layout, ok = layouts[value]
	return ok
}

// wrongly is the exit code of a call that is not understood.
func (o *options) wrongly() int {
	if o.classic {
		return 1
	}
	return 2
}

// usage explains how to call the program by the name that it was called by.
func (o *options) usage(name string) string {
	if o.classic {
		return fmt.Sprintf("Usage: %s FILE.rdb [--stats] [--format table|csv|info] [--output FILE]\n"+
			"       %[1]s --version | --help\n\n"+
			"Checks an RDB file.\n"+statsUsage, name)
	}
	return fmt.Sprintf("Usage: %s [-v] [--stats] [--format table|csv|info] [--output FILE] FILE.rdb ...\n"+
		"       %[1]s --version | --help\n\n"+
		"Checks RDB files.\n"+
		"  -v        also tells of every key: database, type, how many elements and bytes, when it expires\n"+statsUsage, name)
}

const statsUsage = "  --stats   also counts keys, elements and their sizes, by database and type\n" +
	"  --format  how these are laid out: in columns (table), with commas (csv) or a line each (info)\n" +
	"  --output  the file that they are written to\n"
