// Package archtest holds the rules of the house that the compiler does not check, as code that parses the sources.
// The law itself is docs/layers.txt; what is here reads it and says, for each breach, the reason and the remedy.
// Nothing but tests calls it. A rule learnt the hard way is added here, in the change that taught it.
package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"strings"
)

// House is what the rules judge: the law and the parsed packages of one module.
type House struct {
	Module   string
	Law      *Law
	Packages []Package
}

// Rule is one property of the whole house; Check returns one text per breach.
type Rule struct {
	Name  string
	Check func(*House) []string
}

// Rules lists all of them, in the order in which they are best read.
func Rules() []Rule {
	return []Rule{
		{"every package has a row", rowForPackage},
		{"every row has a package", packageForRow},
		{"the law points down", lawPointsDown},
		{"imports are allowed", importsAllowed},
		{"libraries are allowed", librariesAllowed},
		{"unsafe is fenced", unsafeFenced},
		{"goroutines have an owner", goroutinesOwned},
		{"goroutines meet where a run can be simulated", meetsBySim},
		{"walks over maps have an order", walksInOrder},
		{"no init functions", noInit},
		{"arguments never change", argumentsKept},
		{"no type has too many methods", methodsCounted},
		{"no command names outside rows", namesOnRows},
		{"effects and look-ups have their places", keptInPlace},
		{"control waits for nobody", controlWaitsForNobody},
		{"every package says what it is", packageComment},
		{"no packages without a subject", subjectName},
	}
}

func rowForPackage(h *House) (bad []string) {
	for _, p := range h.Packages {
		if h.Law.row(p.Path) == nil && hasCode(p) {
			bad = append(bad, fmt.Sprintf("%s has no row in docs/layers.txt: its place in the house is undecided. "+
				"Add a row with its floor and what it may import.", p.Path))
		}
	}
	return bad
}

func packageForRow(h *House) (bad []string) {
	for _, r := range h.Law.Rows {
		if !r.Planned && !rowUsed(h, r) {
			bad = append(bad, fmt.Sprintf("docs/layers.txt has a row for %s, which does not exist: a law about nothing misleads. "+
				"Remove the row, or mark it `planned`.", r.Name))
		}
	}
	return bad
}

func rowUsed(h *House, r Row) bool {
	for _, p := range h.Packages {
		if covers(r.Name, p.Path) {
			return true
		}
	}
	return false
}

// lawPointsDown judges the file itself, so that nobody can allow an upward import by writing it down.
func lawPointsDown(h *House) (bad []string) {
	for _, r := range h.Law.Rows {
		for _, name := range r.May {
			to := h.Law.row(name)
			if to == nil {
				continue
			}
			if to.Floor > r.Floor && !strings.HasSuffix(name, "/*") {
				bad = append(bad, fmt.Sprintf("docs/layers.txt lets %s (floor %d) import %s (floor %d): imports point down only. "+
					"Declare a small interface in %s and let node plug the implementation in.", r.Name, r.Floor, name, to.Floor, r.Name))
			}
		}
	}
	return bad
}

func importsAllowed(h *House) (bad []string) {
	h.eachImport(func(p Package, f File, imp string) {
		to, ok := strings.CutPrefix(imp, h.Module+"/")
		from := h.Law.row(p.Path)
		if !ok || from == nil {
			return
		}
		target := h.Law.row(to)
		switch {
		case target != nil && target.Floor > from.Floor:
			bad = append(bad, fmt.Sprintf("%s imports %s: floor %d must not know floor %d. "+
				"Declare a small interface in %s and let node plug the implementation in.", f.Path, to, from.Floor, target.Floor, p.Path))
		case !anyCovers(from.May, to):
			bad = append(bad, fmt.Sprintf("%s imports %s, which the row of %s does not allow: each row is kept short so that packages stay separable. "+
				"Do without it, or widen the row in docs/layers.txt and say why in the commit.", f.Path, to, p.Path))
		}
	})
	return bad
}

func librariesAllowed(h *House) (bad []string) {
	h.eachImport(func(p Package, f File, imp string) {
		first, _, _ := strings.Cut(imp, "/")
		if imp == h.Module || strings.HasPrefix(imp, h.Module+"/") || !strings.Contains(first, ".") {
			return
		}
		for _, l := range h.Law.Libs {
			if (imp == l.Prefix || strings.HasPrefix(imp, l.Prefix+"/")) && anyCovers(l.By, p.Path) {
				return
			}
		}
		bad = append(bad, fmt.Sprintf("%s imports %s, which no lib line gives to %s: a library stays behind the package that wraps it. "+
			"Use that package, or add a lib line to docs/layers.txt and the reason to docs/dependencies.md.", f.Path, imp, p.Path))
	})
	return bad
}

