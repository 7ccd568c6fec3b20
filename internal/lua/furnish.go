package lua

import (
	"math"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// allowed are the functions of the basic library that scripts have.
var allowed = []string{"xpcall", "tostring", "getfenv", "setmetatable", "next", "assert", "tonumber", "rawequal",
	"collectgarbage", "getmetatable", "rawset", "type", "select", "unpack", "pairs", "rawget", "ipairs", "setfenv"}

// furnish opens the libraries, takes away what scripts must not have and puts
// everything behind tables that refuse to be changed.
func (s *State) furnish() {
	vm := s.vm
	for _, lib := range []struct {
		name string
		open glua.LGFunction
	}{{glua.BaseLibName, glua.OpenBase}, {glua.TabLibName, glua.OpenTable}, {glua.StringLibName, glua.OpenString},
		{glua.MathLibName, glua.OpenMath}, {glua.CoroutineLibName, glua.OpenCoroutine}, {glua.OsLibName, glua.OpenOs}} {
		vm.Push(vm.NewFunction(lib.open))
		vm.Push(glua.LString(lib.name))
		vm.Call(1, 0)
	}
	from := vm.G.Global
	s.own, s.env, s.bare = vm.NewTable(), vm.NewTable(), nil
	for _, name := range allowed {
		s.own.RawSetString(name, from.RawGetString(name))
	}
	s.handler = vm.NewFunction(located)
	s.guard("rawset")
	s.guard("setmetatable")
	s.own.RawSetString("pcall", vm.NewFunction(s.protected))
	s.own.RawSetString("xpcall", vm.NewFunction(s.handled))
	s.own.RawSetString("tonumber", vm.NewFunction(toNumber(from.RawGetString("tonumber").(*glua.LFunction))))
	s.own.RawSetString("tostring", vm.NewFunction(toString))
	s.own.RawSetString("unpack", vm.NewFunction(unpack))
	s.own.RawSetString("loadstring", vm.NewFunction(s.loadString))
	s.own.RawSetString("error", vm.NewFunction(fail))
	s.own.RawSetString("load", vm.NewFunction(s.load))
	s.own.RawSetString("gcinfo", vm.NewFunction(func(vm *glua.LState) int { vm.Push(glua.LNumber(0)); return 1 }))
	s.own.RawSetString("_VERSION", glua.LString("Lua 5.1"))
	s.own.RawSetString("_G", s.env)
	s.libraries(from)
	s.seal(s.env, s.own, s.missing)
	vm.G.Global = s.env
	vm.Env = s.env
}

// libraries puts the tables of functions among the globals.
func (s *State) libraries(from *glua.LTable) {
	text := s.textLibrary(from.RawGetString("string").(*glua.LTable))
	if meta, ok := s.vm.GetMetatable(glua.LString("")).(*glua.LTable); ok {
		s.helpers(text.Metatable.(*glua.LTable).RawGetString("__index").(*glua.LTable))
		meta.RawSetString("__index", text)
		meta.RawSetString("__metatable", glua.LFalse)
		s.arithmetic(meta)
	}
	server := s.sealed(s.serverTable())
	for name, t := range map[string]glua.LValue{
		"string": text, "server": server, "redis": server,
		"table":     s.sealed(s.tableLibrary(from.RawGetString("table").(*glua.LTable))),
		"math":      s.sealed(s.mathLibrary(from.RawGetString("math").(*glua.LTable))),
		"os":        s.sealed(s.clockLibrary(from.RawGetString("os").(*glua.LTable))),
		"coroutine": s.sealed(s.coroutineLibrary(from.RawGetString("coroutine").(*glua.LTable))),
		"cjson":     s.sealed(s.jsonLibrary()),
		"bit":       s.sealed(s.bitLibrary()),
		"struct":    s.sealed(s.structLibrary()),
		"cmsgpack":  s.sealed(s.msgpackLibrary()),
	} {
		s.own.RawSetString(name, t)
	}
}

// sealed is an empty table through which t can be read and not be changed.
func (s *State) sealed(t *glua.LTable) *glua.LTable {
	front := s.vm.NewTable()
	s.seal(front, t, nil)
	return front
}

func (s *State) seal(front, t *glua.LTable, missing glua.LGFunction) {
	meta := s.vm.NewTable()
	meta.RawSetString("__index", t)
	meta.RawSetString("__newindex", s.vm.NewFunction(readOnly))
	meta.RawSetString("__metatable", glua.LFalse)
	front.Metatable = meta
	if missing != nil {
		behind := s.vm.NewTable()
		behind.RawSetString("__index", s.vm.NewFunction(missing))
		t.Metatable = behind
	}
	s.bare = append(s.bare, front)
}

// guard keeps a function of the basic library from changing a sealed table.
func (s *State) guard(name string) {
	fn := s.own.RawGetString(name).(*glua.LFunction)
	run := fn.GFunction
	s.own.RawSetString(name, s.vm.NewFunction(func(vm *glua.LState) int {
		if t, ok := vm.Get(1).(*glua.LTable); ok && slices.Contains(s.bare, t) {
			vm.Error(glua.LString("Attempt to modify a readonly table"), 0)
		}
		return run(vm)
	}))
}

func readOnly(vm *glua.LState) int {
	vm.RaiseError("Attempt to modify a readonly table")
	return 0
}

func (s *State) missing(vm *glua.LState) int {
	vm.RaiseError("Script attempted to access nonexistent global variable '%s'", glua.LVAsString(vm.Get(2)))
	return 0
}

// protected is pcall: what it catches of the server's errors is told as a text, and an
// end that was asked for is not caught at all.
func (s *State) protected(vm *glua.LState) int {
	n := vm.GetTop()
	if n == 0 {
		vm.RaiseError("bad argument #1 to 'pcall' (value expected)")
	}
	s.enter(vm)
	err := vm.PCall(n-1, glua.MultRet, nil)
	s.leave()
	if s.stop.asked() {
		vm.RaiseError("%s", errStopped.Error())
	}
	if err == nil {
		vm.Insert(glua.LTrue, 1)
		return vm.GetTop()
	}
	vm.SetTop(0)
	vm.Push(glua.LFalse)
	vm.Push(caught(err))
	return 2
}

// handled is xpcall, likewise.
func (s *State) handled(vm *glua.LState) int {
	fn, handler := vm.CheckFunction(1), vm.CheckFunction(2)
	s.enter(vm)
	vm.Push(fn)
	err := vm.PCall(0, glua.MultRet, handler)
	s.leave()
	if s.stop.asked() {
		vm.RaiseError("%s", errStopped.Error())
	}
	if err == nil {
		vm.Insert(glua.LTrue, 3)
		return vm.GetTop() - 2
	}
	vm.SetTop(0)
	vm.Push(glua.LFalse)
	if api, ok := err.(*glua.ApiError); ok && api.Object != nil {
		vm.Push(api.Object)
	} else {
		vm.Push(glua.LString(err.Error()))
	}
	return 2
}

// maxUnpack bounds the values that unpack returns, as the stack of C's interpreter does.
const maxUnpack = 8000

// unpack is that of the basic library.
func unpack(vm *glua.LState) int {
	t := vm.CheckTable(1)
	from, to := vm.OptInt64(2, 1), int64(0)
	if vm.Get(3) == glua.LNil {
		to = int64(vm.ObjLen(t))
	} else {
		to = vm.CheckInt64(3)
	}
	if from > to {
		return 0
	}
	if to-from < 0 || to-from >= maxUnpack {
		vm.RaiseError("too many results to unpack")
	}
	for i := from; i <= to; i++ {
		vm.Push(t.RawGetInt(int(i)))
	}
	return int(to - from + 1)
}

func caught(err error) glua.LValue {
	api, ok := err.(*glua.ApiError)
	if !ok {
		return glua.LString(err.Error())
	}
	if api.Object == nil || api.Object == glua.LNil {
		if api.Type == glua.ApiErrorRun {
			return glua.LNil
		}
		text, _, _ := strings.Cut(err.Error(), "\n")
		return glua.LString(text)
	}
	if t, ok := api.Object.(*glua.LTable); ok {
		if text := t.RawGetString("err"); text.Type() == glua.LTString {
			return text
		}
	}
	return api.Object
}

func (s *State) tableLibrary(t *glua.LTable) *glua.LTable {
	t.RawSetString("concat", s.vm.NewFunction(concat))
	return t
}

func (s *State) mathLibrary(t *glua.LTable) *glua.LTable {
	t.RawSetString("huge", glua.LNumber(math.Inf(1))) // the library has the largest number
	t.RawSetString("random", s.vm.NewFunction(s.random))
	t.RawSetString("randomseed", s.vm.NewFunction(func(vm *glua.LState) int {
		s.rand.seed(int32(int64(vm.CheckNumber(1))))
		return 0
	}))
	return t
}

func (s *State) random(vm *glua.LState) int {
	r := s.rand.float()
	switch vm.GetTop() {
	case 0:
		vm.Push(glua.LNumber(r))
	case 1:
		high := vm.CheckInt64(1)
		if high < 1 {
			vm.ArgError(1, "interval is empty")
		}
		vm.Push(glua.LNumber(int64(r*float64(high)) + 1))
	case 2:
		low, high := vm.CheckInt64(1), vm.CheckInt64(2)
		if low > high {
			vm.ArgError(2, "interval is empty")
		}
		vm.Push(glua.LNumber(int64(r*float64(high-low+1)) + low))
	default:
		vm.RaiseError("wrong number of arguments")
	}
	return 1
}

// clockLibrary keeps nothing of the operating system but the clock.
func (s *State) clockLibrary(t *glua.LTable) *glua.LTable {
	out := s.vm.NewTable()
	out.RawSetString("clock", t.RawGetString("clock"))
	return out
}

// maxText bounds the strings that a single function makes.
const maxText = 512 << 20

func (s *State) textLibrary(t *glua.LTable) *glua.LTable {
	repeat := t.RawGetString("rep")
	t.RawSetString("rep", s.vm.NewFunction(func(vm *glua.LState) int {
		if n := vm.CheckInt(2); n > 0 && len(vm.CheckString(1)) > maxText/n {
			vm.RaiseError("resulting string too large")
		}
		vm.Push(repeat)
		vm.Push(vm.Get(1))
		vm.Push(vm.Get(2))
		vm.Call(2, 1)
		return 1
	}))
	t.RawSetString("format", s.vm.NewFunction(format))
	t.RawSetString("dump", s.vm.NewFunction(func(vm *glua.LState) int {
		vm.RaiseError("unable to dump given function")
		return 0
	}))
	return s.sealed(t)
}
