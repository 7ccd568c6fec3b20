package lua

import (
	"errors"
	"sync/atomic"
	"time"

	glua "github.com/yuin/gopher-lua"

	"sigrun/internal/sim"
)

// stop ends a script between two instructions. It is the context of the interpreter,
// which asks for Done before every instruction: nil, which costs next to nothing,
// until the script is to end. Once asked for it stays, so that the script's own pcall
// catches nothing but the next one.
type stop struct{ flag atomic.Bool }

var (
	closed     = closedChannel()
	errStopped = errors.New("script stopped")
)

func closedChannel() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

func (s *stop) ask()        { s.flag.Store(true) }
func (s *stop) reset()      { s.flag.Store(false) }
func (s *stop) asked() bool { return s.flag.Load() }

// stopEvery is how much work a function of a library does, in steps of some nanoseconds, between two looks at whether the script is to end:
// the interpreter looks before every instruction, and a call of a library is one.
const stopEvery = 1 << 16

// spend notes work of a function whose work its arguments bound, or nothing does.
func (s *State) spend(vm *glua.LState, steps int) {
	if s.spent += steps; s.spent >= stopEvery {
		s.spent = 0
		if s.stop.asked() {
			throw(vm, "%s", errStopped.Error())
		}
	}
}

// Done, Err, Deadline and Value make it a context.Context.
func (s *stop) Done() <-chan struct{} {
	sim.Yield("is between two instructions")
	if s.flag.Load() {
		return closed
	}
	return nil
}

func (s *stop) Err() error {
	if s.flag.Load() {
		return errStopped
	}
	return nil
}

func (s *stop) Deadline() (time.Time, bool) { return time.Time{}, false }
func (s *stop) Value(any) any               { return nil }
