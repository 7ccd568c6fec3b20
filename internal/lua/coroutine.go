package lua

import glua "github.com/yuin/gopher-lua"

// wrapSource builds coroutine.wrap on create and resume, so that every coroutine comes
// by our create.
const wrapSource = `
local create, resume, error = ...
local function result(ok, ...)
  if not ok then error((...), 2) end
  return ...
end
return function(f)
  local co = create(f)
  return function(...) return result(resume(co, ...)) end
end`

// maxNesting bounds coroutines and protected calls within each other: each takes from
// the goroutine's stack, which the limit of one interpreter's frames does not cover.
const maxNesting = 190

func (s *State) enter(vm *glua.LState) {
	if s.nesting >= maxNesting {
		throw(vm, "C stack overflow")
	}
	s.nesting++
}

func (s *State) leave() { s.nesting-- }

// coroutineLibrary makes coroutines stop together with their script.
func (s *State) coroutineLibrary() *glua.LTable {
	s.vm.Push(s.vm.NewFunction(glua.OpenCoroutine))
	s.vm.Call(0, 1)
	base := s.vm.Get(-1).(*glua.LTable)
	s.vm.Pop(1)
	create, resume := base.RawGetString("create"), base.RawGetString("resume")
	t := s.library(map[string]glua.LGFunction{
		"create": func(vm *glua.LState) int {
			if f, ok := vm.Get(1).(*glua.LFunction); !ok || f.IsG {
				badArgument(vm, 1, "create", "Lua function expected")
			}
			vm.Push(create)
			vm.Push(vm.Get(1))
			vm.Call(1, 1)
			vm.Get(-1).(*glua.LState).SetContext(&s.stop)
			return 1
		},
		"resume": func(vm *glua.LState) int {
			co := coroutineAt(vm, "resume")
			if status := vm.Status(co); status != "suspended" {
				vm.Push(glua.LFalse)
				vm.Push(glua.LString("cannot resume " + status + " coroutine"))
				return 2
			}
			s.enter(vm)
			defer s.leave()
			n := vm.GetTop()
			vm.Insert(resume, 1)
			vm.Call(n, glua.MultRet)
			if s.stop.asked() {
				throw(vm, "%s", errStopped.Error())
			}
			if vm.Get(1) == glua.LFalse {
				vm.Push(inLuasWords(vm.Get(2)))
				vm.Replace(2, vm.Get(-1))
				vm.Pop(1)
			}
			return vm.GetTop()
		},
		"status": func(vm *glua.LState) int {
			vm.Push(glua.LString(vm.Status(coroutineAt(vm, "status"))))
			return 1
		},
		"yield": func(vm *glua.LState) int {
			if vm.Parent == nil {
				vm.Error(glua.LString("attempt to yield across metamethod/C-call boundary"), 0)
			}
			return -1
		},
	})
	t.RawSetString("running", base.RawGetString("running"))
	fn, err := s.vm.LoadString(wrapSource)
	if err != nil {
		panic("BUG: coroutine.wrap: " + err.Error())
	}
	s.vm.Push(fn)
	s.vm.Push(t.RawGetString("create"))
	s.vm.Push(t.RawGetString("resume"))
	s.vm.Push(s.own.RawGetString("error"))
	s.vm.Call(3, 1)
	t.RawSetString("wrap", s.vm.Get(-1))
	s.vm.Pop(1)
	return t
}

func coroutineAt(vm *glua.LState, fn string) *glua.LState {
	co, ok := vm.Get(1).(*glua.LState)
	if !ok {
		badArgument(vm, 1, fn, "coroutine expected")
	}
	return co
}
