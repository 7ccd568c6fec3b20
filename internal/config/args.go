package config

import "strings"

// CommandLine is what the arguments of the server say.
type CommandLine struct {
	File    string // configuration file, "" for none
	Stdin   bool   // read more of it from standard input
	Options string // the options as lines of a configuration file, to be read last
}

// ParseArgs reads the arguments behind the program's name: [file] [-] [--name value ...] [-]. A value may begin with --
// when it is the first one of its option; "--name value" may come as one argument; --save without a value means "".
// What makes no sense comes out as a line that makes none, so that its reader can show it.
func ParseArgs(args []string) CommandLine {
	var line CommandLine
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		line.File, args = args[0], args[1:]
	}
	var text strings.Builder
	complete := true // the last option has a value
	for i, arg := range args {
		switch {
		case arg == "-" && (i == 0 && line.File == "" || i == len(args)-1):
			line.Stdin = true
		case complete && strings.HasPrefix(arg, "--"):
			if text.Len() > 0 {
				text.WriteByte('\n')
			}
			text.WriteString(arg[2:] + " ")
			words, err := Words(arg)
			complete = err != nil || len(words) != 1
			if !complete {
				complete = withoutValue(&text, strings.ToLower(arg), args[i+1:])
			}
		default:
			text.WriteString(quote(arg) + " ")
			complete = true
		}
	}
	line.Options = text.String()
	return line
}

// withoutValue completes the option arg, behind which follow the arguments rest, when it may do without a value.
func withoutValue(text *strings.Builder, arg string, rest []string) (complete bool) {
	last := len(rest) == 0
	followed := !last && strings.HasPrefix(rest[0], "--")
	if arg == "--save" && (last || followed) {
		text.WriteString(`""`)
	}
	return followed && (arg == "--save" || arg == "--sentinel")
}
