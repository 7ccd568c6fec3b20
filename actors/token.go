package actors

import (
	"sync/atomic"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
)

// The bits of a token's word. Try is a compare-and-swap from 0, so it fails by
// itself while anybody is queued or mail is waiting: those who came first go first.
const (
	held     uint64 = 1 << 0
	queued   uint64 = 1 << 1 // claims wait in Token.waiters
	long     uint64 = 1 << 2 // the holder may last: spinning for it is no use
	mailBase        = 4      // bits 4..63: mail of loop (bit-4) modulo mailBits
	mailBits        = 60
	mailMask uint64 = 1<<64 - 1<<mailBase
)

// Token is the right to run one shard. It has one holder at a time and belongs to a
// command, call or transaction, never to a goroutine: it may be released by another
// goroutine than the one that took it. All waiting shows in one word, so no wake-up
// can be lost between the bits.
type Token struct {
	word atomic.Uint64
	_    [56]byte

	mu      sim.Mutex // guards waiters; taken only when somebody must wait
	waiters call.Queue
	turn    int // the loop whose mail comes first in the next slice; the holder's
	_       [32]byte
}

// try takes a free token on which nobody waits.
func (t *Token) try() bool {
	sim.Yield("tries")
	return t.word.CompareAndSwap(0, held)
}

// drop releases a token that nobody waits for.
func (t *Token) drop() bool {
	sim.Yield("drops")
	return t.word.CompareAndSwap(held, 0)
}

// seize takes a free token although mail is waiting; the new holder serves it when
// it releases. It fails when the token is held.
func (t *Token) seize() bool {
	sim.Yield("seizes")
	for {
		w := t.word.Load()
		if w&held != 0 {
			return false
		}
		if t.word.CompareAndSwap(w, w|held) {
			return true
		}
	}
}

// seizeOrQueue takes the token or puts c at the end of its waiters.
func (t *Token) seizeOrQueue(c *call.Call) bool {
	if t.try() {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		w := t.word.Load()
		if w&held == 0 { // nobody waits, or a slice of mail was passed on just now: whoever comes for it goes on with the queue
			if t.word.CompareAndSwap(w, w|held) {
				return true
			}
			continue
		}
		if t.word.CompareAndSwap(w, w|queued) {
			t.waiters.Push(c)
			return false
		}
	}
}

// popWaiter hands the token, which the caller holds, to the first waiter.
func (t *Token) popWaiter() *call.Call {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.waiters.Pop()
	if t.waiters.Empty() {
		t.word.And(^queued)
	}
	return c
}

// postMail sets the mail bit of loop and reports whether the token was free.
func (t *Token) postMail(loop int) (free bool) {
	sim.Yield("posts")
	return t.word.Or(mailBit(loop))&held == 0
}

func (t *Token) setLong(on bool) {
	sim.Yield("marks as long")
	if on {
		t.word.Or(long)
	} else {
		t.word.And(^long)
	}
}

func mailBit(loop int) uint64 { return 1 << (mailBase + loop%mailBits) }
