// Package invariants switches on the expensive checks of a test build.
//
// Enabled is a constant chosen by the build tag "invariants", so that a check
// written as
//
//	if invariants.Enabled { ... }
//
// costs nothing, not even code, in a normal build. The race detector does not
// see mmap'ed memory: what it cannot find must show itself in this build,
// where freed memory and consumed read buffers are overwritten at once.
//
// Any package may use it, from any goroutine. It holds no state.
package invariants

import "sigrun/internal/sim"

// Poison is the byte freed memory is filled with: an odd, non-canonical
// pattern that is neither a plausible length nor a plausible address.
const Poison = 0xDB

// Assert panics with a BUG message when ok is false in an invariants build.
// Guard it with Enabled when the condition itself costs something.
func Assert(ok bool, what string) {
	if Enabled && !ok {
		panic("BUG: " + what)
	}
}

// Mangle overwrites b in an invariants build, so that whoever kept a view of
// it reads rubbish instead of what happens to be still there.
func Mangle(b []byte) {
	if !Enabled {
		return
	}
	for i := range b {
		b[i] = Poison
	}
}

// Sometimes is true in percent of 100 calls of an invariants build and never
// otherwise: for taking rare branches more often than nature does.
func Sometimes(percent int) bool {
	return Enabled && sim.IntN(100) < percent
}
