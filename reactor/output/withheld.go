package output

import "math"

// Log is what has to have the effects of commands before they are shown: the append-only file.
type Log interface {
	// Released is the newest commit whose effects may be shown; math.MaxUint64: the log is off.
	Released() uint64
	// Reach has the effects of all commits up to one be shown. False: that is not to be had now, and the loop is told when more may be shown.
	Reach(loop int, seq uint64) bool

	// Newest is the newest commit that there is.
	Newest() uint64

	// On reports whether there is a log, Survives which commits a loss of power would leave, all up to one. AwaitSync has the loop told when that is
	// a newer one.
	On() bool
	Survives() uint64
	AwaitSync(loop int)
}

// withholds reports whether what the connection is owed has to wait for the log; then it is listed for Release.
func (o *Output) withholds() bool {
	s := o.sender
	if s.Log == nil {
		return false
	}
	seq := *o.seq
	released := s.Log.Released()
	if released < seq && s.Log.Reach(s.Loop, seq) {
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
	return true
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
