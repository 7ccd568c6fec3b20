package lua

import (
	"math"
	"math/bits"

	glua "github.com/yuin/gopher-lua"
)

// bitLibrary is LuaBitOp: operations on 32 bits, results are signed.
func (s *State) bitLibrary() *glua.LTable {
	type operation = func(vm *glua.LState, name string) uint32
	fold := func(f func(a, b uint32) uint32) operation {
		return func(vm *glua.LState, name string) uint32 {
			v := bits32(vm, 1, name)
			for i := vm.GetTop(); i > 1; i-- {
				v = f(v, bits32(vm, i, name))
			}
			return v
		}
	}
	shift := func(f func(v uint32, n uint) uint32) operation {
		return func(vm *glua.LState, name string) uint32 {
			return f(bits32(vm, 1, name), uint(bits32(vm, 2, name)&31))
		}
	}
	one := func(f func(v uint32) uint32) operation {
		return func(vm *glua.LState, name string) uint32 { return f(bits32(vm, 1, name)) }
	}
	t := s.library(map[string]glua.LGFunction{"tohex": tohex})
	for name, operate := range map[string]operation{
		"tobit":   one(func(v uint32) uint32 { return v }),
		"bnot":    one(func(v uint32) uint32 { return ^v }),
		"bswap":   one(bits.ReverseBytes32),
		"band":    fold(func(a, b uint32) uint32 { return a & b }),
		"bor":     fold(func(a, b uint32) uint32 { return a | b }),
		"bxor":    fold(func(a, b uint32) uint32 { return a ^ b }),
		"lshift":  shift(func(v uint32, n uint) uint32 { return v << n }),
		"rshift":  shift(func(v uint32, n uint) uint32 { return v >> n }),
		"arshift": shift(func(v uint32, n uint) uint32 { return uint32(int32(v) >> n) }),
		"rol":     shift(func(v uint32, n uint) uint32 { return bits.RotateLeft32(v, int(n)) }),
		"ror":     shift(func(v uint32, n uint) uint32 { return bits.RotateLeft32(v, -int(n)) }),
	} {
		t.RawSetString(name, s.vm.NewFunction(func(vm *glua.LState) int {
			vm.Push(glua.LNumber(int32(operate(vm, name))))
			return 1
		}))
	}
	return t
}

// bits32 is argument i modulo 2^32, rounded to the nearest integer: the low bits of the fraction once a number is added
// that makes its last bit worth one.
func bits32(vm *glua.LState, i int, fn string) uint32 {
	const unit = 1<<52 + 1<<51
	return uint32(math.Float64bits(numberAt(vm, i, fn) + unit))
}

func tohex(vm *glua.LState) int {
	v, n := bits32(vm, 1, "tohex"), int32(8)
	if vm.GetTop() > 1 {
		n = int32(bits32(vm, 2, "tohex"))
	}
	digits := "0123456789abcdef"
	if n < 0 {
		digits, n = "0123456789ABCDEF", -n
	}
	if n < 0 || n > 8 {
		n = 8
	}
	out := make([]byte, n)
	for i := n - 1; i >= 0; i-- {
		out[i] = digits[v&15]
		v >>= 4
	}
	vm.Push(glua.LString(out))
	return 1
}
