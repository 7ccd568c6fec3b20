package lua

import (
	"math"

	glua "github.com/yuin/gopher-lua"
)

// mathLibrary is Lua's math, with a random generator of its own.
func (s *State) mathLibrary() *glua.LTable {
	t := s.library(map[string]glua.LGFunction{
		"frexp": func(vm *glua.LState) int {
			fraction, exponent := math.Frexp(numberAt(vm, 1, "frexp"))
			vm.Push(glua.LNumber(fraction))
			vm.Push(glua.LNumber(exponent))
			return 2
		},
		"ldexp": func(vm *glua.LState) int {
			vm.Push(glua.LNumber(math.Ldexp(numberAt(vm, 1, "ldexp"), intAt(vm, 2, "ldexp"))))
			return 1
		},
		"modf": func(vm *glua.LState) int {
			d := numberAt(vm, 1, "modf")
			whole := math.Trunc(d)
			part := d - whole
			if math.IsInf(d, 0) {
				part = 0
			}
			vm.Push(glua.LNumber(whole))
			vm.Push(glua.LNumber(math.Copysign(part, d)))
			return 2
		},
		"max":    func(vm *glua.LState) int { return extreme(vm, "max", func(d, most float64) bool { return d > most }) },
		"min":    func(vm *glua.LState) int { return extreme(vm, "min", func(d, least float64) bool { return d < least }) },
		"random": s.random,
		"randomseed": func(vm *glua.LState) int {
			s.rand.seed(int32(intAt(vm, 1, "randomseed")))
			return 0
		},
	})
	for name, f := range map[string]func(float64) float64{"abs": math.Abs, "acos": math.Acos, "asin": math.Asin, "atan": math.Atan,
		"ceil": math.Ceil, "cos": math.Cos, "cosh": math.Cosh, "exp": math.Exp, "floor": math.Floor, "log": math.Log, "log10": math.Log10,
		"sin": math.Sin, "sinh": math.Sinh, "sqrt": math.Sqrt, "tan": math.Tan, "tanh": math.Tanh,
		"deg": func(d float64) float64 { return d / (math.Pi / 180) }, "rad": func(d float64) float64 { return d * (math.Pi / 180) }} {
		t.RawSetString(name, s.vm.NewFunction(func(vm *glua.LState) int {
			d := numberAt(vm, 1, name)
			vm.Push(glua.LNumber(odd(f(d), d, d)))
			return 1
		}))
	}
	for name, f := range map[string]func(a, b float64) float64{"atan2": math.Atan2, "fmod": math.Mod, "mod": math.Mod, "pow": math.Pow} {
		t.RawSetString(name, s.vm.NewFunction(func(vm *glua.LState) int {
			a, b := numberAt(vm, 1, name), numberAt(vm, 2, name)
			vm.Push(glua.LNumber(odd(f(a, b), a, b)))
			return 1
		}))
	}
	t.RawSetString("pi", glua.LNumber(math.Pi))
	t.RawSetString("huge", glua.LNumber(math.Inf(1)))
	return t
}

// odd gives a result that is not a number the sign that C's has: the processor's, which is negative, if it was born of
// two numbers.
func odd(result, a, b float64) float64 {
	if math.IsNaN(result) && !math.IsNaN(a) && !math.IsNaN(b) {
		return math.Copysign(result, -1)
	}
	return result
}

func extreme(vm *glua.LState, fn string, better func(d, best float64) bool) int {
	best := numberAt(vm, 1, fn)
	for i := 2; i <= vm.GetTop(); i++ {
		if d := numberAt(vm, i, fn); better(d, best) {
			best = d
		}
	}
	vm.Push(glua.LNumber(best))
	return 1
}

func (s *State) random(vm *glua.LState) int {
	r := s.rand.float()
	switch vm.GetTop() {
	case 0:
		vm.Push(glua.LNumber(r))
	case 1:
		high := intAt(vm, 1, "random")
		if high < 1 {
			badArgument(vm, 1, "random", "interval is empty")
		}
		vm.Push(glua.LNumber(math.Floor(r*float64(high)) + 1))
	case 2:
		low, high := intAt(vm, 1, "random"), intAt(vm, 2, "random")
		if low > high {
			badArgument(vm, 2, "random", "interval is empty")
		}
		vm.Push(glua.LNumber(math.Floor(r*float64(int32(high-low+1))) + float64(low)))
	default:
		throw(vm, "wrong number of arguments")
	}
	return 1
}
