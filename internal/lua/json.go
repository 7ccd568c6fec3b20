package lua

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// maxNested bounds arrays and objects within each other, both ways.
const maxNested = 1000

// jsonLibrary is lua-cjson, with the settings that scripts find.
func (s *State) jsonLibrary() *glua.LTable {
	t := s.vm.NewTable()
	null := s.vm.NewUserData()
	j := jsonCodec{null: null}
	t.RawSetString("null", null)
	t.RawSetString("_NAME", glua.LString("cjson"))
	t.RawSetString("_VERSION", glua.LString("2.1.0"))
	t.RawSetString("encode", s.vm.NewFunction(j.encode))
	t.RawSetString("decode", s.vm.NewFunction(j.decode))
	for name, value := range map[string]glua.LValue{"encode_sparse_array": glua.LFalse, "encode_max_depth": glua.LNumber(maxNested),
		"decode_max_depth": glua.LNumber(maxNested), "encode_number_precision": glua.LNumber(14), "encode_keep_buffer": glua.LTrue,
		"encode_invalid_numbers": glua.LFalse, "decode_invalid_numbers": glua.LTrue, "decode_array_with_array_mt": glua.LFalse} {
		t.RawSetString(name, s.vm.NewFunction(func(vm *glua.LState) int { vm.Push(value); return 1 }))
	}
	return t
}

type jsonCodec struct{ null *glua.LUserData }

func (j jsonCodec) encode(vm *glua.LState) int {
	if vm.GetTop() != 1 {
		vm.ArgError(1, "expected 1 argument")
	}
	b, problem := j.append(nil, vm.Get(1), 0)
	if problem != "" {
		vm.RaiseError("%s", problem)
	}
	vm.Push(glua.LString(b))
	return 1
}

func (j jsonCodec) append(b []byte, v glua.LValue, depth int) (out []byte, problem string) {
	switch v := v.(type) {
	case glua.LString:
		return appendQuoted(b, string(v)), ""
	case glua.LNumber:
		d := float64(v)
		if math.IsNaN(d) || math.IsInf(d, 0) {
			return b, "Cannot serialise number: must not be NaN or Inf"
		}
		return appendG14(b, d), ""
	case glua.LBool:
		return strconv.AppendBool(b, bool(v)), ""
	case *glua.LTable:
		if depth++; depth > maxNested {
			return b, "Cannot serialise, excessive depth (" + itoa(depth) + ")"
		}
		return j.appendTable(b, v, depth)
	case *glua.LUserData:
		if v == j.null {
			return append(b, "null"...), ""
		}
	case *glua.LNilType:
		return append(b, "null"...), ""
	}
	return b, "Cannot serialise " + v.Type().String() + ": type not supported"
}

func (j jsonCodec) appendTable(b []byte, t *glua.LTable, depth int) (out []byte, problem string) {
	n, isArray, sparse := arrayLength(t)
	if sparse {
		return b, "Cannot serialise table: excessively sparse array"
	}
	if isArray {
		b = append(b, '[')
		for i := 1; i <= n && problem == ""; i++ {
			if i > 1 {
				b = append(b, ',')
			}
			b, problem = j.append(b, t.RawGetInt(i), depth)
		}
		return append(b, ']'), problem
	}
	b = append(b, '{')
	first := true
	t.ForEach(func(k, v glua.LValue) {
		if problem != "" {
			return
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		switch k := k.(type) {
		case glua.LString:
			b = appendQuoted(b, string(k))
		case glua.LNumber:
			b = append(appendG14(append(b, '"'), float64(k)), '"')
		default:
			problem = "Cannot serialise table: table key must be a number or string"
			return
		}
		b = append(b, ':')
		b, problem = j.append(b, v, depth)
	})
	return append(b, '}'), problem
}

// arrayLength is the largest index of a table whose keys are positive integers; sparse
// when more than half of a long one would be null.
func arrayLength(t *glua.LTable) (n int, isArray, sparse bool) {
	items := 0
	isArray = true
	t.ForEach(func(k, _ glua.LValue) {
		d, ok := k.(glua.LNumber)
		if !ok || float64(d) != math.Floor(float64(d)) || d < 1 {
			isArray = false
			return
		}
		items++
		n = max(n, int(d))
	})
	if !isArray || n == 0 {
		return 0, false, false
	}
	return n, true, n > items*2 && n > 10
}

// appendG14 is C's %.14g.
func appendG14(b []byte, d float64) []byte {
	text := strconv.FormatFloat(d, 'e', 13, 64)
	exponent, _ := strconv.Atoi(text[strings.IndexByte(text, 'e')+1:])
	if exponent < -4 || exponent >= 14 {
		mantissa := strings.TrimRight(strings.TrimRight(text[:strings.IndexByte(text, 'e')], "0"), ".")
		return append(append(b, mantissa...), text[strings.IndexByte(text, 'e'):]...)
	}
	text = strconv.FormatFloat(d, 'f', 13-exponent, 64)
	if strings.IndexByte(text, '.') >= 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return append(b, text...)
}

func appendQuoted(b []byte, v string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(v); i++ {
		switch c := v[i]; c {
		case '"', '\\', '/':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\t':
			b = append(b, '\\', 't')
		case '\n':
			b = append(b, '\\', 'n')
		case '\f':
			b = append(b, '\\', 'f')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			if c < 0x20 || c == 0x7f {
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"')
}

func (j jsonCodec) decode(vm *glua.LState) int {
	if vm.GetTop() != 1 {
		vm.ArgError(1, "expected 1 argument")
	}
	d := json.NewDecoder(strings.NewReader(vm.CheckString(1)))
	d.UseNumber()
	v, problem := j.read(vm, d, 0)
	if problem == "" && d.More() {
		problem = "Expected the end but found invalid token at character " + itoa(int(d.InputOffset())+1)
	}
	if problem != "" {
		vm.RaiseError("%s", problem)
	}
	vm.Push(v)
	return 1
}

func (j jsonCodec) read(vm *glua.LState, d *json.Decoder, depth int) (v glua.LValue, problem string) {
	token, err := d.Token()
	if err != nil {
		return glua.LNil, "Expected value but found invalid token at character " + itoa(int(d.InputOffset())+1)
	}
	switch t := token.(type) {
	case string:
		return glua.LString(t), ""
	case json.Number:
		f, _ := strconv.ParseFloat(string(t), 64)
		return glua.LNumber(f), ""
	case bool:
		return glua.LBool(t), ""
	case nil:
		return j.null, ""
	case json.Delim:
		if depth++; depth > maxNested {
			return glua.LNil, "Found too many nested data structures (" + itoa(depth) + ")"
		}
		return j.readNested(vm, d, t, depth)
	}
	return glua.LNil, "Expected value but found invalid token at character 1"
}

func (j jsonCodec) readNested(vm *glua.LState, d *json.Decoder, open json.Delim, depth int) (v glua.LValue, problem string) {
	t := vm.NewTable()
	for i := 1; d.More(); i++ {
		var key glua.LValue = glua.LNumber(i)
		if open == '{' {
			if key, problem = j.read(vm, d, depth); problem != "" {
				return glua.LNil, problem
			}
		}
		item, problem := j.read(vm, d, depth)
		if problem != "" {
			return glua.LNil, problem
		}
		if open == '{' {
			t.RawSet(key, item)
		} else {
			t.RawSetInt(i, item)
		}
	}
	if _, err := d.Token(); err != nil {
		return glua.LNil, "Expected comma or end but found invalid token at character " + itoa(int(d.InputOffset())+1)
	}
	return t, ""
}
