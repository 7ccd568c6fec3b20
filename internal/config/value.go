package config

import "sync/atomic"

// Value is one parameter of one node. Its methods may be called from any goroutine; they take no lock and do not
// allocate. A consumer keeps the pointer.
type Value struct {
	Row   *Row
	num   atomic.Int64
	given atomic.Bool
	state atomic.Pointer[State]
}

// Int64 is the number of a Bool, Int, Octal or Memory, the index of an Enum, the bits of a Set.
func (v *Value) Int64() int64 { return v.num.Load() }

// Bool reports whether a Bool is yes.
func (v *Value) Bool() bool { return v.num.Load() != 0 }

// String is the text CONFIG GET shows.
func (v *Value) String() string { return v.state.Load().Text }

// Words are those of a List, a Set or save. They must not be changed.
func (v *Value) Words() []string { return v.state.Load().Words }

// Given reports whether anybody set the parameter, be it to its default. It tells an unset io-threads from 1.
func (v *Value) Given() bool { return v.given.Load() }

// OutputLimit is the limit of a client class, for client-output-buffer-limit.
func (v *Value) OutputLimit(class int) OutputLimit { return v.state.Load().Limits[class] }

func (v *Value) store(s *State, given bool) {
	v.state.Store(s)
	v.num.Store(s.Num)
	v.given.Store(given)
}
