package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// protected is pcall: what it catches of the server's errors is told as a text, and an
// end that was asked for is not caught at all.
func (s *State) protected(vm *glua.LState) int {
	n := vm.GetTop()
	if n == 0 {
		vm.Push(glua.LFalse)
		vm.Push(glua.LString("attempt to call a nil value"))
		return 2
	}
	s.enter(vm)
	err := vm.PCall(n-1, glua.MultRet, nil)
	s.leave()
	if s.stop.asked() {
		throw(vm, "%s", errStopped.Error())
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
	if vm.GetTop() < 2 {
		badArgument(vm, 2, "xpcall", "value expected")
	}
	handler, ok := vm.Get(2).(*glua.LFunction)
	if !ok {
		handler = nil
	}
	s.enter(vm)
	vm.SetTop(2)
	vm.Push(vm.Get(1))
	err := vm.PCall(0, glua.MultRet, s.worded(handler))
	s.leave()
	if s.stop.asked() {
		throw(vm, "%s", errStopped.Error())
	}
	if err == nil {
		vm.Insert(glua.LTrue, 3)
		return vm.GetTop() - 2
	}
	vm.SetTop(0)
	vm.Push(glua.LFalse)
	api, ok := err.(*glua.ApiError)
	switch {
	case handler == nil:
		vm.Push(glua.LNil)
	case ok && api.Object != nil:
		vm.Push(api.Object)
	default:
		vm.Push(glua.LString(err.Error()))
	}
	return 2
}

// worded is an error handler that gets errors in Lua's words.
func (s *State) worded(handler *glua.LFunction) *glua.LFunction {
	if handler == nil {
		return nil
	}
	return s.vm.NewFunction(func(vm *glua.LState) int {
		v := inLuasWords(vm.Get(1))
		vm.SetTop(0)
		vm.Push(handler)
		vm.Push(v)
		vm.Call(1, 1)
		return 1
	})
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
		if text, ok := textOf(t.RawGetString("err")); ok {
			return glua.LString(text)
		}
	}
	return inLuasWords(api.Object)
}
