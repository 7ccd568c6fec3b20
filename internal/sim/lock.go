//go:build sim

package sim

import "sync"

// Mutex is a sync.Mutex whose holder may meet others in a run.
type Mutex struct {
	mu     sync.Mutex
	holder *Goroutine
}

func (m *Mutex) owner() *Goroutine { return m.holder }

// Lock and its like are those of sync.Mutex.
func (m *Mutex) Lock() {
	s := current
	if s == nil {
		m.mu.Lock()
		return
	}
	s.yield("locks")
	for !m.mu.TryLock() {
		s.wait(m, "waits for a lock")
	}
	m.holder = s.running
}

func (m *Mutex) TryLock() bool {
	s := current
	if s == nil {
		return m.mu.TryLock()
	}
	s.yield("tries a lock")
	if !m.mu.TryLock() {
		return false
	}
	m.holder = s.running
	return true
}

func (m *Mutex) Unlock() {
	m.holder = nil
	m.mu.Unlock()
	if s := current; s != nil {
		s.release(m, everybody)
		s.yield("unlocked")
	}
}

const everybody = 1 << 30

// RWMutex is the same for a sync.RWMutex.
type RWMutex struct {
	mu     sync.RWMutex
	holder *Goroutine // that writes
}

func (m *RWMutex) owner() *Goroutine { return m.holder }

// Lock and its like are those of sync.RWMutex.
func (m *RWMutex) Lock() {
	s := current
	if s == nil {
		m.mu.Lock()
		return
	}
	s.yield("locks")
	for !m.mu.TryLock() {
		s.wait(m, "waits for a lock")
	}
	m.holder = s.running
}

func (m *RWMutex) Unlock() {
	m.holder = nil
	m.mu.Unlock()
	m.released()
}

func (m *RWMutex) RLock() {
	s := current
	if s == nil {
		m.mu.RLock()
		return
	}
	s.yield("locks to read")
	for !m.mu.TryRLock() {
		s.wait(m, "waits for a lock to read")
	}
}

func (m *RWMutex) RUnlock() {
	m.mu.RUnlock()
	m.released()
}

func (m *RWMutex) released() {
	if s := current; s != nil {
		s.release(m, everybody)
		s.yield("unlocked")
	}
}

// Cond is a sync.Cond.
type Cond struct {
	L    sync.Locker
	real sync.Cond
}

// Wait and its like are those of sync.Cond.
func (c *Cond) Wait() {
	s := current
	if s == nil {
		c.real.L = c.L
		c.real.Wait()
		return
	}
	g := s.running
	g.mute = true // between unlocking and waiting lies nothing
	c.L.Unlock()
	g.mute = false
	s.wait(c, "waits to be told")
	c.L.Lock()
}

func (c *Cond) Signal() {
	if s := current; s != nil {
		s.release(c, 1)
		return
	}
	c.real.Signal()
}

func (c *Cond) Broadcast() {
	if s := current; s != nil {
		s.release(c, everybody)
		return
	}
	c.real.Broadcast()
}

// WaitGroup is a sync.WaitGroup.
type WaitGroup struct {
	wg sync.WaitGroup
	n  int // in a run
}

// Go starts a goroutine that Wait waits for.
func (w *WaitGroup) Go(name string, fn func()) {
	if current == nil {
		w.wg.Go(fn)
		return
	}
	w.Add(1)
	Go(name, func() {
		defer w.Done()
		fn()
	})
}

// Add, Done and Wait are those of sync.WaitGroup.
func (w *WaitGroup) Add(n int) {
	s := current
	if s == nil {
		w.wg.Add(n)
		return
	}
	if w.n += n; w.n == 0 {
		s.release(w, everybody)
		s.yield("done")
	}
}

func (w *WaitGroup) Done() { w.Add(-1) }

func (w *WaitGroup) Wait() {
	s := current
	if s == nil {
		w.wg.Wait()
		return
	}
	s.yield("waits for a group")
	for w.n > 0 {
		s.wait(w, "waits for a group")
	}
}
