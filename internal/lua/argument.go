package lua

import (
	"math"

	glua "github.com/yuin/gopher-lua"
)

// What the libraries ask of their arguments, with Lua's words for those that are wrong. fn is the function's name.

func badArgument(vm *glua.LState, i int, fn, problem string) {
	throw(vm, "bad argument #%d to '%s' (%s)", i, fn, problem)
}

func wrongType(vm *glua.LState, i int, fn, want string) {
	have := "no value"
	if i <= vm.GetTop() {
		have = vm.Get(i).Type().String()
	}
	badArgument(vm, i, fn, want+" expected, got "+have)
}

func anyAt(vm *glua.LState, i int, fn string) glua.LValue {
	if i > vm.GetTop() {
		badArgument(vm, i, fn, "value expected")
	}
	return vm.Get(i)
}

func tableAt(vm *glua.LState, i int, fn string) *glua.LTable {
	t, ok := vm.Get(i).(*glua.LTable)
	if !ok {
		wrongType(vm, i, fn, "table")
	}
	return t
}

func functionAt(vm *glua.LState, i int, fn string) *glua.LFunction {
	f, ok := vm.Get(i).(*glua.LFunction)
	if !ok {
		wrongType(vm, i, fn, "function")
	}
	return f
}

func textAt(vm *glua.LState, i int, fn string) string {
	text, ok := textOf(vm.Get(i))
	if !ok {
		wrongType(vm, i, fn, "string")
	}
	return text
}

func optionalText(vm *glua.LState, i int, fn, otherwise string) string {
	if vm.Get(i) == glua.LNil {
		return otherwise
	}
	return textAt(vm, i, fn)
}

func numberAt(vm *glua.LState, i int, fn string) float64 {
	n, ok := operand(vm.Get(i))
	if !ok {
		wrongType(vm, i, fn, "number")
	}
	return float64(n)
}

func integerAt(vm *glua.LState, i int, fn string) int { return int(truncate(numberAt(vm, i, fn))) }

// intAt is a C int: of the integer, the low 32 bits.
func intAt(vm *glua.LState, i int, fn string) int { return int(int32(integerAt(vm, i, fn))) }

func optionalInteger(vm *glua.LState, i int, fn string, otherwise int) int {
	if vm.Get(i) == glua.LNil {
		return otherwise
	}
	return integerAt(vm, i, fn)
}

func optionalInt(vm *glua.LState, i int, fn string, otherwise int) int {
	if vm.Get(i) == glua.LNil {
		return otherwise
	}
	return intAt(vm, i, fn)
}

// textOf is a text, or what a number is as one.
func textOf(v glua.LValue) (text string, ok bool) {
	switch v := v.(type) {
	case glua.LString:
		return string(v), true
	case glua.LNumber:
		return numberText(v), true
	}
	return "", false
}

// truncate is C's conversion from double: what does not fit becomes the least integer.
func truncate(d float64) int64 {
	if d >= -(1<<63) && d < 1<<63 {
		return int64(d)
	}
	return math.MinInt64
}

// toUnsigned is C's conversion to an unsigned integer, on the processors of today.
func toUnsigned(d float64) uint64 {
	switch {
	case d < 1<<63:
		return uint64(truncate(d))
	case d < 1<<64:
		return uint64(d)
	case d != d:
		return 1 << 63
	}
	return 0
}
