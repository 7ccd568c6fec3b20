package output

import (
	"sync/atomic"

	"sigrun/internal/clock"
	"sigrun/protocol/resp"
)

// Sender is a loop's part of sending. What is written into it is the reply of the turn under way.
type Sender struct {
	resp.Writer
	Limits   *Limits
	Counters *Counters
	Clock    clock.Clock
	// AskEndRound has EndRound called behind the turns that follow the next look for
	// connections that are ready.
	AskEndRound func()
	// Written is told when a reply that was Timed has gone to its socket.
	Written func(what int, since uint64)

	// Overrun is told of who is owed more than client-output-buffer-limit, before that is dropped.
	Overrun func(o Owner)

	// Log keeps effects; nil: nothing does. It is asked as loop Loop.
	Log  Log
	Loop int

	coalescing coalescing
	shown      uint64      // commits up to this one may be shown
	withheld   []*Output   // that wait for the log
	reach      uint64      // the newest commit that the log is asked for at the end of the round, 0: none
	buffers    [][]byte    // empty ones for replies
	smalls     [][]byte    // empty ones for what connections are owed
	kept       int         // bytes of both
	rested     bool        // none was used or kept since the last Tick
	overSoft   []*Output   // over the soft limit
	wantsTick  atomic.Bool // there is something that only Tick will notice
}

const (
	maxKept      = 4 << 20  // the largest buffer that a loop keeps for the next turn
	worthKeeping = 32 << 10 // less than this is copied
	replyBuffer  = 16 << 10 // a new buffer
	spareBuffers = 8
	mostKept     = 4 << 20 // bytes of all buffers that nobody uses now: so few that no account has them

	leastSmall = 256 // small buffers from this size up to that one are kept, so many
	mostSmall  = worthKeeping - 1
	mostSmalls = 256
)

// keepSmall takes a buffer back in which messages waited for the end of a round.
func (s *Sender) keepSmall(b []byte) {
	if cap(b) <= mostSmall && len(s.smalls) < mostSmalls && s.keep(b) {
		s.smalls = append(s.smalls, b[:0])
	}
}

// small is one of those, or one for n bytes that will be worth keeping.
func (s *Sender) small(n int) []byte {
	last := len(s.smalls) - 1
	if last < 0 {
		return make([]byte, 0, max(n, leastSmall))
	}
	b := s.smalls[last]
	s.smalls = s.smalls[:last]
	s.use(b)
	return b
}

// keep counts a buffer that nobody uses any more, if there is room for it; use is its counterpart.
func (s *Sender) keep(b []byte) bool {
	if s.kept+cap(b) > mostKept {
		return false
	}
	if s.kept == 0 {
		s.wantsTick.Store(true)
	}
	s.holds(s.kept + cap(b))
	return true
}

func (s *Sender) use(b []byte) { s.holds(s.kept - cap(b)) }

func (s *Sender) holds(bytes int) {
	s.kept, s.rested = bytes, false
}

// lapse gives buffers back that nobody has used for the time between two Ticks.
func (s *Sender) lapse() {
	if s.rested && s.kept > 0 {
		s.buffers, s.smalls = nil, nil
		s.holds(0)
	}
	s.rested = true
}

// keepBuffer takes a buffer back that is not needed any more.
func (s *Sender) keepBuffer(b []byte) {
	n := len(s.buffers)
	if fits := cap(b) <= maxKept && n < spareBuffers || cap(b) <= replyBuffer && n < spareBuffers+mostLate; fits && s.keep(b) {
		s.buffers = append(s.buffers, b[:0])
	}
}

// buffer is an empty one for replies.
func (s *Sender) buffer() []byte {
	if n := len(s.buffers); n > 0 {
		b := s.buffers[n-1]
		s.buffers = s.buffers[:n-1]
		s.use(b)
		return b
	}
	return make([]byte, 0, replyBuffer)
}
