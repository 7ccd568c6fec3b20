package lua

import glua "github.com/yuin/gopher-lua"

// sort is table.sort, by the same quicksort as Lua's: what compares equal comes in the same order.
func (s tables) sort(vm *glua.LState) int {
	t := tableAt(vm, 1, "sort")
	sorter := sorter{s: s.State, vm: vm, t: t}
	if vm.Get(2) != glua.LNil {
		sorter.by = functionAt(vm, 2, "sort")
	}
	n := t.Len()
	if n > 1 {
		s.changing(vm, "sort")
	}
	sorter.sort(1, n)
	return 0
}

type sorter struct {
	s  *State
	vm *glua.LState
	t  *glua.LTable
	by *glua.LFunction // nil: by <
}

func (s *sorter) less(a, b glua.LValue) bool {
	s.s.spend(s.vm, 16)
	if s.by == nil {
		return lessThan(s.vm, a, b)
	}
	s.vm.Push(s.by)
	s.vm.Push(a)
	s.vm.Push(b)
	s.vm.Call(2, 1)
	less := glua.LVAsBool(s.vm.Get(-1))
	s.vm.Pop(1)
	return less
}

func (s *sorter) get(i int) glua.LValue    { return element(s.t, i) }
func (s *sorter) set(i int, v glua.LValue) { s.t.RawSet(glua.LNumber(i), v) }

// order swaps the elements at two places if the second is less.
func (s *sorter) order(i, j int) {
	a, b := s.get(i), s.get(j)
	if s.less(b, a) {
		s.set(i, b)
		s.set(j, a)
	}
}

// sort sorts the elements from low to high. The pivot is the median of the first, the middle and the last; the
// smaller part is sorted by a call, the larger one in the loop.
func (s *sorter) sort(low, high int) {
	for low < high {
		s.order(low, high)
		if high-low == 1 {
			return
		}
		middle := (low + high) / 2
		a, b := s.get(middle), s.get(low)
		if s.less(a, b) {
			s.set(middle, b)
			s.set(low, a)
		} else if b = s.get(high); s.less(b, a) {
			s.set(middle, b)
			s.set(high, a)
		}
		if high-low == 2 {
			return
		}
		i := s.split(low, high, middle)
		if i-low < high-i {
			s.sort(low, i-1)
			low = i + 1
		} else {
			s.sort(i+1, high)
			high = i - 1
		}
	}
}

// split puts what is less than the middle element before it, what is greater behind it, and tells where it is then.
func (s *sorter) split(low, high, middle int) int {
	pivot := s.get(middle)
	s.set(middle, s.get(high-1))
	s.set(high-1, pivot)
	i, j := low, high-1
	for {
		for i++; s.less(s.get(i), pivot); i++ {
			if i > high {
				throw(s.vm, "invalid order function for sorting")
			}
		}
		for j--; s.less(pivot, s.get(j)); j-- {
			if j < low {
				throw(s.vm, "invalid order function for sorting")
			}
		}
		if j < i {
			break
		}
		a, b := s.get(i), s.get(j)
		s.set(i, b)
		s.set(j, a)
	}
	a, b := s.get(high-1), s.get(i)
	s.set(high-1, b)
	s.set(i, a)
	return i
}

// lessThan is the operator <.
func lessThan(vm *glua.LState, a, b glua.LValue) bool {
	if a.Type() == b.Type() {
		return vm.LessThan(a, b)
	}
	vm.Error(glua.LString("attempt to compare "+a.Type().String()+" with "+b.Type().String()), 0)
	return false
}
