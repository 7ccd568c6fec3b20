//go:build sim

package simulation

import (
	"strconv"

	"sigrun/internal/sim"
	"sigrun/reactor"
	"sigrun/reactor/session"
)

// engine runs the loops of a reactor as goroutines that do one task after another.
type engine struct {
	r     *reactor.Reactor
	room  int // bytes that a connection takes before its client reads them
	loops []*loop
	last  int // number of a connection
}

// loop is the goroutine of one loop.
type loop struct {
	*session.Loop
	tasks  []func()
	wake   chan struct{}
	conns  []*conn // in the order in which they came
	ended  bool
	asleep bool
	done   chan struct{}
}

// Start implements reactor.Engine.
func (e *engine) Start(r *reactor.Reactor) error {
	e.r = r
	for _, l := range r.Loops() {
		l := &loop{Loop: l, wake: make(chan struct{}, 1), done: make(chan struct{})}
		e.loops = append(e.loops, l)
		sim.Go("loop "+strconv.Itoa(l.ID), l.run)
	}
	return nil
}

func (l *loop) run() {
	defer close(l.done)
	for !l.ended {
		if len(l.tasks) == 0 {
			l.asleep = true
			sim.Receive("waits for something to do", l.wake)
			l.asleep = false
			continue
		}
		task := l.tasks[0]
		l.tasks = l.tasks[1:]
		task()
		sim.Yield("has done something")
	}
}

func (l *loop) post(task func()) {
	if l.ended {
		return
	}
	l.tasks = append(l.tasks, task)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Execute implements reactor.Engine.
func (e *engine) Execute(i int, fn func()) {
	sim.Yield("posts")
	e.loops[i].post(fn)
	sim.Yield("has posted")
}

// Stop implements reactor.Engine.
func (e *engine) Stop() error {
	for _, l := range e.loops {
		l.post(func() {
			for len(l.conns) > 0 {
				l.conns[0].over()
			}
			l.ended = true
		})
		sim.Receive("waits for the end of a loop", l.done)
	}
	return nil
}

// Move implements reactor.Engine.
func (e *engine) Move(s *session.Session, to int) bool {
	c := s.Link.(*conn)
	if c.place != enrolled || c.ending || c.inTurn {
		return false
	}
	e.r.Depart(s)
	c.place = transit
	c.enroll(e.loops[to])
	return true
}

// dial makes a connection; nil: the node takes none.
func (e *engine) dial(name string) *conn {
	e.last++
	c := &conn{e: e, name: name, number: e.last, come: make(chan struct{}, 1)}
	addr := "127.0.0.1:" + strconv.Itoa(10000+e.last)
	s, l, refusal := e.r.Enter(c, reactor.Peer{Addr: addr, Source: addr, Local: "127.0.0.1:6379", Loopback: true})
	if refusal != "" {
		return nil
	}
	c.s = s
	c.place = transit
	c.enroll(e.loops[l.ID])
	return c
}
