package lua

import (
	"math"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// encode is cjson.encode.
func (j *jsonCodec) encode(vm *glua.LState) int {
	if vm.GetTop() != 1 {
		badArgument(vm, 1, "encode", "expected 1 argument")
	}
	w := jsonWriter{jsonCodec: j, vm: vm}
	w.value(vm.Get(1), 0)
	vm.Push(glua.LString(w.b))
	return 1
}

// jsonWriter writes one text.
type jsonWriter struct {
	*jsonCodec
	vm *glua.LState
	b  []byte
}

func (w *jsonWriter) fail(v glua.LValue, reason string) {
	throw(w.vm, "Cannot serialise %s: %s", v.Type(), reason)
}

func (w *jsonWriter) value(v glua.LValue, depth int) {
	w.s.spend(w.vm, 16)
	switch v := v.(type) {
	case glua.LString:
		w.b = appendQuoted(w.b, string(v))
	case glua.LNumber:
		w.number(v)
	case glua.LBool:
		w.b = strconv.AppendBool(w.b, bool(v))
	case *glua.LTable:
		if depth++; depth > w.encodeDepth || depth > maxNested {
			throw(w.vm, "Cannot serialise, excessive nesting (%d)", depth)
		}
		w.table(v, depth)
	case *glua.LUserData, *glua.LNilType:
		w.b = append(w.b, "null"...)
	default:
		w.fail(v, "type not supported")
	}
	if len(w.b) > maxText {
		throw(w.vm, "resulting string too large")
	}
}

// maxNested bounds arrays and objects within each other, whatever the settings are: C's interpreter has so much stack.
const maxNested = 2000

func (w *jsonWriter) number(v glua.LNumber) {
	d := float64(v)
	if !math.IsNaN(d) && !math.IsInf(d, 0) {
		w.b = appendG(w.b, d, w.precision)
		return
	}
	switch {
	case w.invalidOut == 0:
		w.fail(v, "must not be NaN or Inf")
	case w.invalidOut == 2:
		w.b = append(w.b, "null"...)
	case math.IsNaN(d):
		w.b = append(w.b, "nan"...)
	default:
		w.b = append(w.b, numberText(v)...)
	}
}

func (w *jsonWriter) table(t *glua.LTable, depth int) {
	t = w.s.real(t)
	n, items := w.s.arrayLength(w.vm, t)
	if n > 0 && w.sparseRatio > 0 && n > items*w.sparseRatio && n > w.sparseSafe {
		if !w.sparseConvert {
			w.fail(t, "excessively sparse array")
		}
		n = -1
	}
	if n <= 0 {
		w.object(t, depth)
		return
	}
	w.b = append(w.b, '[')
	for i := 1; i <= n; i++ {
		if i > 1 {
			w.b = append(w.b, ',')
		}
		w.value(element(t, i), depth)
	}
	w.b = append(w.b, ']')
}

// object walks as next does: the order of the elements is the same each time.
func (w *jsonWriter) object(t *glua.LTable, depth int) {
	w.b = append(w.b, '{')
	first := true
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		if !first {
			w.b = append(w.b, ',')
		}
		first = false
		switch k := k.(type) {
		case glua.LString:
			w.b = appendQuoted(w.b, string(k))
		case glua.LNumber:
			w.b = append(w.b, '"')
			w.number(k)
			w.b = append(w.b, '"')
		default:
			w.fail(k, "table key must be a number or string")
		}
		w.b = append(w.b, ':')
		w.value(v, depth)
	}
	w.b = append(w.b, '}')
}

// arrayLength is the largest key of a table and how many there are, if all keys are positive integers; else it is -1.
func (s *State) arrayLength(vm *glua.LState, t *glua.LTable) (n, items int) {
	for k, _ := t.Next(glua.LNil); k != glua.LNil; k, _ = t.Next(k) {
		d, ok := k.(glua.LNumber)
		if !ok || float64(d) != math.Floor(float64(d)) || d < 1 || d > math.MaxInt32 {
			return -1, 0
		}
		items++
		s.spend(vm, 16)
		n = max(n, int(d))
	}
	return n, items
}

// appendG is C's %.{precision}g.
func appendG(b []byte, d float64, precision int) []byte {
	text := strconv.FormatFloat(d, 'e', precision-1, 64)
	mantissa, power, _ := strings.Cut(text, "e")
	exponent, _ := strconv.Atoi(power)
	if exponent >= -4 && exponent < precision {
		text, power = strconv.FormatFloat(d, 'f', precision-1-exponent, 64), ""
	} else {
		text, power = mantissa, "e"+power
	}
	if strings.IndexByte(text, '.') >= 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return append(append(b, text...), power...)
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
