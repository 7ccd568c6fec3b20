package lua

import (
	"strconv"
	"strings"
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"
)

// decode is cjson.decode.
func (j *jsonCodec) decode(vm *glua.LState) int {
	if vm.GetTop() != 1 {
		badArgument(vm, 1, "decode", "expected 1 argument")
	}
	text := textAt(vm, 1, "decode")
	if len(text) >= 2 && (text[0] == 0 || text[1] == 0) {
		throw(vm, "JSON parser does not support UTF-16 or UTF-32")
	}
	r := jsonReader{jsonCodec: j, vm: vm, text: text}
	r.next()
	v := r.value()
	if r.next(); r.kind != jsonEnd {
		r.fail("the end")
	}
	vm.Push(v)
	return 1
}

// Kinds of tokens, as errors name them.
const (
	jsonObject      = "T_OBJ_BEGIN"
	jsonObjectEnd   = "T_OBJ_END"
	jsonArray       = "T_ARR_BEGIN"
	jsonArrayEnd    = "T_ARR_END"
	jsonString      = "T_STRING"
	jsonNumber      = "T_NUMBER"
	jsonBoolean     = "T_BOOLEAN"
	jsonNull        = "T_NULL"
	jsonColon       = "T_COLON"
	jsonComma       = "T_COMMA"
	jsonEnd         = "T_END"
	jsonNoToken     = "invalid token"
	jsonNoNumber    = "invalid number"
	jsonNoEscape    = "invalid escape code"
	jsonNoCodePoint = "invalid unicode escape code"
	jsonOpenString  = "unexpected end of string"
)

// jsonReader reads one text, token by token: kind, start and read are of the last one.
type jsonReader struct {
	*jsonCodec
	vm    *glua.LState
	text  string
	at    int
	depth int
	kind  string
	start int
	read  glua.LValue
	buf   []byte
}

func (r *jsonReader) fail(expected string) {
	throw(r.vm, "Expected %s but found %s at character %d", expected, r.kind, r.start+1)
}

// byteAt is a byte of the text, 0 behind its end.
func (r *jsonReader) byteAt(i int) byte {
	if i < len(r.text) {
		return r.text[i]
	}
	return 0
}

var jsonMarks = map[byte]string{'{': jsonObject, '}': jsonObjectEnd, '[': jsonArray, ']': jsonArrayEnd, ',': jsonComma, ':': jsonColon}

// next reads a token.
func (r *jsonReader) next() {
	r.s.spend(r.vm, 16)
	for strings.IndexByte(" \t\n\r", r.byteAt(r.at)) >= 0 {
		r.at++
	}
	r.start = r.at
	c := r.byteAt(r.at)
	if mark, ok := jsonMarks[c]; ok {
		r.at++
		r.kind = mark
		return
	}
	rest := r.text[min(r.at, len(r.text)):]
	switch {
	case c == 0:
		r.kind = jsonEnd
	case c == '"':
		r.at++
		r.quoted()
	case c == '-' || isDigit(c):
		if !r.invalidIn && unknownNumber(rest) {
			r.kind = jsonNoNumber
			return
		}
		r.number(rest)
	case strings.HasPrefix(rest, "true"):
		r.word(jsonBoolean, glua.LTrue, len("true"))
	case strings.HasPrefix(rest, "false"):
		r.word(jsonBoolean, glua.LFalse, len("false"))
	case strings.HasPrefix(rest, "null"):
		r.word(jsonNull, r.s.null, len("null"))
	case strings.IndexByte("iInN+", c) >= 0 && r.invalidIn && unknownNumber(rest):
		r.number(rest)
	default:
		r.kind = jsonNoToken
	}
}

func (r *jsonReader) word(kind string, v glua.LValue, n int) {
	r.kind, r.read = kind, v
	r.at += n
}

// unknownNumber reports whether a number is written as JSON does not know it.
func unknownNumber(text string) bool {
	if text[0] == '+' {
		return true
	}
	text = strings.TrimPrefix(text, "-")
	if text == "" {
		return false
	}
	if text[0] == '0' {
		return len(text) > 1 && (text[1]|0x20 == 'x' || isDigit(text[1]))
	}
	return len(text) >= 3 && (strings.EqualFold(text[:3], "inf") || strings.EqualFold(text[:3], "nan"))
}

