package lua

import (
	glua "github.com/yuin/gopher-lua"
)

// An interpreter runs one script after another, so no script may change what the next one finds: everything that can be
// reached from the globals is read-only. The interpreter has no such tables. In their place stand fronts: empty tables
// through which a table can be read and not be changed. What walks over tables or looks into them past their
// metamethods (next, rawget, cjson.encode and the like) asks for the real one.

const errReadOnly = "Attempt to modify a readonly table"

// sealed is a front of t.
func (s *State) sealed(t *glua.LTable) *glua.LTable {
	front := s.vm.NewTable()
	s.seal(front, t)
	return front
}

func (s *State) seal(front, t *glua.LTable) {
	meta := s.vm.NewTable()
	meta.RawSetString("__index", t)
	meta.RawSetString("__newindex", s.readOnly)
	front.Metatable = meta
	s.fronts[front] = t
	s.bare = append(s.bare, front)
}

func readOnly(vm *glua.LState) int {
	throw(vm, errReadOnly)
	return 0
}

func (s *State) isFront(t *glua.LTable) bool {
	_, ok := s.fronts[t]
	return ok
}

// real is what t is a front of, or t itself.
func (s *State) real(t *glua.LTable) *glua.LTable {
	if t.Metatable == glua.LNil {
		return t
	}
	if real, ok := s.fronts[t]; ok {
		return real
	}
	return t
}

// missing is asked for globals that are not there.
func (s *State) missing(vm *glua.LState) int {
	name := glua.LVAsString(vm.Get(2))
	if helper, ok := s.helpers[name]; ok {
		vm.Push(helper)
		return 1
	}
	throw(vm, "Script attempted to access nonexistent global variable '%s'", name)
	return 0
}

// getMetatable is getmetatable of the basic library: of what is read-only it tells a front, or nothing.
func (s *State) getMetatable(vm *glua.LState) int {
	switch v := anyAt(vm, 1, "getmetatable").(type) {
	case glua.LString:
		vm.Push(s.ofTexts)
	case *glua.LTable:
		switch {
		case v == s.env:
			vm.Push(s.ofGlobals)
		case s.isFront(v):
			vm.Push(glua.LNil)
		default:
			vm.Push(visible(v.Metatable))
		}
	default:
		vm.Push(glua.LNil)
	}
	return 1
}

// visible is what scripts see of a metatable.
func visible(meta glua.LValue) glua.LValue {
	if t, ok := meta.(*glua.LTable); ok {
		if shown := t.RawGetString("__metatable"); shown != glua.LNil {
			return shown
		}
	}
	return meta
}

// setMetatable is setmetatable of the basic library.
func (s *State) setMetatable(vm *glua.LState) int {
	t := tableAt(vm, 1, "setmetatable")
	meta := vm.Get(2)
	if vm.GetTop() < 2 || meta != glua.LNil && meta.Type() != glua.LTTable {
		badArgument(vm, 2, "setmetatable", "nil or table expected")
	}
	if s.isFront(t) {
		vm.Error(glua.LString(errReadOnly), 0)
	}
	if visible(t.Metatable) != t.Metatable {
		throw(vm, "cannot change a protected metatable")
	}
	t.Metatable = meta
	vm.Push(t)
	return 1
}

func (s *State) rawSet(vm *glua.LState) int {
	t := tableAt(vm, 1, "rawset")
	k, v := anyAt(vm, 2, "rawset"), anyAt(vm, 3, "rawset")
	if s.isFront(t) {
		vm.Error(glua.LString(errReadOnly), 0)
	}
	vm.RawSet(t, k, v)
	vm.Push(t)
	return 1
}

func (s *State) rawGet(vm *glua.LState) int {
	vm.Push(s.real(tableAt(vm, 1, "rawget")).RawGet(anyAt(vm, 2, "rawget")))
	return 1
}

// next is next of the basic library.
func (s *State) next(vm *glua.LState) int {
	k, v := s.real(tableAt(vm, 1, "next")).Next(vm.Get(2))
	vm.Push(k)
	if k == glua.LNil {
		return 1
	}
	vm.Push(v)
	return 2
}

func (s *State) pairs(vm *glua.LState) int {
	t := tableAt(vm, 1, "pairs")
	vm.Push(s.own.RawGetString("next"))
	vm.Push(t)
	vm.Push(glua.LNil)
	return 3
}
