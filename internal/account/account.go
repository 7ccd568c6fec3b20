// Package account keeps running sums of memory, so that whoever asks whether there is too much of it loads one word.
//
// An Account is a sum that many owners add to. An owner has a Share: its own plain figure, which it alone writes, and of which it
// tells the account only when it has drifted from what it told last by more than a step. The sum is off by at most a step for each
// share, and the account takes that into account: it is over when the sum with all that shares may have kept to themselves is.
package account

import (
	"math"
	"sync"
	"sync/atomic"
)

// Account is a sum. It may be part of another one.
type Account struct {
	sum     atomic.Int64
	_       [56]byte
	limit   atomic.Int64 // what the sum may be, less what shares may have kept to themselves
	step    atomic.Int64
	over    atomic.Bool
	shares  atomic.Int64
	coarse  atomic.Int64 // the most that a share keeps to itself under a limit
	most    atomic.Int64 // what Limit was told
	turning sync.Mutex   // who is told of turns is told of them in their order
	turned  func(over bool)
	whole   *Account
}

// The least and the most that a share keeps to itself, and which part of the limit all shares may together.
const (
	leastStep = 64
	mostStep  = 64 << 10
	stepPart  = 1024
	fineStep  = 512 // for each goroutine that may add at the same time: none waits for the word, and what is found is little
)

// Adders tells how many goroutines may add to the account at the same time.
func (a *Account) Adders(n int) {
	a.coarse.Store(min(int64(n)*fineStep, mostStep))
	a.Limit(a.most.Load())
}

// New makes an account that is part of whole, if that is not nil. turned is told when the account comes to be over its limit, and when
// it is that no more; by any goroutine, which may hold tokens.
func New(whole *Account, turned func(over bool)) *Account {
	if turned == nil {
		turned = func(bool) {}
	}
	a := &Account{turned: turned, whole: whole}
	a.Adders(1)
	return a
}

// Limit sets what the sum may be at most, 0: anything.
func (a *Account) Limit(most int64) {
	a.most.Store(most)
	if most <= 0 {
		a.step.Store(mostStep)
		a.limit.Store(math.MaxInt64)
	} else {
		shares := max(a.shares.Load(), 1)
		step := min(max(most/stepPart/shares, leastStep), a.coarse.Load())
		a.step.Store(step)
		a.limit.Store(max(most-shares*step, 0))
	}
	a.look()
}

// Sum is what is known of all shares.
func (a *Account) Sum() int64 { return a.sum.Load() }

// Most is the limit, 0: there is none.
func (a *Account) Most() int64 { return a.most.Load() }

// Excess is by how much the sum is, or may be, over the limit; negative: how much room there is.
func (a *Account) Excess() int64 {
	limit := a.limit.Load()
	if limit == math.MaxInt64 {
		return math.MinInt64
	}
	return a.sum.Load() - limit
}

// Over reports whether the account is over its limit.
func (a *Account) Over() bool { return a.sum.Load() > a.limit.Load() }

// Add adds to the sum what belongs to no share. Any goroutine may call it.
func (a *Account) Add(n int64) {
	for ; a != nil; a = a.whole {
		if (a.sum.Add(n) > a.limit.Load()) != a.over.Load() {
			a.look()
		}
	}
}

// look has whoever is told learn of a change. What changes meanwhile is looked at again.
func (a *Account) look() {
	a.turning.Lock()
	defer a.turning.Unlock()
	for {
		over := a.Over()
		if a.over.Swap(over) != over {
			a.turned(over)
		}
		if a.Over() == over {
			return
		}
	}
}

// Share is one owner's part of an account. The zero one belongs to none.
type Share struct {
	told int64
	step int64 // how far its figure may be from what was told
	of   *Account
}

// Share makes one more share.
func (a *Account) Share() Share {
	for top := a; top != nil; top = top.whole {
		top.shares.Add(1)
		top.Limit(top.most.Load())
	}
	return Share{of: a}
}

// Drifted reports whether an owner whose figure is now n has to Tell it.
func (s *Share) Drifted(n int64) bool { return uint64(n-s.told+s.step) > uint64(2*s.step) }

// Note is Tell for who asked nothing.
func (s *Share) Note(n int64) {
	if s.Drifted(n) {
		s.Tell(n)
	}
}

// Tell has the account know that the owner's figure is n.
func (s *Share) Tell(n int64) {
	if s.of == nil {
		s.step = math.MaxInt64 / 4
		return
	}
	s.step = s.of.finest()
	if more := n - s.told; more != 0 {
		s.told = n
		s.of.Add(more)
	}
}

// finest is the least step of an account and those that it is part of.
func (a *Account) finest() int64 {
	step := a.step.Load()
	for a = a.whole; a != nil; a = a.whole {
		step = min(step, a.step.Load())
	}
	return step
}
