package lua

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// Where the interpreter does otherwise than Lua and leaves no other way to change that, scripts are
// changed before they are compiled: an expression becomes the call of a function.
//
//	for i = 1, ARGV[1]     the interpreter wants numbers, Lua takes texts of numbers, too
//	'x' .. 1 / 3           the interpreter writes all digits, Lua 14 of them
//	a % b, a ^ b           the interpreter has a remainder and a sign of what is not a number of its own
//	#t                     the interpreter asks tables for __len; scripts that do not name it need no change
//	0010, 1e400            the interpreter reads octal numbers, and none that are out of range
//	{1, k = f()}           the interpreter makes elements of all that f returns
//
// The functions are globals of names with blanks, which no script can spell, and a script that needs one begins by
// making it a local of the same name.
const (
	forInit  = "for init"
	forLimit = "for limit"
	forStep  = "for step"
	join     = "to join"
	modulo   = "to divide"
	power    = "to raise"
	length   = "to measure"
)

// makeHelpers makes the functions.
func (s *State) makeHelpers() {
	s.helpers = map[string]*glua.LFunction{}
	for name, fn := range map[string]glua.LGFunction{
		forInit: bound("initial value"), forLimit: bound("limit"), forStep: bound("step"), join: joined,
		modulo: arithmetic("__mod", remainder), power: arithmetic("__pow", raised), length: measure,
	} {
		s.helpers[name] = s.vm.NewFunction(fn)
	}
}

// bound is a number that bounds a loop.
func bound(name string) glua.LGFunction {
	return func(vm *glua.LState) int {
		n, ok := operand(vm.Get(1))
		if !ok {
			throw(vm, "'for' %s must be a number", name)
		}
		vm.Push(n)
		return 1
	}
}

// measure is the operator #.
func measure(vm *glua.LState) int {
	switch v := vm.Get(1).(type) {
	case glua.LString:
		vm.Push(glua.LNumber(len(v)))
	case *glua.LTable:
		vm.Push(glua.LNumber(v.Len()))
	default:
		wrong(vm, "get length of", v, measured)
	}
	return 1
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
		meta := ownMeta(vm, left, "__concat")
		if meta == glua.LNil {
			meta = ownMeta(vm, right, "__concat")
		}
		if meta == glua.LNil {
			odd, at := left, i
			if okA {
				odd, at = right, i+1
			}
			if at > i && i+1 < n { // it is what was joined already
				at = -n
			}
			wrong(vm, "concatenate", odd, argument(at))
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

// adapter changes a script.
type adapter struct {
	used    []string
	lengths bool // change #, too
}

// adapt changes a script and returns what it is then.
func adapt(chunk []ast.Stmt, body string) []ast.Stmt {
	a := adapter{lengths: strings.Contains(body, "__len")}
	a.walk(reflect.ValueOf(chunk))
	for _, name := range a.used {
		make := &ast.LocalAssignStmt{Names: []string{name}, Exprs: []ast.Expr{&ast.IdentExpr{Value: name}}}
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
		switch e := v.Interface().(type) {
		case *ast.StringConcatOpExpr:
			v.Set(reflect.ValueOf(a.chain(e)))
		case *ast.UnaryLenOpExpr:
			if a.lengths {
				v.Set(reflect.ValueOf(a.call(length, e.Expr)))
			}
		case *ast.ArithmeticOpExpr:
			switch e.Operator {
			case "%":
				v.Set(reflect.ValueOf(a.call(modulo, e.Lhs, e.Rhs)))
			case "^":
				v.Set(reflect.ValueOf(a.call(power, e.Lhs, e.Rhs)))
			}
		}
		a.walk(v.Elem())
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		switch e := v.Interface().(type) {
		case *ast.NumberForStmt:
			a.bound(&e.Init, forInit)
			a.bound(&e.Limit, forLimit)
			a.bound(&e.Step, forStep)
		case *ast.NumberExpr:
			if n, ok := parseNumber(e.Value); ok {
				e.Value = strconv.FormatFloat(float64(n), 'g', -1, 64)
			}
		case *ast.Field:
			if e.Key != nil {
				e.Value = single(e.Value)
			}
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

// chain is a call that joins the operands. All of them are evaluated, from the left, before any two are joined, from
// the right, as the interpreter's own instruction has it; so an operand needs no look at what it is.
func (a *adapter) chain(e *ast.StringConcatOpExpr) ast.Expr {
	operands := []ast.Expr{e.Lhs}
	for {
		next, more := e.Rhs.(*ast.StringConcatOpExpr)
		if !more {
			return a.call(join, append(operands, e.Rhs)...)
		}
		e = next
		operands = append(operands, e.Lhs)
	}
}

func (a *adapter) call(name string, args ...ast.Expr) ast.Expr {
	if !slices.Contains(a.used, name) {
		a.used = append(a.used, name)
	}
	args[len(args)-1] = single(args[len(args)-1])
	call := &ast.FuncCallExpr{Func: &ast.IdentExpr{Value: name}, Args: args, AdjustRet: true}
	call.SetLine(args[0].Line())
	call.Func.SetLine(args[0].Line())
	return call
}

// single has an expression be one value, whatever it may return.
func single(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		e.AdjustRet = true
	case *ast.Comma3Expr:
		e.AdjustRet = true
	}
	return e
}