func (r *jsonReader) number(rest string) {
	n := numberPrefix(rest)
	d, ok := parseNumber(rest[:n])
	if n == 0 || !ok {
		r.kind = jsonNoNumber
		return
	}
	r.word(jsonNumber, d, n)
}

// quoted reads the inside of a string.
func (r *jsonReader) quoted() {
	r.buf = r.buf[:0]
	for {
		switch c := r.byteAt(r.at); c {
		case '"':
			r.word(jsonString, glua.LString(r.buf), 1)
			return
		case 0:
			r.kind, r.start = jsonOpenString, r.at
			return
		case '\\':
			if problem := r.escaped(); problem != "" {
				r.kind, r.start = problem, r.at
				return
			}
		default:
			r.buf = append(r.buf, c)
			r.at++
		}
	}
}

// escaped reads what stands behind a backslash.
func (r *jsonReader) escaped() (problem string) {
	c := r.byteAt(r.at + 1)
	if c == 'u' {
		return r.codePoint()
	}
	i := strings.IndexByte(`"\/btnfr`, c)
	if i < 0 || c == 0 {
		return jsonNoEscape
	}
	r.buf = append(r.buf, "\"\\/\b\t\n\f\r"[i])
	r.at += 2
	return ""
}

// codePoint reads \uXXXX, or two of them that are one character together.
func (r *jsonReader) codePoint() (problem string) {
	const surrogates, half, low = 0xd800, 0x400, 0xdc00
	code, ok := r.hex4(r.at + 2)
	size := 6
	if ok && code&0xf800 == surrogates {
		second, okSecond := r.hex4(r.at + 8)
		if code&half != 0 || r.byteAt(r.at+6) != '\\' || r.byteAt(r.at+7) != 'u' || !okSecond || second&0xfc00 != low {
			return jsonNoCodePoint
		}
		code, size = (code&0x3ff)<<10|second&0x3ff+0x10000, 12
	}
	if !ok {
		return jsonNoCodePoint
	}
	r.buf = utf8.AppendRune(r.buf, rune(code))
	r.at += size
	return ""
}

func (r *jsonReader) hex4(at int) (code int, ok bool) {
	if at+4 > len(r.text) || strings.ContainsAny(r.text[at:at+4], "+-_") {
		return 0, false
	}
	n, err := strconv.ParseUint(r.text[at:at+4], 16, 16)
	return int(n), err == nil
}

// value is the value that begins with the token that was read.
func (r *jsonReader) value() glua.LValue {
	switch r.kind {
	case jsonString, jsonNumber, jsonBoolean, jsonNull:
		return r.read
	case jsonObject:
		return r.nested(jsonObjectEnd, r.member, "comma or object end")
	case jsonArray:
		return r.nested(jsonArrayEnd, r.item, "comma or array end")
	}
	r.fail("value")
	return glua.LNil
}

// nested reads an object or an array: one after another, with commas between.
func (r *jsonReader) nested(end string, one func(t *glua.LTable, i int), expected string) glua.LValue {
	if r.depth++; r.depth > r.decodeDepth || r.depth > maxNested {
		throw(r.vm, "Found too many nested data structures (%d) at character %d", r.depth, r.at)
	}
	t := r.vm.NewTable()
	r.next()
	for i := 1; r.kind != end; i++ {
		if i > 1 {
			if r.kind != jsonComma {
				r.fail(expected)
			}
			r.next()
		}
		one(t, i)
		r.next()
	}
	r.depth--
	return t
}

func (r *jsonReader) member(t *glua.LTable, _ int) {
	if r.kind != jsonString {
		r.fail("object key string")
	}
	key := r.read
	if r.next(); r.kind != jsonColon {
		r.fail("colon")
	}
	r.next()
	t.RawSet(key, r.value())
}

func (r *jsonReader) item(t *glua.LTable, i int) { t.RawSetInt(i, r.value()) }
