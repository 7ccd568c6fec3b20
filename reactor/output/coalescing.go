package output

import (
	"sigrun/internal/clock"
	"sigrun/reactor/admission"
)

// coalescing holds the replies of a few turns back and then writes them one after another. A
// peer that sleeps is woken by what is written to it, which costs the loop more than the
// rest of the write. Where many connections have one process behind them, a proxy's or a
// benchmark's, it is woken once instead and finds work for a while. Only a loop that falls
// behind does so: it finds many connections ready at a time, and a reply that waits for
// others waits no longer than those had to.
type coalescing struct {
	always  bool    // the loop counts as crowded (chaos)
	crowded bool    // many connections were ready at a time
	asked   bool    // EndRound will be called
	turn    bool    // what is sent is what a turn replied, behind which EndRound can be asked for
	turns   int     // since it was asked for
	spent   uint64  // ticks that turns took since the first of waiting
	most    uint64  // of spent
	waiting []reply // in the order of their turns
	next    int     // of waiting, to be sent
}

// reply is what a turn answered and has not been sent.
type reply struct {
	to *Output
	b  []byte
}

const (
	crowd     = 6       // turns in the rest of a round and the next one
	lookEvery = 256     // turns between two looks at how many connections are ready
	mostLate  = 16      // replies
	lateBytes = 4 << 10 // of one reply: what takes long to write is not held back
	lateFor   = 200_000 // ns of turns
)

// Begin prepares a sender; always: it holds replies back whether the loop is crowded or not.
func (s *Sender) Begin(watch *clock.Stopwatch, always bool) {
	s.coalescing = coalescing{most: watch.Ticks(lateFor), always: always, crowded: always}
	s.B = make([]byte, 0, replyBuffer)
}

// Spent notes the ticks that a turn took.
func (s *Sender) Spent(ticks uint64) { s.coalescing.spent += ticks }

// TurnEnded is told when a turn has replied, before Coalesce, and TurnSent when that was sent or is held back.
func (s *Sender) TurnEnded() {
	t := &s.coalescing
	t.turn = true
	t.turns++
	if !t.asked && (t.crowded || t.turns >= lookEvery) {
		s.ask()
	}
}

func (s *Sender) TurnSent() { s.coalescing.turn = false }

func (s *Sender) ask() {
	s.coalescing.asked, s.coalescing.turns = true, 0
	s.AskEndRound()
}

// Coalesce keeps what the turn replied until the turns behind it have replied, too. False: it is to be sent at once, and then what waits
// (SendCoalesced).
func (s *Sender) Coalesce(to *Output) bool { return s.coalescing.crowded && s.coalesce(to) }

func (s *Sender) coalesce(to *Output) bool {
	t := &s.coalescing
	if n := len(s.B); n == 0 || n > lateBytes || len(to.rest) > 0 || *to.flags&admission.CloseAfterReply != 0 {
		return false
	}
	if len(t.waiting) == 0 {
		t.spent = 0
	}
	to.coalesced, to.at = true, len(t.waiting)
	t.waiting = append(t.waiting, reply{to, s.B})
	s.B = s.buffer()
	if len(t.waiting) >= mostLate || t.spent >= t.most {
		s.SendCoalesced()
	}
	return true
}

// Append puts a message behind the reply of the connection that is held back, so that both are written at once. False: there is none, or it
// would become too long.
func (o *Output) Append(b []byte) bool {
	if !o.coalesced {
		return false
	}
	held := &o.sender.coalescing.waiting[o.at].b
	if len(*held)+len(b) > lateBytes {
		return false
	}
	*held = append(*held, b...)
	return true
}

// Awaited reports whether what is to be written may wait for EndRound, which then comes, but no more than HeldMost for one connection: the loop falls
// behind, or it is worth the look for connections that are ready. Only behind a turn that look can be asked for: what is posted by what was posted itself
// runs before it.
func (s *Sender) Awaited(worth, behindTurn bool) bool {
	t := &s.coalescing
	if !worth && !t.crowded || !t.asked && !behindTurn {
		return false
	}
	if !t.asked {
		s.ask()
	}
	return true
}

// HeldMost is how much may wait for one connection.
const HeldMost = 16 << 10

// EndRound is called after AskEndRound, when the loop has looked once more for connections
// that are ready, and has served them.
func (s *Sender) EndRound() {
	t := &s.coalescing
	t.crowded = t.turns >= crowd || t.always
	t.asked, t.turns = false, 0
	s.SendCoalesced()
	s.reachNow()
}

// SendCoalesced writes what was held back.
func (s *Sender) SendCoalesced() {
	if len(s.coalescing.waiting) > 0 {
		s.sendCoalesced()
	}
}

func (s *Sender) sendCoalesced() {
	t := &s.coalescing
	s.Counters.Late.Add(uint64(len(t.waiting)))
	b, cut := s.B, s.Cut // of the turn under way, which may have been cut
	s.Cut = false
	for t.next < len(t.waiting) { // a connection that ends may come back here
		r := t.waiting[t.next]
		t.waiting[t.next] = reply{}
		t.next++
		r.to.coalesced = false
		s.B = r.b
		r.to.Flush()
		s.keepBuffer(s.B)
	}
	t.waiting, t.next = t.waiting[:0], 0
	s.B, s.Cut = b, cut
}

// CatchUp sends what is held back for the connection before anything else is.
func (o *Output) CatchUp() {
	if o.coalesced {
		o.sender.SendCoalesced()
	}
}
