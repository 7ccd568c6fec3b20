package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// options are what the program was called with.
type options struct {
	// classic: called by the name of one of Valkey's tools. It checks one file, tells no more than that tool, and takes for wrong what that
	// takes for wrong, and for right what follows the end: the commands of an append-only file, of which an RDB is the head.
	classic bool
	// appendOnly: that tool is the one for append-only files.
	appendOnly bool
	verbose    bool
	stats      bool
	layout     layout
	output     string // a file for the statistics
	fix        bool   // cut what is not well
	to         int64  // cut what is younger than this second; 0: nothing
	badTime    bool   // that is no number
	files      []string
}

// repairs reports whether files may change.
func (o *options) repairs() bool { return o.fix || o.to != 0 }

// What is asked for instead of a check.
type request int

const (
	toCheck request = iota
	toHelp
	toVersion
	toNothing // it was called wrongly
)

// Names of the tools whose place this one can take; there may be more around them.
var (
	snapshotTools   = []string{"valkey-check-rdb", "redis-check-rdb"}
	appendOnlyTools = []string{"valkey-check-aof", "redis-check-aof"}
)

// parse takes the arguments apart; name is what the program was called by.
func parse(name string, args []string) (o *options, r request) {
	o = &options{layout: table}
	named := func(n string) bool { return strings.Contains(filepath.Base(name), n) }
	o.appendOnly = slices.ContainsFunc(appendOnlyTools, named)
	o.classic = o.appendOnly || slices.ContainsFunc(snapshotTools, named)
	if o.appendOnly {
		return o, o.parseAppendOnly(args)
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
		case a == "--fix" && !o.classic:
			o.fix = true
		case a == "--truncate-to-timestamp" && !o.classic && len(args) > 0:
			if o.setTime(args[0]); o.badTime || o.to == 0 {
				return o, toNothing
			}
			args = args[1:]
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

// longestPath is how long the name of a file may be.
const longestPath = 4096

// parseAppendOnly takes the arguments of the tool for append-only files, which go by their number.
func (o *options) parseAppendOnly(args []string) request {
	switch {
	case len(args) == 1 && (args[0] == "-v" || args[0] == "--version"):
		return toVersion
	case len(args) == 1:
	case len(args) == 2 && args[0] == "--fix":
		o.fix = true
	case len(args) == 3 && args[0] == "--truncate-to-timestamp":
		if o.setTime(args[1]); o.badTime {
			return toNothing
		}
	default:
		return toNothing
	}
	o.files = args[len(args)-1:]
	if len(o.files[0]) > longestPath {
		return toNothing
	}
	return toCheck
}

func (o *options) setTime(text string) {
	n, inRange, behind := number([]byte(text))
	o.to, o.badTime = n, !inRange || len(behind) > 0
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

// complain says why nothing is done.
func (o *options) complain(name string, s streams) {
	switch {
	case !o.appendOnly:
		fmt.Fprint(s.problems, o.usage(name))
	case o.badTime:
		fmt.Fprintln(s.out, "Invalid timestamp, aborting...")
	default:
		if len(o.files) > 0 {
			fmt.Fprintln(s.out, "Error: filepath is too long (exceeds PATH_MAX)")
		}
		fmt.Fprint(s.out, o.usage(name))
	}
}

// usage explains how to call the program by the name that it was called by.
func (o *options) usage(name string) string {
	if o.appendOnly {
		return fmt.Sprintf("Usage: %s [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>\n", name)
	}
	if o.classic {
		return fmt.Sprintf("Usage: %s FILE.rdb [--stats] [--format table|csv|info] [--output FILE]\n"+
			"       %[1]s --version | --help\n\n"+
			"Checks an RDB file.\n"+statsUsage, name)
	}
	return fmt.Sprintf("Usage: %s [-v] [--stats] [--format table|csv|info] [--output FILE] FILE ...\n"+
		"       %[1]s --fix | --truncate-to-timestamp SECOND  FILE.manifest|FILE.aof ...\n"+
		"       %[1]s --version | --help\n\n"+
		"Checks RDB files, files of commands, and append-only sets by their manifest, and tells what is in them.\n"+
		"  -v        also tells of every key: database, type, how many elements and bytes, when it expires\n"+statsUsage+
		"  --fix     cuts off the end of the last file from where it is not well, if the answer to a question is y\n"+
		"  --truncate-to-timestamp\n"+
		"            cuts off what was written later than that second of Unix time\n", name)
}

const statsUsage = "  --stats   also counts keys, elements and their sizes, by database and type\n" +
	"  --format  how these are laid out: in columns (table), with commas (csv) or a line each (info)\n" +
	"  --output  the file that they are written to\n"