func unsafeFenced(h *House) (bad []string) {
	h.eachImport(func(p Package, f File, imp string) {
		if imp == "unsafe" && !anyCovers(h.Law.Unsafe, p.Path) {
			bad = append(bad, fmt.Sprintf("%s imports unsafe: memory outside Go's rules has to be reviewable in a few packages. "+
				"Use internal/offheap; a new exception needs a name in docs/layers.txt, a plain-Go twin and a fuzz target.", f.Path))
		}
	})
	return bad
}

func goroutinesOwned(h *House) (bad []string) {
	h.eachNode(func(p Package, f File, n ast.Node) {
		_, raw := n.(*ast.GoStmt)
		call, ok := n.(*ast.CallExpr)
		if (raw || ok && startsOne(call)) && !anyCovers(h.Law.Goroutines, p.Path) {
			bad = append(bad, fmt.Sprintf("%s starts a goroutine: outside actors, reactor, cluster and node nobody counts, stops or waits for it. "+
				"Make it a chore, a call to an executor, or let the owner start it.", f.at(n)))
		}
	})
	return bad
}

// startsOne reports whether a call is of sim.Go, or of WaitGroup.Go of that package, which takes a name, too.
func startsOne(c *ast.CallExpr) bool {
	f, ok := c.Fun.(*ast.SelectorExpr)
	return ok && f.Sel.Name == "Go" && len(c.Args) == 2
}

func noInit(h *House) (bad []string) {
	h.eachNode(func(p Package, f File, n ast.Node) {
		if d, ok := n.(*ast.FuncDecl); ok && d.Recv == nil && d.Name.Name == "init" {
			bad = append(bad, fmt.Sprintf("%s has an init function: many nodes live in one process and nothing may happen by mere import. "+
				"Build the value in a constructor and let node call it.", f.at(n)))
		}
	})
	return bad
}

// argumentsKept: the loop of a call's client looks at the arguments while another goroutine runs the call.
func argumentsKept(h *House) (bad []string) {
	h.eachNode(func(p Package, f File, n ast.Node) {
		set, ok := n.(*ast.AssignStmt)
		if !ok || f.Test || !anyCovers([]string{"actors/*", "shards/*", "reactor/*", "node/*"}, p.Path) {
			return
		}
		for _, to := range set.Lhs {
			if at, ok := to.(*ast.IndexExpr); ok {
				if of, ok := at.X.(*ast.SelectorExpr); ok && of.Sel.Name == "Args" {
					bad = append(bad, fmt.Sprintf("%s changes an argument of a command: its client's loop reads them at any time. "+
						"Keep what a wait has to remember with Ctx.Note.", f.at(n)))
				}
			}
		}
	})
	return bad
}

func packageComment(h *House) (bad []string) {
	for _, p := range h.Packages {
		said := !hasCode(p)
		for _, f := range p.Files {
			said = said || !f.Test && f.AST.Doc != nil
		}
		if !said {
			bad = append(bad, fmt.Sprintf("%s has no package comment: a reader cannot tell what it owns. "+
				"Say in one file what it owns, who may call it from where, and what it never does.", p.Path))
		}
	}
	return bad
}

func subjectName(h *House) (bad []string) {
	for _, p := range h.Packages {
		switch base := path.Base(p.Path); base {
		case "util", "utils", "common", "helpers", "helper", "types", "misc":
			bad = append(bad, fmt.Sprintf("%s is called %q: such a package has no subject and grows without end. "+
				"Name it after the thing it owns, or put the code beside its only user.", p.Path, base))
		}
	}
	return bad
}

func hasCode(p Package) bool {
	for _, f := range p.Files {
		if !f.Test {
			return true
		}
	}
	return false
}

// eachImport visits the imports of all files that are not tests.
func (h *House) eachImport(visit func(Package, File, string)) {
	for _, p := range h.Packages {
		for _, f := range p.Files {
			if f.Test {
				continue
			}
			for _, imp := range f.imports() {
				visit(p, f, imp)
			}
		}
	}
}

// eachNode visits the syntax of all files that are not tests.
func (h *House) eachNode(visit func(Package, File, ast.Node)) {
	for _, p := range h.Packages {
		for _, f := range p.Files {
			if f.Test {
				continue
			}
			ast.Inspect(f.AST, func(n ast.Node) bool {
				if n != nil {
					visit(p, f, n)
				}
				return true
			})
		}
	}
}
