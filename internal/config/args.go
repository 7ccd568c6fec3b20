package config

import (
	"errors"
	"strings"
)

// CommandLine is what the arguments of the server say.
type CommandLine struct {
	File    string     // configuration file, "" for none
	Stdin   bool       // read more of it from standard input
	Options [][]string // directives in words, in order
}

// ParseArgs reads the arguments behind the program's name: [file] [-] [--name value ...] [-]. A value may begin with --
// when it is the first one of its option; "--name value" may come as one argument; --save without a value means "".
func ParseArgs(args []string) (CommandLine, error) {
	var line CommandLine
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		line.File, args = args[0], args[1:]
	}
	open := false // an option without a value so far
	for i, arg := range args {
		last := len(line.Options) - 1
		switch {
		case arg == "-" && (i == 0 || i == len(args)-1):
			line.Stdin = true
		case strings.HasPrefix(arg, "--") && (!open || line.Options[last][0] == "save"):
			words, err := splitWords(arg[2:])
			if err != nil {
				return line, err
			}
			if len(words) == 0 {
				return line, errors.New("an option needs a name behind --")
			}
			words[0] = strings.ToLower(words[0])
			line.Options = append(line.Options, words)
			open = len(words) == 1
		case last < 0:
			return line, errors.New("a value without an option: '" + arg + "'")
		default:
			line.Options[last] = append(line.Options[last], arg)
			open = false
		}
	}
	for i, words := range line.Options {
		if len(words) == 1 && words[0] == "save" {
			line.Options[i] = append(words, "")
		}
	}
	return line, nil
}
