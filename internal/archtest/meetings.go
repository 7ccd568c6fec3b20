package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// What a simulated run has to decide, and what stands for it in internal/sim.
var simulated = map[string]map[string]string{
	"time":    {"Sleep": "sim.Sleep", "AfterFunc": "sim.AfterFunc"},
	"runtime": {"Gosched": "sim.Gosched", "LockOSThread": "sim.OwnThread"},
	"sync":    {"Mutex": "sim.Mutex", "RWMutex": "sim.RWMutex", "Cond": "sim.Cond", "WaitGroup": "sim.WaitGroup"},
}

// meetsBySim holds goroutines to internal/sim wherever they meet, so that a seed can repeat what they do.
func meetsBySim(h *House) (bad []string) {
	tell := func(f File, n ast.Node, what, instead string) {
		bad = append(bad, fmt.Sprintf("%s %s: a simulated run does not know of it, and would not repeat itself. Use %s.", f.at(n), what, instead))
	}
	h.eachNode(func(p Package, f File, n ast.Node) {
		if h.apart(p) {
			return
		}
		switch n := n.(type) {
		case *ast.GoStmt:
			tell(f, n, "starts a goroutine", "sim.Go")
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && !f.polled(n) {
				tell(f, n, "waits for a channel", "sim.Receive")
			}
		case *ast.SelectStmt:
			if len(n.Body.List) > 0 && !polls(n) {
				tell(f, n, "waits for channels", "sim.Either or sim.Any")
			}
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if instead := ""; ok {
				if instead = simulated[x.Name][n.Sel.Name]; instead != "" {
					tell(f, n, "uses "+x.Name+"."+n.Sel.Name, instead)
				}
			}
		}
	})
	h.eachImport(func(p Package, f File, imp string) {
		if strings.HasPrefix(imp, "math/rand") && !h.apart(p) {
			tell(f, f.AST, "imports "+imp, "the chance of internal/sim, or internal/rng with a seed from there")
		}
	})
	return bad
}

// apart reports whether a package is no part of what is simulated: it is of the ground, or the law says so.
func (h *House) apart(p Package) bool {
	row := h.Law.row(p.Path)
	return row != nil && row.Floor == 0 || anyCovers(h.Law.Unsimulated, p.Path)
}

// polls reports whether a select waits for nobody.
func polls(s *ast.SelectStmt) bool {
	for _, c := range s.Body.List {
		if c.(*ast.CommClause).Comm == nil {
			return true
		}
	}
	return false
}

// polled reports whether a receive is a case of a select, which is judged as a whole.
func (f File) polled(n *ast.UnaryExpr) (found bool) {
	ast.Inspect(f.AST, func(x ast.Node) bool {
		if c, ok := x.(*ast.CommClause); ok && c.Comm != nil && c.Comm.Pos() <= n.Pos() && n.End() <= c.Comm.End() {
			found = true
		}
		return !found
	})
	return found
}

// anyOrder is what is written behind a walk over a map whose order reaches nobody.
const anyOrder = "any order"

// walksInOrder wants walks over maps in an order that is the same for everybody, unless it reaches nobody. Types are not looked at: a
// map is what is declared as one, by its name.
func walksInOrder(h *House) (bad []string) {
	all := newDeclared()
	for _, p := range h.Packages {
		all.collect(p)
	}
	for _, p := range h.Packages {
		if h.apart(p) {
			continue
		}
		own := newDeclared()
		own.collect(p)
		for _, f := range p.Files {
			if f.Test {
				continue
			}
			free := f.linesThatSay(anyOrder)
			for _, d := range f.AST.Decls {
				local := names{}
				own.variables(d, local)
				whose := parameters(d)
				ast.Inspect(d, func(n ast.Node) bool {
					if r, ok := n.(*ast.RangeStmt); ok && !free[f.line(r)] && walksMap(r.X, local, whose, own, all) {
						bad = append(bad, fmt.Sprintf("%s walks over a map as Go likes: its order differs from run to run, and must not reach a client, a file or a token. "+
							"Use sim.Walk or sort the keys; where it reaches nobody, say `// in %s`.", f.at(r), anyOrder))
					}
					return true
				})
			}
		}
	}
	return bad
}

// names says of names whether they are maps. Fields are named once more with the type of their structure: Type.field.
type names map[string]kind

type kind uint8 // bits: something of that name is a map, something is not

const (
	isMap kind = 1 << iota
	isNone
)

// declared is what packages declare: types, fields, functions that return one value, and variables outside of functions.
type declared struct {
	types                    map[string]bool
	fields, functions, above names
}

func newDeclared() *declared {
	return &declared{types: map[string]bool{}, fields: names{}, functions: names{}, above: names{}}
}

func (d *declared) kind(t ast.Expr) kind {
	if _, ok := t.(*ast.MapType); ok {
		return isMap
	}
	if t, ok := t.(*ast.Ident); ok && d.types[t.Name] {
		return isMap
	}
	return isNone
}

