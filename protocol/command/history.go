package command

import (
	_ "embed"
	"strings"
)

// A Change is what a version brought to a command that was there before.
type Change struct{ Version, What string }

// A line for every change:
//
//	NAME version what
//
//go:embed history.txt
var changeLines string

// Older reports whether a version came before another one.
func Older(a, b string) bool {
	for a != b {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if len(x) != len(y) {
			return len(x) < len(y)
		}
		if x != y {
			return x < y
		}
	}
	return false
}

// History is how a command changed over the versions, oldest first. It is read anew at each
// call, as its arguments are.
func (s *Spec) History() (all []Change) {
	name := strings.ToUpper(s.full) + " "
	for line := range strings.Lines(changeLines) {
		if rest, is := strings.CutPrefix(line, name); is {
			version, what, _ := strings.Cut(strings.TrimRight(rest, "\n"), " ")
			all = append(all, Change{version, what})
		}
	}
	return all
}
