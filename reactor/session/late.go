package session

// late holds the replies of a few turns back and then writes them one after another. A
// peer that sleeps is woken by what is written to it, which costs the loop more than the
// rest of the write. Where many connections have one process behind them, a proxy's or a
// benchmark's, it is woken once instead and finds work for a while. Only a loop that falls
// behind does so: it finds many connections ready at a time, and a reply that waits for
// others waits no longer than those had to.
type late struct {
	crowd   bool    // many connections were ready at a time
	posted  bool    // EndRound will be called
	turns   int     // since it was asked for
	spent   uint64  // ticks that turns took since the first of waiting
	most    uint64  // of spent
	waiting []reply // in the order of their turns
	next    int     // of waiting, to be sent
}

// reply is what a turn answered and has not been sent.
type reply struct {
	s *Session
	b []byte
}

const (
	crowd     = 6       // turns in the rest of a round and the next one
	lookEvery = 256     // turns between two looks at how many connections are ready
	mostLate  = 16      // replies
	lateBytes = 4 << 10 // of one reply: what takes long to write is not held back
	lateFor   = 200_000 // ns of turns
)

// endTurn sends what a turn replied, or has it wait for the turns behind it.
func (s *Session) endTurn() {
	l := s.loop
	t := &l.late
	t.turns++
	if !t.posted && (t.crowd || t.turns >= lookEvery) {
		t.posted, t.turns = true, 0
		l.AskEndRound()
	}
	if !t.crowd || !s.mayBeLate() {
		s.flush()
		l.sendLate()
		return
	}
	if len(t.waiting) == 0 {
		t.spent = 0
	}
	s.late = true
	t.waiting = append(t.waiting, reply{s, l.out.B})
	l.out.B = l.buffer()
	if len(t.waiting) >= mostLate || t.spent >= t.most {
		l.sendLate()
	}
}

func (s *Session) mayBeLate() bool {
	n := len(s.loop.out.B)
	return 0 < n && n <= lateBytes && len(s.out) == 0 && s.lane == nil && s.Flags&CloseAfterReply == 0
}

// EndRound is called after AskEndRound, when the loop has looked once more for connections
// that are ready, and has served them.
func (l *Loop) EndRound() {
	t := &l.late
	t.crowd = t.turns >= crowd || l.Chaos
	t.posted, t.turns = false, 0
	l.sendLate()
}

// sendLate writes what was held back.
func (l *Loop) sendLate() {
	t := &l.late
	if len(t.waiting) == 0 {
		return
	}
	l.Counters.Late.Add(uint64(len(t.waiting)))
	now := l.out // of the turn under way, which may have been cut
	l.out.Cut = false
	for t.next < len(t.waiting) { // a session that ends may come back here
		r := t.waiting[t.next]
		t.waiting[t.next] = reply{}
		t.next++
		r.s.late = false
		l.out.B = r.b
		r.s.sendOut()
		l.keepBuffer(l.out.B)
	}
	t.waiting, t.next = t.waiting[:0], 0
	l.out.B, l.out.Cut = now.B, now.Cut
}

// catchUp sends what is held back for the session before anything else is.
func (s *Session) catchUp() {
	if s.late {
		s.loop.sendLate()
	}
}
