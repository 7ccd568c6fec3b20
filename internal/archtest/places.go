package archtest

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// place is a method that is called in a few files only: of says whose it is, by the name of the variable or field, files where it may stand. In
// packages without an Access nobody looks up as a command does.
type place struct {
	of      string
	methods []string
	files   []string
	why     string
	without []string // packages that are free
}

const (
	effectsLeave = "effects leave as a commit, by exec.Ctx.finish, and those that went another way were lost on one of them. " +
		"Put it into the commit; an exception has a reason in docs/design/commits.md and a file here"
	lookedUp = "whether a key is due, counts as used or is kept for a snapshot is decided in one place. Use Access.Look; with Peeks it finds what is stored"
)

// places are those of effects, and of look-ups.
var places = []place{
	{"Commits", []string{"Number", "Append", "AppendAlone"}, []string{"shards/exec/finish.go"}, effectsLeave, nil},
	{"Watched", []string{"Touch"}, []string{"shards/exec/finish.go", "shards/keyspace/keyspace.go"}, effectsLeave, nil},
	{"Watched", []string{"Replaced"}, []string{"shards/exec/databases.go"}, effectsLeave, nil},
	{"Invalidator", []string{"Invalidate", "InvalidateAll"}, []string{"shards/exec/tracking.go"}, effectsLeave, nil},
	{"Engine", []string{"Emptying", "FlushTracked"}, []string{"node/persist/load.go", "node/persist/logload.go"}, effectsLeave, nil},
	{"Publisher", []string{"Publish", "PublishSharded"}, []string{"shards/exec/events.go", "shards/commands/conn/table.go"}, effectsLeave, nil},
	{"Dirty", []string{"Add"}, []string{"shards/exec/finish.go"}, effectsLeave, nil},
	{"Part", []string{"Find"}, []string{"shards/exec/look.go", "shards/keyspace/keyspace.go"}, lookedUp, []string{"node/persist", "node/simulation"}},
}

// keptInPlace finds calls that stand elsewhere.
func keptInPlace(h *House) (bad []string) {
	h.eachNode(func(at Package, f File, n ast.Node) {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return
		}
		of := lastWord(s.X)
		if c, ok := s.X.(*ast.CallExpr); ok {
			of = lastWord(c.Fun)
		}
		for _, p := range places {
			if p.of == of && slices.Contains(p.methods, s.Sel.Name) && !slices.Contains(p.files, f.Path) && !anyCovers(p.without, at.Path) {
				bad = append(bad, fmt.Sprintf("%s uses %s.%s, which stands in %s only: %s.", f.at(n), of, s.Sel.Name, strings.Join(p.files, " and "), p.why))
			}
		}
	})
	return bad
}

// elsewhere is what is written behind a wait in the package of control that another goroutine comes to.
const elsewhere = "not on control"

// controlWaitsForNobody: whoever has tokens may wait for the control goroutine, and loops do; one that waits for a token, or for who has it, stops the node. It is given
// no type that acquires (actors.Blocking); this looks for those that it could make, and for channels.
func controlWaitsForNobody(h *House) (bad []string) {
	h.eachNode(func(p Package, f File, n ast.Node) {
		s, ok := n.(*ast.SelectorExpr)
		if !ok || p.Path != "node/control" || f.linesThatSay(elsewhere)[f.line(n)] {
			return
		}
		of := lastWord(s.X)
		if s.Sel.Name == "Acquire" || of == "actors" && s.Sel.Name == "Blocking" || of == "sim" && s.Sel.Name == "Receive" {
			bad = append(bad, fmt.Sprintf("%s uses %s.%s: the control goroutine waits for no token. Have it done with the tokens (Tokens.Submit, Call.Before) and go on; "+
				"where another goroutine waits, say `// %s`.", f.at(n), of, s.Sel.Name, elsewhere))
		}
	})
	return bad
}
