package script_test

import (
	"fmt"
	"math/rand"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestLibraries calls the functions of the libraries there and here with random arguments, odd ones more often than
// not. What they return has to be the same, and the errors they raise.
func TestLibraries(t *testing.T) {
	const rounds = 150
	reference, c := testkit.MustDial(t, testkit.Reference(t)), testkit.MustDial(t, nodetest.Start(t))
	g := calls{rand.New(rand.NewSource(testkit.Seed()))}
	wrong := map[string]int{}
	for range rounds {
		for name, call := range g.all() {
			args := []string{"EVAL", shown + "return shown(" + call + ")", "0"}
			want, have := string(testkit.AsValkey(testkit.Must(reference.Do(args...))(t))), string(testkit.Must(c.Do(args...))(t))
			if have == want {
				continue
			}
			if wrong[name]++; wrong[name] <= 3 {
				t.Errorf("TEST_SEED=%d: %s\n is %q,\nnot %q", testkit.Seed(), call, have, want)
			}
		}
	}
}

// shown calls a function and tells what it returns, tables with all that is in them.
const shown = `
local function text(v, depth)
  local kind = type(v)
  if kind == 'number' then return v ~= v and 'nan' or string.format('%.14g', v) end
  if kind == 'string' then return '"' .. v .. '"' end
  if kind ~= 'table' then return v == cjson.null and 'null' or kind == 'boolean' and tostring(v) or kind end
  if depth > 5 then return '...' end
  local all = {}
  for k, e in pairs(v) do all[#all + 1] = text(k, depth + 1) .. '=' .. text(e, depth + 1) end
  table.sort(all)
  return '{' .. table.concat(all, ',') .. '}'
end
local function shown(f, ...)
  local results = {pcall(f, ...)}
  if not results[1] then return {'fails', (string.gsub(tostring(results[2]), "to '%a[%a_0-9]*'", "to '?'"))} end
  for i = 1, 12 do results[i] = text(results[i], 0) end
  return results
end
`

type calls struct{ *rand.Rand }

func (g calls) one(from ...string) string { return from[g.Intn(len(from))] }

// some joins up to n of what f makes.
func (g calls) some(n int, between string, f func() string) string {
	var all []string
	for range g.Intn(n + 1) {
		all = append(all, f())
	}
	return strings.Join(all, between)
}

// literal is a text as scripts spell it.
func literal(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		if c := text[i]; c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == ' ' || c == '{' || c == '[' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "\\%03d", c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (g calls) number() string {
	return g.one("0", "1", "-1", "2", "3", "7", "10", "-3", "1.5", "-2.5", "255", "256", "65535", "65536", "-32", "-33", "-128", "-129", "-32769",
		"2147483647", "2147483648", "-2147483648", "4294967296", "1e15", "-1e15", "1e100", "0.1", "1/3", "'5'", "' 7 '", "'0x10'", "'010'", "nil", strconv.Itoa(g.Intn(100)))
}

func (g calls) text() string {
	return g.some(6, "", func() string {
		return g.one("a", "b", "ab", "abc", "x", " ", "1", "12", "(", ")", "[", "]", "%", ".", "-", "key", "=", "value", ",", "hello world", "\x00", "\xff", "é", "\n", "A", "Z")
	})
}

func (g calls) pattern() string {
	class := func() string {
		return g.one("a", "b", ".", "%a", "%d", "%s", "%w", "%p", "%S", "%W", "%l", "%u", "%x", "%c", "%z", "[abc]", "[^a]", "[a-c]", "[%a_]", "[%d%s]", "[]a]", "[^]]",
			"x", "%%", "%.", "%(", " ", "[a-]", "[%-a]", "\xff", "1", "=")
	}
	p := g.some(5, "", func() string {
		switch g.Intn(9) {
		case 0:
			return "(" + class() + g.one("", "*", "+", "-", "?") + ")"
		case 1:
			return "()"
		case 2:
			return g.one("%b()", "%b[]", "%bab", "%f[%w]", "%f[a]", "%f[^a]", "%1", "%2", "%f", "%b", "%", "[", "[a", "(", ")", "[^", "%f[", "^", "$", "*")
		}
		return class() + g.one("", "", "*", "+", "-", "?")
	})
	return g.one("", "", "", "^") + p + g.one("", "", "", "$")
}

func (g calls) json() string {
	var value func(depth int) string
	value = func(depth int) string {
		if depth > 3 {
			return "1"
		}
		switch g.Intn(14) {
		case 0:
			return "[" + g.some(4, g.one(",", ", ", ",", " "), func() string { return value(depth + 1) }) + g.one("]", "]", "]", ",]", "")
		case 1, 2:
			return "{" + g.some(4, g.one(",", " , ", ",", ";"), func() string {
				return g.one(`"a"`, `"b"`, `"1"`, `""`, `"a\u0062"`, "1", "b") + g.one(":", " : ", ":", "") + value(depth+1)
			}) + g.one("}", "}", "}", ",}", "")
		case 3, 4:
			return `"` + g.some(4, "", func() string {
				return g.one("a", "é", `\n`, `\"`, `\\`, `\/`, `\u0041`, `\u00e9`, `\u20ac`, `\ud83d\ude00`, `\ud83d`, `\ude00`, `\ud83dx`, `\ud83d\u0041`, `\x`, `\u12`, "\n", "\x01", "\xff", `\b\f\r\t`, "\x7f", `\u0000`)
			}) + g.one(`"`, `"`, `"`, "")
		case 5:
			return g.one("true", "false", "null", "True", "tru", "nul", "nullx", "trueish", "nan", "NaN", "-nan", "inf", "-inf", "Infinity", "-Infinity", "+1", "infx")
		}
		return g.one("0", "1", "-1", "12.5", "1e3", "1E+3", "1e-3", "1e", "1.", ".5", "-", "--1", "01", "0x10", "-0", "1e400", "-1e400", "123456789012345678", "0.1", "1_0", "0x", "1e5x", "- 1", "5 6")
	}
	return g.one("", "", " ", "\t\n") + value(0) + g.one("", "", "", " ", "x", ",", "\x00", "\x00x", "]")
}

// value is a value as scripts spell it.
func (g calls) value(depth int) string {
	if depth > 0 && g.Intn(3) == 0 {
		if g.Intn(2) == 0 { // one key: the order of more is each interpreter's own
			return "{" + g.one("[2]=", "[1]=", "['k']=", "[1.5]=", "[20]=", "[-1]=", "[0]=", "[true]=") + g.value(depth-1) + "}"
		}
		return "{" + g.some(4, ",", func() string { return g.value(depth - 1) }) + "}"
	}
	return g.one(g.number(), g.number(), literal(g.text()), "true", "false", "nil", "cjson.null", "{}", "1/0", "-1/0", "type", "'x/y\\127\\1'")
}

func (g calls) bytes() string {
	return g.some(6, "", func() string {
		heads := "\x00\x7f\x80\x81\x82\x90\x91\x93\xa0\xa1\xa3\xc0\xc2\xc3\xc4\xc7\xca\xcb\xcc\xcd\xce\xcf\xd0\xd1\xd2\xd3\xd4\xd9\xda\xdb\xdc\xde\xe0\xff"
		return string(heads[g.Intn(len(heads))]) + g.one("", "", "\x00", "\x01\x02", "\x00\x01", "abc", "\x00\x00\x00\x01", "\x80\x01\x02\x03\x04\x05\x06\x07", "\x01\x01\x01\x01", "\xff\xff")
	})
}

func (g calls) layout() string {
	return g.some(5, "", func() string {
		return g.one("<", ">", "!", "!4", "!8", "!2", "b", "B", "h", "H", "l", "L", "T", "i", "I", "i1", "i2", "I3", "i8", "I4", "f", "d", "x", "s", "c", "c0", "c2", "c3", " ", "z", "!3", "i33", "i99999999999", "=", "n", "#")
	})
}

func (g calls) conversion() string {
	return g.some(3, "", func() string {
		return g.one("a", "%%", "", " ", "é") + "%" + g.one("", "", "-", "+", " ", "#", "0", "-0", "+ ") + g.one("", "", "5", "10", "3", "0", "100") +
			g.one("", "", ".2", ".0", ".", ".10", ".5", ".100") + g.one("d", "i", "u", "c", "x", "X", "o", "e", "E", "f", "g", "G", "s", "s", "q", "y", "")
	})
}

// all is a call of each kind.
func (g calls) all() map[string]string {
	arguments := func(n int, f func() string) string {
		var b strings.Builder
		for range g.Intn(n + 1) {
			b.WriteString(", " + f())
		}
		return b.String()
	}
	number := func() string { return g.number() }
	value := func() string { return g.value(2) }
	return map[string]string{
		"find":   "string.find, " + literal(g.text()) + ", " + literal(g.pattern()) + g.one("", "", ", "+g.number()) + g.one("", "", ", "+g.number()+", true"),
		"match":  "string.match, " + literal(g.text()) + ", " + literal(g.pattern()) + arguments(1, number),
		"gmatch": "function() local all = {} for a, b in string.gmatch(" + literal(g.text()) + ", " + literal(g.pattern()) + ") do all[#all + 1] = {a, b} end return all end",
		"gsub": "string.gsub, " + literal(g.text()) + ", " + literal(g.pattern()) + ", " +
			g.one("'<%0>'", "'%1'", "'%2%1'", "'%%'", "'%'", "'x'", "''", "{a = 'A', b = 1, x = false}", "string.upper", "function(a, b) return b end", "nil", "5", "true", "function() return {} end") + arguments(1, number),
		"sub": "string." + g.one("sub", "byte", "rep", "len", "upper", "lower", "reverse") + ", " + literal(g.text()) + arguments(2, func() string {
			return g.one("0", "1", "-1", "2", "-2", "5", "-5", "100", "-100", "1.7", "'2'", "nil", "'x'", "{}")
		}),
		"char":   "string.char" + arguments(3, number),
		"format": "string.format, " + literal(g.conversion()) + arguments(3, func() string { return g.one(g.number(), g.number(), literal(g.text()), "{}", "true") }),
		"decode": "cjson.decode, " + literal(g.json()),
		"encode": "function() return cjson.decode(cjson.encode(" + g.value(3) + ")) end",
		"plain":  "cjson.encode, " + g.one(g.number(), literal(g.text()), "{"+g.number()+", "+g.number()+"}", "{["+g.number()+" or 1] = 1}", "{[15] = 1}", "{1, nil, nil, 4}", "{[{}] = 1}", "{a = {}}", "{[true] = 1}"),
		"settings": "function() local c = cjson.new() return {c." + g.one("encode_max_depth", "decode_max_depth", "encode_number_precision", "encode_keep_buffer", "encode_invalid_numbers",
			"decode_invalid_numbers", "encode_sparse_array") + "(" + g.one("", g.number(), "true", "false", "'on'", "'off'", "'null'", "'x'", "true, 0, 0", "nil, 3, 20", "1, 2, 3, 4") + ")}, {pcall(c.encode, " +
			g.value(2) + ")}, {pcall(c.decode, " + literal(g.json()) + ")} end",
		"pack":   "cmsgpack.pack" + arguments(3, value),
		"unpack": "cmsgpack." + g.one("unpack", "unpack", "unpack_one", "unpack_limit") + ", " + literal(g.bytes()) + arguments(2, number),
		"repack": "function() return cmsgpack.unpack(cmsgpack.pack(" + g.value(3) + ")) end",
		"layout": "struct." + g.one("pack", "size") + ", " + literal(g.layout()) + arguments(5, func() string { return g.one(g.number(), g.number(), literal(g.text())) }),
		"struct": "struct.unpack, " + literal(g.layout()) + ", " + literal(g.bytes()+g.bytes()+g.bytes()) + arguments(1, number),
		"bit":    "bit." + g.one("band", "bor", "bxor", "bnot", "tobit", "lshift", "rshift", "arshift", "rol", "ror", "bswap", "tohex") + arguments(3, number),
		"math": "math." + g.one("floor", "ceil", "abs", "max", "min", "fmod", "mod", "modf", "sqrt", "frexp", "ldexp", "deg", "rad", "exp", "log", "log10", "pow") +
			", " + g.one("0", "-1", "2", "10", "-2.5", "1/0", "-1/0", "'9'", "1e300") + g.one("", ", 2", ", -3", ", 0", ", nil"),
		"random": "function() math.randomseed(" + g.number() + ") return math.random(), math.random(100), math.random(" + g.one("", "1", "10", "-5, 5", "0", "5, 4", "1.9, 3.9", "'7'", "1, 2147483647", "1, 2, 3", "nil") + ") end",
		"tonumber": "tonumber, " + g.one("'10'", "'1e2'", "'0x1F'", "' 7 '", "'7z'", "'-ff'", "'zz'", "''", "'1 1'", "'nan'", "'inf'", "'-infinity'", "'nan(12)'", "nil", "{}", "5", "'99999999999999999999'", "'0xfffffffffffffffff'", "'0x.8p1'", "'1e'", "'.'", "'0b1'", "'1_0'", `"1\0x"`) +
			arguments(1, func() string { return g.one("10", "16", "2", "36", "8", "1", "37", "nil", "'16'") }),
		"table": "function() local t = {" + g.some(6, ", ", func() string { return g.one("1", "2", "3", "'a'", "'b'", "5", "4") }) + "} " + g.some(4, " ", func() string {
			return g.one("table.insert(t, "+g.number()+")", "table.insert(t, "+"1, 'new')", "table.remove(t)", "table.remove(t, "+g.one("1", "2", "0", "9")+")",
				"table.sort(t, function(a, b) return tostring(a) < tostring(b) end)", "table.sort(t, function(a, b) return #tostring(a) < #tostring(b) end)", "table.sort(t)", "t[#t + 1] = 'end'", "table.insert(t)")
		}) + " return t, #t, table.maxn(t), table.getn(t), {unpack(t)}, table.foreachi(t, function(i, v) if i == 3 then return v end end) end",
		"concat":      "table.concat, {" + g.some(5, ", ", func() string { return g.one("1", "'a'", "0.1", "1e20", "{}", "true") }) + "}" + arguments(3, func() string { return g.one("','", "1", "2", "nil", "0", "5") }),
		"select":      "select, " + g.one("'#'", "1", "2", "-1", "-2", "0", "-9", "9", "'2'", "nil", "'x'") + arguments(3, number),
		"unpack list": "unpack, {1, 2, 3}" + arguments(2, func() string { return g.one("1", "2", "0", "-1", "5", "nil", "1e9") }),
	}
}
