package lua

import (
	"math"
	"runtime/metrics"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"sigrun/internal/sim"
)

// basicLibrary is what Lua's basic library leaves to scripts.
func (s *State) basicLibrary() *glua.LTable {
	return s.library(map[string]glua.LGFunction{
		"assert": assert, "collectgarbage": collectGarbage, "error": fail, "getmetatable": s.getMetatable, "ipairs": s.indexPairs,
		"gcinfo": func(vm *glua.LState) int { vm.Push(glua.LNumber(math.Floor(heapKB()))); return 1 },
		"load":   s.load, "loadstring": s.loadString, "next": s.next, "pairs": s.pairs, "pcall": s.protected, "rawequal": rawEqual,
		"rawget": s.rawGet, "rawset": s.rawSet, "select": selectArguments, "setmetatable": s.setMetatable, "tonumber": toNumber,
		"tostring": s.toString, "type": typeOf, "unpack": unpack, "xpcall": s.handled,
		"__server__err__handler": located, "__redis__err__handler": located,
	})
}

// library is a table of functions.
func (s *State) library(functions map[string]glua.LGFunction) *glua.LTable {
	t := s.vm.NewTable()
	for name, fn := range functions {
		t.RawSetString(name, s.vm.NewFunction(fn))
	}
	return t
}

func assert(vm *glua.LState) int {
	if !glua.LVAsBool(anyAt(vm, 1, "assert")) {
		throw(vm, "%s", optionalText(vm, 2, "assert", "assertion failed!"))
	}
	return vm.GetTop()
}

func rawEqual(vm *glua.LState) int {
	vm.Push(glua.LBool(anyAt(vm, 1, "rawequal") == anyAt(vm, 2, "rawequal")))
	return 1
}

func typeOf(vm *glua.LState) int {
	vm.Push(glua.LString(anyAt(vm, 1, "type").Type().String()))
	return 1
}

// selectArguments is select of the basic library.
func selectArguments(vm *glua.LState) int {
	n := vm.GetTop()
	if text, ok := vm.Get(1).(glua.LString); ok && strings.HasPrefix(string(text), "#") {
		vm.Push(glua.LNumber(n - 1))
		return 1
	}
	i := intAt(vm, 1, "select")
	if i < 0 {
		i += n
	}
	if i < 1 {
		badArgument(vm, 1, "select", "index out of range")
	}
	return max(n-i, 0)
}

// indexPairs is ipairs of the basic library.
func (s *State) indexPairs(vm *glua.LState) int {
	t := tableAt(vm, 1, "ipairs")
	vm.Push(s.nextIndex)
	vm.Push(t)
	vm.Push(glua.LNumber(0))
	return 3
}

func nextIndex(vm *glua.LState) int {
	i := intAt(vm, 2, "ipairs") + 1
	v := element(tableAt(vm, 1, "ipairs"), i)
	if v == glua.LNil {
		return 0
	}
	vm.Push(glua.LNumber(i))
	vm.Push(v)
	return 2
}

// toNumber is tonumber of the basic library.
func toNumber(vm *glua.LState) int {
	base := optionalInt(vm, 2, "tonumber", 10)
	if base == 10 {
		if n, ok := operand(anyAt(vm, 1, "tonumber")); ok {
			vm.Push(n)
		} else {
			vm.Push(glua.LNil)
		}
		return 1
	}
	text := textAt(vm, 1, "tonumber")
	if base < 2 || base > 36 {
		badArgument(vm, 2, "tonumber", "base out of range")
	}
	if n, ok := parseUnsigned(text, base); ok {
		vm.Push(glua.LNumber(n))
	} else {
		vm.Push(glua.LNil)
	}
	return 1
}

// parseUnsigned is C's strtoul: a sign counts, and what does not fit is the largest number.
func parseUnsigned(text string, base int) (n uint64, ok bool) {
	text, _, _ = strings.Cut(text, "\x00")
	text = strings.Trim(text, " \t\n\v\f\r")
	digits, negative := strings.CutPrefix(text, "-")
	if !negative {
		digits = strings.TrimPrefix(text, "+")
	}
	if base == 16 && len(digits) > 2 && strings.EqualFold(digits[:2], "0x") {
		digits = digits[2:]
	}
	if strings.ContainsAny(digits, "_+-") {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, base, 64)
	if err != nil && err.(*strconv.NumError).Err == strconv.ErrRange {
		return math.MaxUint64, true
	}
	if negative {
		n = -n
	}
	return n, err == nil
}

// toString is tostring of the basic library.
func (s *State) toString(vm *glua.LState) int {
	switch v := anyAt(vm, 1, "tostring").(type) {
	case glua.LNumber:
		vm.Push(glua.LString(numberText(v)))
	case *glua.LUserData:
		vm.Push(glua.LString("userdata: (nil)")) // there is none but cjson.null
	default:
		vm.Push(vm.ToStringMeta(v))
	}
	return 1
}

// maxUnpack bounds the values that unpack returns, as the stack of C's interpreter does.
const maxUnpack = 8000

// unpack is that of the basic library.
func unpack(vm *glua.LState) int {
	t := tableAt(vm, 1, "unpack")
	from := optionalInt(vm, 2, "unpack", 1)
	to := optionalInt(vm, 3, "unpack", 0)
	if vm.Get(3) == glua.LNil {
		to = t.Len()
	}
	if from > to {
		return 0
	}
	if to-from >= maxUnpack {
		throw(vm, "too many results to unpack")
	}
	for i := from; i <= to; i++ {
		vm.Push(element(t, i))
	}
	return to - from + 1
}

// collectGarbage is that of the basic library. Scripts have no say in when Go collects.
func collectGarbage(vm *glua.LState) int {
	option := optionalText(vm, 1, "collectgarbage", "collect")
	optionalInt(vm, 2, "collectgarbage", 0)
	var result glua.LValue = glua.LNumber(0)
	switch option {
	case "stop", "restart", "collect":
	case "count":
		result = glua.LNumber(heapKB())
	case "step":
		result = glua.LFalse
	case "setpause", "setstepmul":
		result = glua.LNumber(200)
	default:
		badArgument(vm, 1, "collectgarbage", "invalid option '"+option+"'")
	}
	vm.Push(result)
	return 1
}

// heapKB is how much memory Go's heap holds.
func heapKB() float64 {
	if sim.On() { // it is to be the same everywhere
		return 0
	}
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return float64(sample[0].Value.Uint64()) / 1024
}
