package lua

import (
	"math"

	glua "github.com/yuin/gopher-lua"
)

// operators gives the types that have no metatable one. Of texts the interpreter asks for metamethods before it reads
// numbers from them in a way of its own, by which "010" is 8; of the others it has errors in words of its own.
func (s *State) operators() {
	s.makeHelpers()
	texts := s.vm.NewTable()
	s.arithmetic(texts)
	texts.RawSetString("__index", s.own.RawGetString("string"))
	ofTexts := s.vm.NewTable()
	ofTexts.RawSetString("__index", s.own.RawGetString("string"))
	s.ofTexts = s.sealed(ofTexts)
	s.vm.SetMetatable(glua.LString(""), texts)
	for _, v := range []glua.LValue{glua.LNil, glua.LFalse, glua.LNumber(0), s.readOnly, s.vm} {
		meta := s.vm.NewTable()
		if v.Type() != glua.LTNumber {
			s.arithmetic(meta)
			s.refuse(meta, "__lt", "attempt to compare two "+v.Type().String()+" values")
		}
		s.unusable(meta, v.Type() != glua.LTFunction)
		s.vm.SetMetatable(v, meta)
	}
	s.unusable(texts, true)
	texts.RawSetString("__index", s.own.RawGetString("string"))
}

// unusable has values be neither indexed, measured nor, if so told, called.
func (s *State) unusable(meta *glua.LTable, call bool) {
	set := func(event, verb string, register func(instruction) int) {
		meta.RawSetString(event, s.vm.NewFunction(func(vm *glua.LState) int {
			wrong(vm, verb, vm.Get(1), register)
			return 0
		}))
	}
	set("__index", "index", indexed)
	set("__newindex", "index", indexed)
	set("__len", "get length of", measured)
	if call {
		set("__call", "call", called)
	}
}

func (s *State) refuse(meta *glua.LTable, event, problem string) {
	meta.RawSetString(event, s.vm.NewFunction(func(vm *glua.LState) int {
		throw(vm, "%s", problem)
		return 0
	}))
}

// arithmetic puts the operators among metamethods.
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

// raised is C's pow.
func raised(a, b float64) float64 { return odd(math.Pow(a, b), a, b) }

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
			wrong(vm, "perform arithmetic on", odd, operandOf(okA))
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

// ownMeta is a metamethod that a script gave a value: a table.
func ownMeta(vm *glua.LState, v glua.LValue, event string) glua.LValue {
	if v.Type() != glua.LTTable {
		return glua.LNil
	}
	return vm.GetMetaField(v, event)
}
