package lua

import (
	"math"

	glua "github.com/yuin/gopher-lua"
)

// arithmetic puts the operators among the metamethods of texts. The interpreter asks for those before it reads
// numbers from texts in a way of its own, by which "010" is 8.
func (s *State) arithmetic(meta *glua.LTable) {
	for event, operate := range map[string]func(a, b float64) float64{
		"__add": func(a, b float64) float64 { return a + b },
		"__sub": func(a, b float64) float64 { return a - b },
		"__mul": func(a, b float64) float64 { return a * b },
		"__div": func(a, b float64) float64 { return a / b },
		"__mod": remainder,
		"__pow": raised,
		"__unm": func(a, _ float64) float64 { return -a },
	} {
		meta.RawSetString(event, s.vm.NewFunction(arithmetic(event, operate)))
	}
}

// remainder has the sign of what is divided by, and is not a number if that is infinite.
func remainder(a, b float64) float64 { return a - math.Floor(a/b)*b }

// raised is C's pow: what it cannot do it answers with the processor's not a number, which is negative.
func raised(a, b float64) float64 {
	d := math.Pow(a, b)
	if math.IsNaN(d) && !math.IsNaN(a) && !math.IsNaN(b) {
		return math.Copysign(d, -1)
	}
	return d
}

// arithmetic is an operator on any two values: of numbers, of texts that are numbers, or else by a metamethod of
// one that is no text.
func arithmetic(event string, operate func(a, b float64) float64) glua.LGFunction {
	return func(vm *glua.LState) int {
		left, right := vm.Get(1), vm.Get(2)
		if event == "__unm" {
			right = left
		}
		a, okA := operand(left)
		b, okB := operand(right)
		if okA && okB {
			vm.Push(glua.LNumber(operate(float64(a), float64(b))))
			return 1
		}
		meta := ownMeta(vm, left, event)
		if meta == glua.LNil {
			meta = ownMeta(vm, right, event)
		}
		if meta == glua.LNil {
			odd := left
			if okA {
				odd = right
			}
			vm.RaiseError("attempt to perform arithmetic on a %s value", odd.Type())
		}
		vm.Push(meta)
		vm.Push(left)
		vm.Push(right)
		vm.Call(2, 1)
		return 1
	}
}

// operand is the number that a value is or spells.
func operand(v glua.LValue) (n glua.LNumber, ok bool) {
	switch v := v.(type) {
	case glua.LNumber:
		return v, true
	case glua.LString:
		return parseNumber(string(v))
	}
	return 0, false
}

// ownMeta is a metamethod that a script gave a value; texts have none but those above.
func ownMeta(vm *glua.LState, v glua.LValue, event string) glua.LValue {
	if v.Type() == glua.LTString {
		return glua.LNil
	}
	return vm.GetMetaField(v, event)
}
