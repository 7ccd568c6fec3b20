package lua

import (
	"math"

	glua "github.com/yuin/gopher-lua"
)

// jsonCodec is lua-cjson with its settings. Scripts share one, whose settings are as at first for each of them, and
// may make others.
type jsonCodec struct {
	s *State
	jsonSettings
}

type jsonSettings struct {
	sparseConvert bool // encode what is too sparse as an object
	sparseRatio   int
	sparseSafe    int
	encodeDepth   int
	decodeDepth   int
	precision     int
	invalidOut    int // numbers that JSON does not know: 0 refused, 1 written, 2 null
	invalidIn     bool
	keepBuffer    bool // has no effect
}

var jsonDefaults = jsonSettings{sparseRatio: 2, sparseSafe: 10, encodeDepth: 1000, decodeDepth: 1000, precision: 14, invalidIn: true, keepBuffer: true}

// jsonLibrary is what scripts call cjson.
func (s *State) jsonLibrary() *glua.LTable {
	s.null = s.vm.NewUserData()
	s.json = &jsonCodec{s: s}
	s.json.jsonSettings = jsonDefaults
	return s.jsonTable(s.json)
}

func (s *State) jsonTable(j *jsonCodec) *glua.LTable {
	t := s.library(map[string]glua.LGFunction{
		"encode": j.encode, "decode": j.decode,
		"encode_sparse_array": func(vm *glua.LState) int {
			atMost(vm, 3, "encode_sparse_array")
			j.truth(vm, 1, "encode_sparse_array", &j.sparseConvert)
			j.integer(vm, 2, "encode_sparse_array", &j.sparseRatio, 0, math.MaxInt32)
			j.integer(vm, 3, "encode_sparse_array", &j.sparseSafe, 0, math.MaxInt32)
			return 3
		},
		"encode_max_depth":        j.number("encode_max_depth", &j.encodeDepth, math.MaxInt32),
		"decode_max_depth":        j.number("decode_max_depth", &j.decodeDepth, math.MaxInt32),
		"encode_number_precision": j.number("encode_number_precision", &j.precision, 14),
		"encode_keep_buffer":      j.flag("encode_keep_buffer", &j.keepBuffer),
		"decode_invalid_numbers":  j.flag("decode_invalid_numbers", &j.invalidIn),
		"encode_invalid_numbers":  j.encodeInvalid,
		"new": func(vm *glua.LState) int {
			other := &jsonCodec{s: s}
			other.jsonSettings = jsonDefaults
			vm.Push(s.jsonTable(other))
			return 1
		},
	})
	t.RawSetString("null", s.null)
	t.RawSetString("_NAME", glua.LString("cjson"))
	t.RawSetString("_VERSION", glua.LString("2.1.0"))
	return t
}

// atMost refuses further arguments, and has those that are missing be nil.
func atMost(vm *glua.LState, n int, fn string) {
	if vm.GetTop() > n {
		badArgument(vm, n+1, fn, "found too many arguments")
	}
	vm.SetTop(n)
}

// integer pushes a setting, after it was set if an argument says so.
func (j *jsonCodec) integer(vm *glua.LState, i int, fn string, setting *int, least, most int) {
	if vm.Get(i) != glua.LNil {
		n := intAt(vm, i, fn)
		if n < least || n > most {
			badArgument(vm, 1, fn, "expected integer between "+itoa(least)+" and "+itoa(most))
		}
		*setting = n
	}
	vm.Push(glua.LNumber(*setting))
}

// truth is integer for a setting that is on or off.
func (j *jsonCodec) truth(vm *glua.LState, i int, fn string, setting *bool) {
	switch v := vm.Get(i).(type) {
	case *glua.LNilType:
	case glua.LBool:
		*setting = bool(v)
	default:
		*setting = option(vm, i, fn, "off", "on") == 1
	}
	vm.Push(glua.LBool(*setting))
}

// option is which of some words an argument is.
func option(vm *glua.LState, i int, fn string, words ...string) int {
	text := textAt(vm, i, fn)
	for n, word := range words {
		if text == word {
			return n
		}
	}
	badArgument(vm, i, fn, "invalid option '"+text+"'")
	return 0
}

func (j *jsonCodec) number(fn string, setting *int, most int) glua.LGFunction {
	return func(vm *glua.LState) int {
		atMost(vm, 1, fn)
		j.integer(vm, 1, fn, setting, 1, most)
		return 1
	}
}

func (j *jsonCodec) flag(fn string, setting *bool) glua.LGFunction {
	return func(vm *glua.LState) int {
		atMost(vm, 1, fn)
		j.truth(vm, 1, fn, setting)
		return 1
	}
}

func (j *jsonCodec) encodeInvalid(vm *glua.LState) int {
	const fn = "encode_invalid_numbers"
	atMost(vm, 1, fn)
	switch v := vm.Get(1).(type) {
	case *glua.LNilType:
	case glua.LBool:
		j.invalidOut = 0
		if v {
			j.invalidOut = 1
		}
	default:
		j.invalidOut = option(vm, 1, fn, "off", "on", "null")
	}
	if j.invalidOut == 2 {
		vm.Push(glua.LString("null"))
	} else {
		vm.Push(glua.LBool(j.invalidOut == 1))
	}
	return 1
}