func (d *declared) collect(p Package) {
	d.eachOf(p, func(n ast.Node) {
		if t, ok := n.(*ast.TypeSpec); ok {
			if _, is := t.Type.(*ast.MapType); is {
				d.types[t.Name.Name] = true
			}
		}
	})
	d.eachOf(p, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.StructType:
			d.list(n.Fields, "", d.fields)
		case *ast.TypeSpec:
			if t, ok := n.Type.(*ast.StructType); ok {
				d.list(t.Fields, n.Name.Name+".", d.fields)
			}
		case *ast.FuncDecl:
			if r := n.Type.Results; r != nil && len(r.List) == 1 {
				d.functions[n.Name.Name] |= d.kind(r.List[0].Type)
			}
		case *ast.File:
			for _, decl := range n.Decls {
				if g, ok := decl.(*ast.GenDecl); ok {
					d.variables(g, d.above)
				}
			}
		}
	})
}

func (d *declared) eachOf(p Package, visit func(ast.Node)) {
	for _, f := range p.Files {
		if f.Test {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if n != nil {
				visit(n)
			}
			return true
		})
	}
}

func (d *declared) list(fields *ast.FieldList, of string, to names) {
	for _, f := range fields.List {
		for _, name := range f.Names {
			to[of+name.Name] |= d.kind(f.Type)
		}
	}
}

// variables notes those of a declaration, parameters among them.
func (d *declared) variables(in ast.Node, to names) {
	ast.Inspect(in, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.StructType:
			return false
		case *ast.FuncType:
			d.list(n.Params, "", to)
			if n.Results != nil {
				d.list(n.Results, "", to)
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if n.Type != nil {
					to[name.Name] |= d.kind(n.Type)
				} else if i < len(n.Values) {
					to[name.Name] |= d.value(n.Values[i])
				}
			}
		case *ast.AssignStmt:
			for i, name := range n.Lhs {
				if name, ok := name.(*ast.Ident); ok && n.Tok == token.DEFINE && len(n.Lhs) == len(n.Rhs) {
					to[name.Name] |= d.value(n.Rhs[i])
				}
			}
		}
		return true
	})
}

// parameters are the types of a function's, its receiver among them, by their names.
func parameters(d ast.Decl) map[string]string {
	whose := map[string]string{}
	f, ok := d.(*ast.FuncDecl)
	if !ok {
		return whose
	}
	for _, list := range []*ast.FieldList{f.Recv, f.Type.Params} {
		if list == nil {
			continue
		}
		for _, p := range list.List {
			t := p.Type
			if to, ok := t.(*ast.StarExpr); ok {
				t = to.X
			}
			if named, ok := t.(*ast.Ident); ok {
				for _, name := range p.Names {
					whose[name.Name] = named.Name
				}
			}
		}
	}
	return whose
}

// value is what a variable becomes by its first value.
func (d *declared) value(v ast.Expr) kind {
	if call, ok := v.(*ast.CallExpr); ok {
		switch f := call.Fun.(type) {
		case *ast.SelectorExpr:
			return d.functions[f.Sel.Name]
		case *ast.Ident:
			if k := d.functions[f.Name]; k != 0 {
				return k
			}
		}
	}
	return d.kind(made(v))
}

// made is the type of a literal or of what make makes, nil of anything else.
func made(v ast.Expr) ast.Expr {
	switch v := v.(type) {
	case *ast.CompositeLit:
		return v.Type
	case *ast.CallExpr:
		if f, ok := v.Fun.(*ast.Ident); ok && f.Name == "make" {
			return v.Args[0]
		}
	}
	return nil
}

// walksMap reports whether what is walked over is a map, by its name here or, where it is of another package, there.
func walksMap(x ast.Expr, local names, whose map[string]string, own, all *declared) bool {
	switch x := x.(type) {
	case *ast.Ident:
		if k := local[x.Name]; k != 0 {
			return k&isMap != 0
		}
		return own.above[x.Name]&isMap != 0
	case *ast.SelectorExpr:
		if of, ok := x.X.(*ast.Ident); ok {
			if k := own.fields[whose[of.Name]+"."+x.Sel.Name]; k != 0 {
				return k&isMap != 0
			}
		}
		if k := own.fields[x.Sel.Name]; k != 0 {
			return k&isMap != 0
		}
		return (all.fields[x.Sel.Name]|all.above[x.Sel.Name])&isMap != 0
	case *ast.CallExpr:
		switch f := x.Fun.(type) {
		case *ast.SelectorExpr:
			return all.functions[f.Sel.Name]&isMap != 0 || isCall(f, "maps", "Keys") || isCall(f, "maps", "All") || isCall(f, "maps", "Values")
		case *ast.Ident:
			return own.functions[f.Name]&isMap != 0
		}
	case *ast.CompositeLit:
		_, is := x.Type.(*ast.MapType)
		return is
	}
	return false
}

func isCall(f *ast.SelectorExpr, pkg, name string) bool {
	x, ok := f.X.(*ast.Ident)
	return ok && x.Name == pkg && f.Sel.Name == name
}

// linesThatSay are the lines with a comment that has a text.
func (f File) linesThatSay(text string) map[int]bool {
	lines := map[int]bool{}
	for _, group := range f.AST.Comments {
		for _, c := range group.List {
			if strings.Contains(c.Text, text) {
				lines[f.line(c)] = true
			}
		}
	}
	return lines
}

func (f File) line(n ast.Node) int { return f.set.Position(n.Pos()).Line }
