package account

import "sync/atomic"

// Figure is memory that many goroutines count together, and of which an account is told as soon as it has drifted by a step, as by the owner of a
// Share. The zero one belongs to no account.
type Figure struct {
	n    atomic.Int64
	told atomic.Int64
	of   *Account
}

// Join makes it part of an account, which is told of what is counted already, too. Nobody counts at this moment.
func (f *Figure) Join(a *Account) {
	f.of = a
	_ = a.Share() // one more that may keep something to itself
	f.told.Store(f.n.Load())
	a.Add(f.n.Load())
}

// Bytes is the figure.
func (f *Figure) Bytes() int64 { return f.n.Load() }

// Add changes it. Any goroutine may call it.
func (f *Figure) Add(more int64) {
	if more == 0 {
		return
	}
	if now := f.n.Add(more); f.of != nil && f.drifted(now-f.told.Load()) {
		f.tell()
	}
}

func (f *Figure) drifted(by int64) bool {
	step := f.of.finest()
	return by > step || by < -step
}

// tell has the account know. Who finds that somebody else has told meanwhile looks once more.
func (f *Figure) tell() {
	for {
		told, now := f.told.Load(), f.n.Load()
		if !f.drifted(now - told) {
			return
		}
		if f.told.CompareAndSwap(told, now) {
			f.of.Add(now - told)
		}
	}
}
