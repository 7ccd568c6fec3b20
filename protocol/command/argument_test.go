package command

import (
	"strings"
	"testing"
)

func TestArgumentLines(t *testing.T) {
	last := ""
	for line := range strings.Lines(argumentLines) {
		name, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		if name <= last {
			t.Errorf("%s does not come behind %s", name, last)
		}
		last = name
		args, err := parseArguments(rest)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		checkArguments(t, name, args)
	}
}

func checkArguments(t *testing.T, command string, args []Argument) {
	for _, a := range args {
		container := a.Type == "oneof" || a.Type == "block"
		switch {
		case container != (len(a.Args) > 0):
			t.Errorf("%s: %s is a %s with %d arguments", command, a.Name, a.Type, len(a.Args))
		case a.Type == "pure-token" && !a.HasToken:
			t.Errorf("%s: %s has no token", command, a.Name)
		case !strings.Contains(" string integer double key pattern unix-time pure-token oneof block ", " "+a.Type+" "):
			t.Errorf("%s: %s has the unknown type %s", command, a.Name, a.Type)
		case a.EachToken && !a.Multiple:
			t.Errorf("%s: %s repeats its token but not itself", command, a.Name)
		}
		checkArguments(t, command, a.Args)
	}
}

func FuzzArguments(f *testing.F) {
	for line := range strings.Lines(argumentLines) {
		_, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		f.Add(rest)
	}
	f.Fuzz(func(t *testing.T, text string) { _, _ = parseArguments(text) })
}
