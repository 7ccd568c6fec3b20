package output

import "math"

// Log is what has to have the effects of commands before they are shown: the append-only file.
type Log interface {
	// Released is the newest commit whose effects may be shown; math.MaxUint64: the log is off.
	Released() uint64
	// Reach has the effects of all commits up to one be shown. False: that is not to be had now, and the loop is told when more may be shown; or, again:
	// the loop asks once more at the end of its round, so that one sync is for all that comes until then.
	Reach(loop int, seq uint64, again bool) bool

	// Newest is the newest commit that there is.
	Newest() uint64

	// On reports whether there is a log, Wanted whether there soon is one, Survives whether a loss of power would leave all commits up to one.
	// AwaitSync has the loop told when it leaves more.
	On() bool
	Wanted() bool
	Survives(seq uint64) bool
	AwaitSync(loop int)
}

// mark is where something begins in what a connection is sent that shows a commit. What comes before it may go without.
type mark struct {
	from uint64 // in the bytes that were ever sent
	seq  uint64
}

// mostMarks is how many there may be of a connection: beyond that what comes waits for all that came with the last one.
const mostMarks = 64

// mark notes that the last n bytes that are counted show what the session has seen so far.
func (o *Output) mark(n int) {
	seq := *o.seq
	if seq <= o.sender.shown {
		return
	}
	switch last := len(o.marks) - 1; {
	case last < 0 || last < mostMarks-1 && o.marks[last].seq != seq:
		o.marks = append(o.marks, mark{o.sent - uint64(n), seq})
	default:
		o.marks[last].seq = seq
	}
}

// sendable is what may be sent of what the connection is owed; what may not is listed for Release.
func (o *Output) sendable() []byte {
	for len(o.marks) > 0 {
		if m := o.marks[0]; m.seq > o.sender.shown && o.withholds(m.seq) {
			return o.rest[:m.from-o.Taken()]
		}
		o.marks = o.marks[:copy(o.marks, o.marks[1:])]
	}
	return o.rest
}

// withholds reports whether what shows a commit has to wait for the log; then the output is listed for Release.
func (o *Output) withholds(seq uint64) bool {
	s := o.sender
	if s.Log == nil {
		return false
	}
	released := s.Log.Released()
	if released < seq && s.Log.Reach(s.Loop, seq, s.coalescing.turn) {
		released = seq
	}
	if released != math.MaxUint64 { // which it is while the log is off, and not for ever
		s.shown = max(s.shown, released)
	}
	if released >= seq {
		return false
	}
	if !o.withheld {
		o.withheld = true
		s.withheld = append(s.withheld, o)
	}
	if t := &s.coalescing; t.turn {
		if s.reach = max(s.reach, seq); !t.asked {
			s.ask()
		}
	}
	return true
}

// reachNow asks the log for what turns have left to the end of the round.
func (s *Sender) reachNow() {
	seq := s.reach
	if s.reach = 0; seq > 0 && s.Log.Reach(s.Loop, seq, false) {
		s.Release()
	}
}

// Release sends what was withheld and may be shown now.
func (s *Sender) Release() {
	list := s.withheld // those that wait on come back into it
	s.withheld = nil
	for _, o := range list {
		if o.withheld = false; !o.closed {
			o.owner.Writable()
		}
	}
}
