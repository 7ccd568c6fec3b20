package lua

import (
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

func run(t *testing.T, s *State, body string) error {
	t.Helper()
	p, err := Compile(body)
	if err != nil {
		t.Fatal(err)
	}
	s.Ready()
	return s.Run(p, noHost{}, nil, nil, &sink{})
}

// TestRecursion: no way of recursing ends the process.
func TestRecursion(t *testing.T) {
	s := NewState(Identity{})
	for _, body := range []string{
		"local function f() return f() + 1 end return f()",
		"local function f() return pcall(f) end return f()",
		"local function f() return xpcall(f, f) end return f()",
		"local function f() return xpcall(error, f) end return f()",
		"local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k .. 'x'] end return t.x",
		"local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x",
		"local t = setmetatable({}, {}) getmetatable(t).__tostring = function(t) return tostring(t) end return tostring(t)",
		"local t = setmetatable({}, {}) getmetatable(t).__call = t return t()",
		"local function f() coroutine.wrap(f)() end f()",
		"local function f() local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end coroutine.wrap(f)() return t.x end f()",
		"local function f(n) if n == 0 then return coroutine.wrap(function() return f(1500) end)() end return f(n - 1) + 1 end return f(1500)",
		"local function f(s) return (string.gsub(s, '.', f)) end return f('x')",
		"local function f(a, b) table.sort({3, 2, 1}, f) return false end f()",
		"local t = {} for i = 1, 100000 do t = {t} end return t",
		"local t = {} for i = 1, 100000 do t = {t} end return cjson.encode(t)",
		"return cjson.decode(string.rep('[', 100000))",
		"return cmsgpack.unpack(string.rep('\\145', 100000))",
		"return string.rep('x', 1e9)",
		"return unpack({}, 1, 1e8)",
		"return loadstring('return ' .. string.rep('(', 100000) .. '1' .. string.rep(')', 100000))",
	} {
		before := testkit.CPU()
		err := run(t, s, body)
		if spent := testkit.CPU() - before; spent > 20*time.Second { // rather than for ever
			t.Errorf("%.60s: took %v (%v)", body, spent, err)
		}
	}
	if err := run(t, s, "return 1"); err != nil {
		t.Error(err)
	}
}

// TestAbort: whatever a script does, it ends when it is told to.
func TestAbort(t *testing.T) {
	s := NewState(Identity{})
	for _, body := range []string{
		"while true do end",
		"while true do pcall(function() while true do end end) end",
		"while true do xpcall(function() while true do end end, function() while true do end end) end",
		"while true do pcall(error) end",
		"coroutine.wrap(function() while true do end end)()",
		"while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
		"for i = 1, 1e15 do redis.pcall('x') end",
		"repeat local t = setmetatable({}, {__gc = 1, __index = function() while true do end end}) local x = t.x until false",
		"local t = {} for i = 1, 1000 do t[i] = i end table.sort(t, function() while true do end end)",
		"string.gsub('x', '.', function() while true do end end)",
		"load(function() while true do end end)",
		// Each of these is hours of work of one function.
		"return ('('):rep(2e6):find('%b()')",
		"return ('b'):rep(1e6):find('[' .. ('a'):rep(1e6) .. ']')",
		"return ('b'):rep(1e6):find('%f[' .. ('a'):rep(1e6) .. ']')",
		"return ('a'):rep(1e6):find('(a*)%1b')",
		"return ('a'):rep(1e6):find('.-.-.-b')",
		"local t = 1 for i = 1, 15 do local u = {} for j = 1, 100 do u[j] = t end t = u end return cmsgpack.pack(t)",
		"local t = {} for i = 1, 900 do t = {t, t} end return cjson.encode(t)",
	} {
		p, err := Compile(body)
		if err != nil {
			t.Fatal(err)
		}
		s.Ready() // forgets what Abort asked for before
		timer := time.AfterFunc(20*time.Millisecond, s.Abort)
		err = s.Run(p, noHost{}, nil, nil, &sink{}) // or the test does not end
		timer.Stop()
		e, ok := err.(*Error)
		if !ok || !e.Stopped {
			t.Errorf("%s: %v", body, err)
		}
	}
	if err := run(t, s, "return 1"); err != nil {
		t.Error(err)
	}
}

// TestNothingStays: what a script leaves is not there for the next one.
func TestNothingStays(t *testing.T) {
	s := NewState(Identity{})
	const seventh = "266444197" // what 7 as the seed begins with
	for _, body := range []string{
		"rawset(_G, 'x', 1)", "rawset(string, 'x', 1)", "table.insert(redis, 1)", "KEYS.x = 1", "_G.x = 1", "x = 1",
		"string.upper = nil", "redis.call = nil", "setmetatable(_G, nil)", "getmetatable('').__index = nil",
		"setfenv(0, {})", "setfenv(1, {x = 1})", "math.randomseed(7)", "setfenv(redis.call, {})", "getfenv(0).x = 1",
		"setfenv(0, {redis = {call = function() end}})", "setmetatable(1, {__index = {x = 1}})", "setmetatable(print or type, {})",
		"setmetatable(cjson.null, {__index = {x = 1}})", "getmetatable(_G).__index = nil", "getmetatable('').__index.upper = nil",
		"getmetatable('').__add = function() return 'SPY' end", "local _, t = pairs(redis) t.call = nil", "select(2, pairs(string)).upper = nil",
		"for _, t in pairs(_G) do pcall(function() t.x = 1 end) end", "debug.getregistry().x = 1", "newproxy(true)",
		"package.loaded.string.upper = nil", "cjson.encode_max_depth(1)", "cjson.encode_number_precision(1)", "cjson.encode_invalid_numbers(true)",
		"coroutine.wrap(function() setfenv(0, {}) end)()", "table.setn(redis, 1)", "table.sort(redis, function() return true end)",
		"rawset(getmetatable(''), '__index', nil)", "table.insert(string, 1)", "_G._G = {}", "math.huge = 1", "setmetatable(nil, {__index = {}})",
		"loadstring('setfenv(0, {})')()", "error(redis)", "error(_G)", "return redis", "unpack = nil", "string.gsub('x', 'x', redis)",
		"getfenv(redis.call).x = 1", "table.sort(_G, function() return true end)", "string.format = 1",
		"loadstring('x = 1')()", "redis.setresp(3)", "coroutine.wrap(function() x = 1 end)()",
	} {
		_ = run(t, s, body)
		for _, check := range []string{"return rawget(_G, 'x') == nil and 1 or 0", "return string.x == nil and 1 or 0",
			"return redis[1] == nil and 1 or 0", "return KEYS.x == nil and 1 or 0", "return string.upper('a') == 'A' and 1 or 0",
			"return type(redis.call) == 'function' and 1 or 0", "return ('a'):upper() == 'A' and 1 or 0",
			"return pcall(function() return x end) and 0 or 1", "return pcall(function() return (1).x end) and 0 or 1",
			"return pcall(function() return cjson.null.x end) and 0 or 1", "return '1' + 1 == 2 and 1 or 0",
			"return cjson.encode({{1.123456, a = 1 / 3}}) == '[{\"1\":1.123456,\"a\":0.33333333333333}]' and 1 or 0",
			"return pcall(cjson.encode, 1/0) and 0 or 1", "return loadstring('return type(redis.call)')() == 'function' and 1 or 0",
			"return _G._G == _G and math.huge > 1 and type(unpack) == 'function' and redis == server and 1 or 0",
			"return next(redis) ~= nil and rawget(redis, 'source') == nil and rawget(_G, 'line') == nil and 1 or 0",
			"return math.random(1e9) ~= " + seventh + " and 1 or 0"} {
			p, _ := Compile(check)
			out := &sink{}
			s.Ready()
			if err := s.Run(p, noHost{}, nil, nil, out); err != nil || out.n != 1 {
				t.Errorf("after %q: %q: %v %v", body, check, out.n, err)
			}
		}
	}
}

func TestSandbox(t *testing.T) {
	s := NewState(Identity{})
	for _, name := range []string{"print", "dofile", "loadfile", "require", "module", "package", "io", "debug", "channel", "_printregs"} {
		err := run(t, s, "return "+name)
		if err == nil || !strings.Contains(err.Error(), "nonexistent global variable '"+name+"'") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"os.execute", "os.exit", "os.getenv", "os.remove"} {
		if err := run(t, s, "if "+name+" ~= nil then error('there') end"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Bounds of loops may be texts, as arguments of scripts are.
func TestBoundsOfLoops(t *testing.T) {
	s := NewState(Identity{})
	for body, want := range map[string]string{
		"local n = 0 for i = '1', '3' do n = n + i end if n ~= 6 then error(n) end":                  "",
		"local n = 0 for i = '10', ' 0x1 ', '-3' do n = n + i end if n ~= 22 then error(n) end":      "",
		"local b = {'2'} local f = function() for i = 1, b[1] do for j = i, b[1] do end end end f()": "",
		"for i = 1, 'x' do end":          "'for' limit must be a number",
		"for i = {}, 2 do end":           "'for' initial value must be a number",
		"for i = 1, 2, nil do end":       "'for' step must be a number",
		"for i = 1, tonumber('') do end": "'for' limit must be a number",
	} {
		err := run(t, s, body)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// What scripts write of numbers, and how they format, is what Lua 5.1 has; found out with redis-server.
func TestTexts(t *testing.T) {
	s := NewState(Identity{})
	for expression, want := range map[string]string{
		"1/3 .. ''":                  "0.33333333333333",
		"0.1 + 0.2 .. ''":            "0.3",
		"1e15 .. '|' .. 1e14 .. ''":  "1e+15|1e+14",
		"123456789012345678 .. ''":   "1.2345678901235e+17",
		"99999999999999 .. '' .. -1": "99999999999999-1",
		"tostring(-0.0) .. tostring(1/0) .. tostring(-1/0) .. tostring(0/0)": "-0inf-inf-nan",
		"10 .. ''":                               "10",
		"tostring(2^53 + 1)":                     "9.007199254741e+15",
		"table.concat({1, 0.1, 'x', 1e20}, ',')": "1,0.1,x,1e+20",
		"table.concat({1, 2, 3}, '-', 2, 3)":     "2-3",
		"string.format('%5.2f|%-5d|%05d|%x|%X|%o', 3.14159, 42, 42, 255, 255, 8)":               " 3.14|42   |00042|ff|FF|10",
		`string.format('%e|%g|%c|%q|%s|%%|%i|%u', 12345.678, 0.0001, 65, 'a"b\n', 'str', 7, 9)`: "1.234568e+04|0.0001|A|\"a\\\"b\\\n\"|str|%|7|9",
		"string.format('%10s|%-10s|%.2s', 'abc', 'abc', 'abcdef')":                              "       abc|abc       |ab",
		"string.format('%d|%s|%5s|%.14g', 3.7, 0.1, 1.5, 0.1 + 0.2)":                            "3|0.1|  1.5|0.3",
		"string.format('%g|%g|%G|%g', 100000, 1000000, 1e-10, 0.5)":                             "100000|1e+06|1E-10|0.5",
		"'a' .. (function() return 1, 2 end)()":                                                 "a1",
		"(function(...) return 'a' .. ... end)(1, 2)":                                           "a1",
		"(function(...) return 'a' .. select('#', ...) .. #'xyz' end)(1, 2)":                    "a23",
		"setmetatable({}, {__concat = function(a, b) return 'met' end}) .. 'x' .. 1":            "met",
		"'y' .. setmetatable({}, {__concat = function(a, b) return 'met' .. b end}) .. 'z'":     "ymetz",
		"('u'):rep(1) .. ':' .. ARGV.n .. '|' .. KEYS.n .. '!'":                                 "u:1|2!",
		"'a' .. 'b' .. 'c' .. 'd'":                                                              "abcd",
		"('a' .. 'b') .. ('c' .. 'd')":                                                          "abcd",
		"'010' + 1 .. ' ' .. '1e2' * '0x10' .. ' ' .. -' 5 '":                                   "11 1600 -5",
		"tostring(-6 % 3) .. ' ' .. tostring(5 % -3) .. ' ' .. tostring(5 % (1/0))":             "0 -1 -nan",
		"0010 .. ' ' .. 1e400": "10 inf",
		"select('#', unpack({1, k = (function() return 1, 2, 3 end)()})) .. ''": "1",
		"loadstring('return 1 / 3 .. 0010 .. ...')('x')":                        "0.3333333333333310x",
		"1 .. 2 .. 3 == '123' and 'right' or 'wrong'":                           "right",
		`string.format('%q', 'a\0b\r')`:                                         `"a\000b\r"`,
		"('%d items'):format('12')":                                             "12 items",
	} {
		if err := run(t, s, "KEYS.n, ARGV.n = 2, 1 local is = "+expression+" if is ~= "+quoted(want)+" then error(is) end"); err != nil {
			t.Errorf("%s: %v, want %s", expression, err, want)
		}
	}
	for body, want := range map[string]string{
		"return string.format('%s', nil)":                  "bad argument #2 to 'format' (string expected, got nil)",
		"return string.format('%d', 'x')":                  "bad argument #2 to 'format' (number expected, got string)",
		"return string.format('%d')":                       "bad argument #2 to 'format' (no value)",
		"return string.format('%y', 1)":                    "invalid option '%y' to 'format'",
		"return table.concat({1, {}})":                     "invalid value (table) at index 2 in table for 'concat'",
		"error({})":                                        "ERR unknown error",
		"local f = coroutine.wrap(function() end) f() f()": "cannot resume dead coroutine",
		"return {} .. 'x'":                                 "attempt to concatenate a table value",
		"local s = 'x' .. nil":                             "attempt to concatenate a nil value",
	} {
		if err := run(t, s, body); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func quoted(text string) string {
	var b strings.Builder
	quote(&b, text)
	return b.String()
}
