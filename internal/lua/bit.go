package lua

import (
	"math"
	"math/bits"

	glua "github.com/yuin/gopher-lua"
)

// bitLibrary is LuaBitOp: operations on 32 bits, results are signed.
func (s *State) bitLibrary() *glua.LTable {
	t := s.vm.NewTable()
	fold := func(f func(a, b uint32) uint32) glua.LGFunction {
		return func(vm *glua.LState) int {
			v := bits32(vm, 1)
			for i := 2; i <= vm.GetTop(); i++ {
				v = f(v, bits32(vm, i))
			}
			return pushBits(vm, v)
		}
	}
	shift := func(f func(v uint32, n uint) uint32) glua.LGFunction {
		return func(vm *glua.LState) int { return pushBits(vm, f(bits32(vm, 1), uint(bits32(vm, 2)&31))) }
	}
	one := func(f func(v uint32) uint32) glua.LGFunction {
		return func(vm *glua.LState) int { return pushBits(vm, f(bits32(vm, 1))) }
	}
	for name, fn := range map[string]glua.LGFunction{
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
		"tohex":   tohex,
	} {
		t.RawSetString(name, s.vm.NewFunction(fn))
	}
	return t
}

// bits32 is argument i modulo 2^32, rounded to the nearest integer.
func bits32(vm *glua.LState, i int) uint32 {
	d := math.RoundToEven(float64(vm.CheckNumber(i)))
	return uint32(int64(math.Mod(d, 1<<32)))
}

func pushBits(vm *glua.LState, v uint32) int {
	vm.Push(glua.LNumber(int32(v)))
	return 1
}

func tohex(vm *glua.LState) int {
	v, n := bits32(vm, 1), int32(8)
	if vm.GetTop() > 1 {
		n = int32(bits32(vm, 2))
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
