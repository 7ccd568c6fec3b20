package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// mostMethods is how many methods a type may have; fewer those that everything else is tempted to grow on.
const mostMethods = 60

var fewer = map[string]int{"shards/exec.Ctx": 40}

// methodsCounted holds types to one idea: whoever reads a type of hundreds of methods reads all of it.
func methodsCounted(h *House) (bad []string) {
	for _, p := range h.Packages {
		have := map[string]map[string]bool{} // twins behind build tags count once
		for _, f := range p.Files {
			for _, d := range f.AST.Decls {
				if m, ok := d.(*ast.FuncDecl); ok && m.Recv != nil && !f.Test {
					of := receiver(m)
					if have[of] == nil {
						have[of] = map[string]bool{}
					}
					have[of][m.Name.Name] = true
				}
			}
		}
		for of, methods := range have {
			most := mostMethods
			if n, ok := fewer[p.Path+"."+of]; ok {
				most = n
			}
			if n := len(methods); n > most {
				bad = append(bad, fmt.Sprintf("%s.%s has %d methods, and may have %d: it stands for more than one idea. "+
					"Give each a type of its own, as reactor/session does, or the method to the layer that has what it needs.", p.Path, of, n, most))
			}
		}
	}
	slices.Sort(bad)
	return bad
}

// receiver is the name of the type that a method is of.
func receiver(m *ast.FuncDecl) string {
	t := m.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// unnamed are the packages whose code must not know commands by name; named those that still do, and those that play clients.
var (
	unnamed = []string{"protocol/*", "actors", "actors/*", "shards/*", "reactor", "reactor/*", "node", "node/*"}
	named   = []string{"shards/commands/*", "node/simulation", "node/nodetest"}
)

// namesOnRows wants facts of commands on their rows: code that compares a command's name finds one of those that have the property,
// and the next one is forgotten.
func namesOnRows(h *House) (bad []string) {
	for _, p := range h.Packages {
		if !anyCovers(unnamed, p.Path) || anyCovers(named, p.Path) {
			continue
		}
		for _, f := range p.Files {
			if f.Test {
				continue
			}
			for _, d := range f.AST.Decls {
				bad = append(bad, namesIn(f, d)...)
			}
		}
	}
	return bad
}

// namesIn judges one declaration.
func namesIn(f File, d ast.Decl) (bad []string) {
	names := map[string]bool{} // variables that hold a command's name
	tell := func(n ast.Node, with string) {
		bad = append(bad, fmt.Sprintf("%s compares a command's name with %s: the next command with that property would be forgotten. "+
			"Put the fact on the command's row (command.Spec).", f.at(n), with))
	}
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, to := range n.Lhs {
				if to, ok := to.(*ast.Ident); ok && len(n.Lhs) == len(n.Rhs) {
					names[to.Name] = isCommandName(n.Rhs[i], names)
				}
			}
		case *ast.BinaryExpr:
			if n.Op != token.EQL && n.Op != token.NEQ {
				return true
			}
			for _, sides := range [][2]ast.Expr{{n.X, n.Y}, {n.Y, n.X}} {
				if word := literal(sides[1]); isCommandName(sides[0], names) && word != "" {
					tell(n, word)
				}
			}
		case *ast.SwitchStmt:
			if n.Tag == nil || !isCommandName(n.Tag, names) {
				return true
			}
			for _, c := range n.Body.List {
				for _, e := range c.(*ast.CaseClause).List {
					if word := literal(e); word != "" {
						tell(e, word)
					}
				}
			}
		case *ast.CallExpr: // is(args[0], "GET"), strings.EqualFold(spec.Name, "get")
			if len(n.Args) == 2 && compares[calledBy(n)] {
				if word := literal(n.Args[1]); isCommandName(n.Args[0], names) && word != "" {
					tell(n, word)
				}
			}
		}
		return true
	})
	return bad
}

// compares are the functions that tell whether two words are the same, or begin or end so.
var compares = map[string]bool{"is": true, "EqualFold": true, "Equal": true, "HasPrefix": true, "HasSuffix": true, "Contains": true}

// calledBy is the name of the function that is called.
func calledBy(c *ast.CallExpr) string { return lastWord(c.Fun) }

// isCommandName reports whether an expression is the name of a command: of a Spec, or the first word that a client sent.
func isCommandName(e ast.Expr, names map[string]bool) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return isCommandName(e.X, names)
	case *ast.Ident:
		return names[e.Name]
	case *ast.SelectorExpr:
		return e.Sel.Name == "Name" && isSpec(e.X)
	case *ast.IndexExpr:
		at, ok := e.Index.(*ast.BasicLit)
		return ok && at.Value == "0" && strings.EqualFold(lastWord(e.X), "args")
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "FullName" {
			return true
		}
		return len(e.Args) == 1 && isCommandName(e.Args[0], names) // string(args[0]), strings.ToUpper(spec.Name)
	}
	return false
}

// isSpec reports whether an expression is a command.Spec, by what it is called.
func isSpec(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.CallExpr:
		return isSpec(e.Fun)
	case *ast.ParenExpr:
		return isSpec(e.X)
	}
	switch strings.ToLower(lastWord(e)) {
	case "spec", "parent", "lookup", "lastcmd":
		return true
	}
	return false
}

// lastWord is the name at the end of a chain of selectors.
func lastWord(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// literal is a string literal that is not empty, "" for all else.
func literal(e ast.Expr) string {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING && l.Value != `""` {
		return l.Value
	}
	return ""
}
