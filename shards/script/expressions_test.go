package script_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestExpressions runs random programs there and here: operators of all kinds on values of all kinds, some of which
// tell when they are evaluated. Whether a program fails has to be the same, and if it does not, what it returns.
func TestExpressions(t *testing.T) {
	const programs = 3000
	reference, c := testkit.MustDial(t, testkit.Reference(t)), testkit.MustDial(t, nodetest.Start(t))
	g := expressions{rand.New(rand.NewSource(testkit.Seed()))}
	wrong := 0
	for range programs {
		args := []string{"EVAL", preamble + g.program() + postamble, "2", "k1", "10", "arg", " 7 ", "0.1"}
		want, have := string(testkit.AsValkey(testkit.Must(reference.Do(args...))(t))), string(testkit.Must(c.Do(args...))(t))
		if have == want {
			continue
		}
		t.Errorf("TEST_SEED=%d: %s\n is %q,\nnot %q", testkit.Seed(), strings.TrimSuffix(strings.TrimPrefix(args[1], preamble), postamble), have, want)
		if wrong++; wrong > 20 {
			t.FailNow()
		}
	}
}

// preamble has names for values, functions that note that they were called, and a table with all metamethods.
const preamble = `
local log, t, u = {}, {}, {}
local function show(v)
  if v == t then return 't' elseif v == u then return 'u' end
  local kind = type(v)
  if kind == 'table' or kind == 'function' then return kind end
  return kind .. ':' .. tostring(v)
end
local function f(...) log[#log + 1] = 'f' .. select('#', ...) return ... end
local function two() log[#log + 1] = 'two' return 2, 'second' end
local function none() log[#log + 1] = 'none' end
local meta = {}
for _, event in ipairs({'add', 'sub', 'mul', 'div', 'mod', 'pow', 'unm', 'concat'}) do
  meta['__' .. event] = function(a, b) log[#log + 1] = event .. '(' .. show(a) .. (event == 'unm' and ')' or ',' .. show(b) .. ')') return event end
end
meta.__eq = function(a, b) log[#log + 1] = 'eq' return false end
meta.__lt = function(a, b) log[#log + 1] = 'lt' return true end
meta.__le = function(a, b) log[#log + 1] = 'le' return false end
meta.__call = function(self, ...) log[#log + 1] = 'call' .. select('#', ...) return ... end
meta.__index = function(self, k) log[#log + 1] = 'index' .. show(k) return k end
setmetatable(t, meta) setmetatable(u, meta)
local r = {x = 'rx', y = 1.5, n = -3, z = {deep = 'z'}, 'one', '2', 3, g = function(self, a) return a end}
local a, b, c, d = 1, '5', 'text', nil
local function main(...)
`

const postamble = `
end
local results = {pcall(main, 8, 'vararg')}
if not results[1] then return {err = 'failed'} end
local n = select('#', unpack(results))
for i = 1, n do results[i] = show(results[i]) end
return {table.concat(results, ' '), table.concat(log, ' ')}`

type expressions struct{ *rand.Rand }

func (g expressions) program() string {
	switch g.Intn(6) {
	case 0:
		return "local p, q = " + g.expression(3) + ", " + g.expression(3) + " return q, p"
	case 1:
		return "local s = '' for i = " + g.number() + ", " + g.number() + ", 3 do s = s .. i .. " + g.expression(2) + " end return s"
	case 2:
		return "if " + g.expression(3) + " then return " + g.expression(3) + " else return " + g.expression(2) + " end"
	case 3:
		return "return ({" + g.expression(2) + ", " + g.expression(2) + ", k = " + g.expression(2) + "})[" + g.expression(2) + "]"
	}
	return "return " + g.expression(4)
}

func (g expressions) one(from ...string) string { return from[g.Intn(len(from))] }

func (g expressions) number() string { return g.one("1", "10", "-2", "'3'", "2.5", "a", "b", "#c") }

func (g expressions) expression(depth int) string {
	if depth == 0 || g.Intn(6) == 0 {
		if g.Intn(4) > 0 {
			return g.safe()
		}
		return g.leaf()
	}
	e := func() string { return g.expression(depth - 1) }
	switch g.Intn(14) {
	case 0:
		return "(" + e() + ")"
	case 1:
		return g.one("- ", "not ", "#", "- - ", "not not ") + e()
	case 2:
		return g.one("f", "two", "none", "r.g", "t", "(function(...) return ... end)") + "(" + e() + ")"
	case 3:
		return "f(" + e() + ", " + e() + ")"
	case 4:
		return "r:g(" + e() + ")"
	case 5:
		if g.Intn(4) == 0 {
			return e() + g.one(" ^ ", "^") + g.one("2", "- 1", "'3'", "t", "2 ^ 1")
		}
		return e() + g.one(" and ", " or ") + e()
	case 6:
		return e() + g.one(" == ", " ~= ", " < ", " <= ", " > ", " >= ") + e()
	case 7, 8:
		return e() + g.one(" + ", " - ", " * ", " / ", " % ", "+", "*") + e()
	}
	chain := e()
	for range 1 + g.Intn(4) {
		chain += g.one(" .. ", " .. ' ' .. ") + e()
	}
	return chain
}

// safe is something that any operator but # takes.
func (g expressions) safe() string {
	return g.one("1", "7", "0.1", "-3", "1e15", "'10'", "'010'", "' 5 '", "'0x1F'", "'1e2'", "KEYS[2]", "ARGV[2]", "ARGV[3]", "r.y", "r.n", "r[2]",
		"a", "b", "two()", "f(...)", "(...)", "...", "t", "t", "t.k + 1", "f(2)", "select('#', ...)")
}

func (g expressions) leaf() string {
	switch g.Intn(5) {
	case 0:
		return g.one("0", "1", "7", "3.25", "0.1", "1e15", "1e100", "0x10", "123456789012", ".5", "3.", "1e-7", "007", "0010", "0xfF", "1E2", "2e-3", fmt.Sprint(g.Intn(1000)))
	case 1:
		return g.one("''", "'x'", "'10'", "'010'", "' 5 '", "'0x1F'", "'1e2'", "'abc'", "'-3'", `"a\0b"`, "'1_0'", "'0b1'", "'5.'", "'-'", "'+4'", "'1 2'")
	case 2:
		return g.one("KEYS[1]", "KEYS[2]", "ARGV[1]", "ARGV[2]", "ARGV[3]", "KEYS[9]", "r.x", "r.y", "r.n", "r[1]", "r[2]", "r[3]", "r.nothing", "r.z.deep", "r['y']")
	case 3:
		return g.one("a", "b", "c", "d", "t", "u", "t", "nil", "true", "false", "...", "(...)")
	}
	return g.one("two()", "none()", "f(...)", "(two())", "f(1)", "t.k", "('lit')", "tostring(3)", "select('#', ...)", "c:upper()")
}
