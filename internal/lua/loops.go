package lua

import (
	"reflect"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// Lua has the bounds of a loop be numbers or texts of numbers, `for i = 1, ARGV[1]`; the interpreter
// takes numbers only. So every bound that is not a number as it stands is handed to a function of
// its own, which is found as a method of texts: no environment that a script makes hides it.
var bounds = [...]struct{ method, name string }{{"for init", "initial value"}, {"for limit", "limit"}, {"for step", "step"}}

// boundFunctions puts the functions among the methods of texts.
func (s *State) boundFunctions(text *glua.LTable) {
	for _, b := range bounds {
		text.RawSetString(b.method, s.vm.NewFunction(func(vm *glua.LState) int {
			switch v := vm.Get(2).(type) {
			case glua.LNumber:
				vm.Push(v)
				return 1
			case glua.LString:
				if n, ok := parseNumber(string(v)); ok {
					vm.Push(n)
					return 1
				}
			}
			vm.RaiseError("'for' %s must be a number", b.name)
			return 0
		}))
	}
}

// convertBounds changes the loops in a piece of a syntax tree, whatever it is.
func convertBounds(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		if loop, ok := v.Interface().(*ast.NumberForStmt); ok {
			for i, bound := range []*ast.Expr{&loop.Init, &loop.Limit, &loop.Step} {
				*bound = converted(*bound, bounds[i].method)
			}
		}
		convertBounds(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			convertBounds(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			convertBounds(v.Field(i))
		}
	}
}

func converted(bound ast.Expr, method string) ast.Expr {
	if _, number := bound.(*ast.NumberExpr); number || bound == nil {
		return bound
	}
	call := &ast.FuncCallExpr{Receiver: &ast.StringExpr{}, Method: method, Args: []ast.Expr{bound}, AdjustRet: true}
	call.SetLine(bound.Line())
	call.Receiver.SetLine(bound.Line())
	return call
}
