package lua

import glua "github.com/yuin/gopher-lua"

// wrapSource builds coroutine.wrap on create and resume, so that every coroutine comes
// by our create.
const wrapSource = `
local create, resume, error = ...
local function result(ok, ...)
  if not ok then error((...), 0) end
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
		vm.RaiseError("C stack overflow")
	}
	s.nesting++
}

func (s *State) leave() { s.nesting-- }

// coroutineLibrary makes coroutines stop together with their script.
func (s *State) coroutineLibrary(t *glua.LTable) *glua.LTable {
	create, resume := t.RawGetString("create"), t.RawGetString("resume")
	t.RawSetString("create", s.vm.NewFunction(func(vm *glua.LState) int {
		vm.Push(create)
		vm.Push(vm.Get(1))
		vm.Call(1, 1)
		vm.Get(-1).(*glua.LState).SetContext(&s.stop)
		return 1
	}))
	t.RawSetString("resume", s.vm.NewFunction(func(vm *glua.LState) int {
		s.enter(vm)
		defer s.leave()
		n := vm.GetTop()
		vm.Insert(resume, 1)
		vm.Call(n, glua.MultRet)
		if s.stop.asked() {
			vm.RaiseError("%s", errStopped.Error())
		}
		return vm.GetTop()
	}))
	fn, err := s.vm.LoadString(wrapSource)
	if err != nil {
		panic("BUG: coroutine.wrap: " + err.Error())
	}
	s.vm.Push(fn)
	s.vm.Push(t.RawGetString("create"))
	s.vm.Push(t.RawGetString("resume"))
	s.vm.Push(s.vm.G.Global.RawGetString("error"))
	s.vm.Call(3, 1)
	t.RawSetString("wrap", s.vm.Get(-1))
	s.vm.Pop(1)
	return t
}
