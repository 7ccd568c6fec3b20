package lua

import (
	"reflect"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// Where the interpreter does otherwise than Lua and leaves no other way to change that, scripts are
// changed before they are compiled: an expression becomes the call of a function.
//
//	for i = 1, ARGV[1]     the interpreter wants numbers, Lua takes texts of numbers, too
//	'x' .. 1 / 3           the interpreter writes all digits, Lua 14 of them
//
// The functions are methods of texts, and a script that needs one begins by making it a local of the
// same name, which no other can have because of its blank. So no environment that a script makes hides them.
const (
	forInit  = "for init"
	forLimit = "for limit"
	forStep  = "for step"
	join     = "to join"
)

// helpers puts the functions among the methods of texts.
func (s *State) helpers(methods *glua.LTable) {
	for method, name := range map[string]string{forInit: "initial value", forLimit: "limit", forStep: "step"} {
		methods.RawSetString(method, s.vm.NewFunction(func(vm *glua.LState) int { return bound(vm, name) }))
	}
	methods.RawSetString(join, s.vm.NewFunction(joined))
}

// bound is a number that bounds a loop.
func bound(vm *glua.LState, name string) int {
	switch v := vm.Get(1).(type) {
	case glua.LNumber:
		vm.Push(v)
		return 1
	case glua.LString:
		if n, ok := parseNumber(string(v)); ok {
			vm.Push(n)
			return 1
		}
	}
	vm.RaiseError("'for' %s must be a number", name)
	return 0
}

// joined is what its arguments are with .. between them.
func joined(vm *glua.LState) int {
	var b strings.Builder
	for i, n := 1, vm.GetTop(); i <= n; i++ {
		switch v := vm.Get(i).(type) {
		case glua.LString:
			b.WriteString(string(v))
		case glua.LNumber:
			b.WriteString(numberText(v))
		default:
			return joinedWith(vm, n)
		}
	}
	vm.Push(glua.LString(b.String()))
	return 1
}

// joinedWith is joined with values that are neither texts nor numbers: from the right, two at a time.
func joinedWith(vm *glua.LState, n int) int {
	right := vm.Get(n)
	for i := n - 1; i > 0; i-- {
		left := vm.Get(i)
		a, okA := textOf(left)
		b, okB := textOf(right)
		if okA && okB {
			right = glua.LString(a + b)
			continue
		}
		meta := vm.GetMetaField(left, "__concat")
		if meta == glua.LNil {
			meta = vm.GetMetaField(right, "__concat")
		}
		if meta == glua.LNil {
			odd := left
			if okA {
				odd = right
			}
			vm.RaiseError("attempt to concatenate a %s value", odd.Type())
		}
		vm.Push(meta)
		vm.Push(left)
		vm.Push(right)
		vm.Call(2, 1)
		right = vm.Get(-1)
		vm.Pop(1)
	}
	vm.Push(right)
	return 1
}

func textOf(v glua.LValue) (text string, ok bool) {
	switch v := v.(type) {
	case glua.LString:
		return string(v), true
	case glua.LNumber:
		return numberText(v), true
	}
	return "", false
}

// adapter changes a script.
type adapter struct{ used []string }

// adapt changes a script and returns what it is then.
func adapt(chunk []ast.Stmt) []ast.Stmt {
	var a adapter
	a.walk(reflect.ValueOf(chunk))
	for _, name := range a.used {
		make := &ast.LocalAssignStmt{Names: []string{name}, Exprs: []ast.Expr{
			&ast.AttrGetExpr{Object: &ast.StringExpr{}, Key: &ast.StringExpr{Value: name}}}}
		chunk = append([]ast.Stmt{make}, chunk...)
	}
	return chunk
}

// walk changes a piece of a syntax tree, whatever it is.
func (a *adapter) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		if chain, ok := v.Interface().(*ast.StringConcatOpExpr); ok {
			v.Set(reflect.ValueOf(a.chain(chain)))
		}
		a.walk(v.Elem())
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if loop, ok := v.Interface().(*ast.NumberForStmt); ok {
			a.bound(&loop.Init, forInit)
			a.bound(&loop.Limit, forLimit)
			a.bound(&loop.Step, forStep)
		}
		a.walk(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			a.walk(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			a.walk(v.Field(i))
		}
	}
}

func (a *adapter) bound(e *ast.Expr, name string) {
	if _, number := (*e).(*ast.NumberExpr); *e != nil && !number {
		*e = a.call(name, *e)
	}
}

// chain is a call that joins the operands, or the chain itself if all are texts as they stand.
func (a *adapter) chain(e *ast.StringConcatOpExpr) ast.Expr {
	var operands []ast.Expr
	texts := true
	for more := true; more; {
		operands = append(operands, e.Lhs)
		texts = texts && isText(e.Lhs)
		next, ok := e.Rhs.(*ast.StringConcatOpExpr)
		if more = ok; ok {
			e = next
		}
	}
	operands = append(operands, e.Rhs)
	if texts && isText(e.Rhs) || len(operands) > mostOperands {
		return e
	}
	return a.call(join, operands...)
}

// mostOperands bounds what a call may take: there are 250 registers.
const mostOperands = 100

// isText reports whether an expression is a text, or is written as one by the interpreter, too.
func isText(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.StringExpr, *ast.UnaryLenOpExpr:
		return true
	case *ast.AttrGetExpr:
		of, ok := e.Object.(*ast.IdentExpr)
		return ok && (of.Value == "KEYS" || of.Value == "ARGV")
	}
	return false
}

func (a *adapter) call(name string, args ...ast.Expr) ast.Expr {
	if !slices.Contains(a.used, name) {
		a.used = append(a.used, name)
	}
	switch last := args[len(args)-1].(type) { // one value, not all
	case *ast.FuncCallExpr:
		last.AdjustRet = true
	case *ast.Comma3Expr:
		last.AdjustRet = true
	}
	call := &ast.FuncCallExpr{Func: &ast.IdentExpr{Value: name}, Args: args, AdjustRet: true}
	call.SetLine(args[0].Line())
	call.Func.SetLine(args[0].Line())
	return call
}
