package lua

import glua "github.com/yuin/gopher-lua"

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
		"create": func(vm *glua.LState) int { return s.newCoroutine(vm, create, "create") },
		"resume": func(vm *glua.LState) int {
			co := coroutineAt(vm, "resume")
			vm.Remove(1)
			return s.resume(vm, resume, co)
		},
		"wrap": func(vm *glua.LState) int {
			s.newCoroutine(vm, create, "wrap")
			co := vm.Get(-1).(*glua.LState)
			vm.Pop(1)
			vm.Push(vm.NewFunction(func(vm *glua.LState) int {
				n := s.resume(vm, resume, co)
				if vm.Get(1) == glua.LTrue {
					return n - 1
				}
				if text, ok := textOf(vm.Get(2)); ok {
					throw(vm, "%s", text)
				}
				vm.Error(vm.Get(2), 0)
				return 0
			}))
			return 1
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
	return t
}

func (s *State) newCoroutine(vm *glua.LState, create glua.LValue, fn string) int {
	if f, ok := vm.Get(1).(*glua.LFunction); !ok || f.IsG {
		badArgument(vm, 1, fn, "Lua function expected")
	}
	vm.Push(create)
	vm.Push(vm.Get(1))
	vm.Call(1, 1)
	vm.Get(-1).(*glua.LState).SetContext(&s.stop)
	return 1
}

// resume goes on with a coroutine; the arguments are for it. It leaves whether that went well, and what came of it.
func (s *State) resume(vm *glua.LState, resume glua.LValue, co *glua.LState) int {
	if status := vm.Status(co); status != "suspended" {
		vm.SetTop(0)
		vm.Push(glua.LFalse)
		vm.Push(glua.LString("cannot resume " + status + " coroutine"))
		return 2
	}
	s.enter(vm)
	defer s.leave()
	n := vm.GetTop()
	vm.Insert(resume, 1)
	vm.Insert(co, 2)
	vm.Call(n+1, glua.MultRet)
	if s.stop.asked() {
		throw(vm, "%s", errStopped.Error())
	}
	if vm.Get(1) == glua.LFalse {
		words := inLuasWords(vm.Get(2))
		vm.Replace(2, words)
	}
	return vm.GetTop()
}

func coroutineAt(vm *glua.LState, fn string) *glua.LState {
	co, ok := vm.Get(1).(*glua.LState)
	if !ok {
		badArgument(vm, 1, fn, "coroutine expected")
	}
	return co
}
