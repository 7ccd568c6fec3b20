package lua

import (
	"math"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// tables is the library of tables of an interpreter.
type tables struct{ *State }

// library is Lua's table.
func (s tables) library() *glua.LTable {
	return s.State.library(map[string]glua.LGFunction{"concat": s.concat, "foreach": s.forEach, "foreachi": s.forEachIndex, "getn": s.count,
		"insert": s.insert, "maxn": s.maxN, "remove": s.remove, "sort": s.sort,
		"setn": func(vm *glua.LState) int {
			tableAt(vm, 1, "setn")
			throw(vm, "'setn' is obsolete")
			return 0
		}})
}

// concat is table.concat.
func (s tables) concat(vm *glua.LState) int {
	t, between := tableAt(vm, 1, "concat"), optionalText(vm, 2, "concat", "")
	from, to := optionalInt(vm, 3, "concat", 1), optionalInt(vm, 4, "concat", t.Len())
	var b strings.Builder
	for i := from; i <= to; i++ {
		s.spend(vm, 16)
		v := element(t, i)
		text, ok := textOf(v)
		if !ok {
			throw(vm, "invalid value (%s) at index %d in table for 'concat'", v.Type(), i)
		}
		b.WriteString(text)
		if i != to {
			b.WriteString(between)
		}
		if b.Len() > maxText {
			throw(vm, "resulting string too large")
		}
	}
	vm.Push(glua.LString(b.String()))
	return 1
}

// element is t[i], without metamethods.
func element(t *glua.LTable, i int) glua.LValue {
	if i < 1 || i >= glua.MaxArrayIndex {
		return t.RawGet(glua.LNumber(i))
	}
	return t.RawGetInt(i)
}

// changing is the table that is argument 1, which must not be read-only.
func (s tables) changing(vm *glua.LState, fn string) *glua.LTable {
	t := tableAt(vm, 1, fn)
	if s.isFront(t) {
		vm.Error(glua.LString(errReadOnly), 0)
	}
	return t
}

// insert is table.insert.
func (s tables) insert(vm *glua.LState) int {
	t := tableAt(vm, 1, "insert")
	n := t.Len() + 1
	at, v := n, vm.Get(2)
	switch vm.GetTop() {
	case 2:
	case 3:
		at, v = intAt(vm, 2, "insert"), vm.Get(3)
	default:
		throw(vm, "wrong number of arguments to 'insert'")
	}
	s.changing(vm, "insert")
	if at >= 1 && at < n {
		t.Insert(at, v)
		return 0
	}
	for i := n; i > at; i-- {
		s.spend(vm, 16)
		t.RawSet(glua.LNumber(i), element(t, i-1))
	}
	t.RawSet(glua.LNumber(at), v)
	return 0
}

// remove is table.remove.
func (s tables) remove(vm *glua.LState) int {
	t := tableAt(vm, 1, "remove")
	n := t.Len()
	at := optionalInt(vm, 2, "remove", n)
	if at < 1 || at > n {
		return 0
	}
	vm.Push(s.changing(vm, "remove").Remove(at))
	return 1
}

func (s tables) count(vm *glua.LState) int {
	vm.Push(glua.LNumber(s.real(tableAt(vm, 1, "getn")).Len()))
	return 1
}

func (s tables) maxN(vm *glua.LState) int {
	most := 0.0
	s.real(tableAt(vm, 1, "maxn")).ForEach(func(k, _ glua.LValue) {
		if n, ok := k.(glua.LNumber); ok {
			most = math.Max(most, float64(n))
		}
	})
	vm.Push(glua.LNumber(most))
	return 1
}

// forEach is table.foreach: it ends with the first result that is not nil.
func (s tables) forEach(vm *glua.LState) int {
	t, f := s.real(tableAt(vm, 1, "foreach")), functionAt(vm, 2, "foreach")
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		if s.spend(vm, 16); tell(vm, f, k, v) {
			return 1
		}
	}
	return 0
}

func (s tables) forEachIndex(vm *glua.LState) int {
	t, f := s.real(tableAt(vm, 1, "foreachi")), functionAt(vm, 2, "foreachi")
	for i, n := 1, t.Len(); i <= n; i++ {
		if s.spend(vm, 16); tell(vm, f, glua.LNumber(i), element(t, i)) {
			return 1
		}
	}
	return 0
}

// tell calls f, and leaves what it returns if that is not nil.
func tell(vm *glua.LState, f *glua.LFunction, k, v glua.LValue) bool {
	vm.Push(f)
	vm.Push(k)
	vm.Push(v)
	vm.Call(2, 1)
	if vm.Get(-1) != glua.LNil {
		return true
	}
	vm.Pop(1)
	return false
}
