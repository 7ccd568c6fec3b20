//go:build sim

package sim

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"
)

// Options of a run.
type Options struct {
	Schedule Schedule
	Chance   uint64        // the seed of Uint64 and its like
	Step     time.Duration // what a step takes
	Look     time.Duration // of CPU time between two looks at it
	Steps    int           // how many a run may have
	Limit    time.Duration // how long it may last
	Trace    bool          // keep it
	Rest     func() string // is asked when nobody can go on but by time; what is wrong then, "": nothing. It may meet nobody; nil: all is well
}

// Schedule decides who goes on.
type Schedule interface {
	// Leave reports whether g lets another one go on at a point where it need not.
	Leave(g *Goroutine, at string) bool
	// Next is the one of ready, which are in the order of their start, that goes on.
	Next(ready []*Goroutine) int
}

// Result of a run.
type Result struct {
	Hash    uint64 // of everything that was decided and noted
	Steps   int
	Yields  int
	Lasted  time.Duration
	Trace   []string
	Stuck   string // why it was ended, "": it came to its end
	Waiting []string
}

// Goroutine is one of a run.
type Goroutine struct {
	ID   int
	Name string

	at     string // where it stands
	on     any    // what it waits for, nil: nothing of ours
	gate   chan bool
	killed chan struct{}
	mute   bool // it passes all points
}

// At is where it stands.
func (g *Goroutine) At() string { return g.at }

// simulation is the run that is under way.
type simulation struct {
	Options
	chance *rand.Rand

	mu      sync.Mutex
	ready   []*Goroutine
	wake    chan struct{} // the scheduler waits for somebody to be ready
	idle    bool
	all     map[int]*Goroutine
	waiting map[any][]*Goroutine
	last    int // ID
	ended   map[string]int

	running *Goroutine
	passed  int // points, since it was chosen
	ending  bool
	failed  string
	cpu     time.Duration
	res     Result
	began   time.Time
}

var current *simulation

// Run runs main, and whatever it starts, to the end. The caller is the root of a bubble of testing/synctest.
func Run(o Options, main func()) Result {
	s := &simulation{Options: o, chance: rand.New(rand.NewPCG(o.Chance, 0x51)), wake: make(chan struct{}, 1), all: map[int]*Goroutine{},
		waiting: map[any][]*Goroutine{}, began: time.Now()}
	current = s
	defer func() { current = nil }()
	s.start("main", main)
	s.schedule()
	s.endAll()
	s.res.Lasted, s.res.Stuck = time.Since(s.began), s.failed
	return s.res
}

// schedule lets one goroutine after another go on, until all have ended or it makes no sense any more.
func (s *simulation) schedule() {
	var owed time.Duration // steps that time does not know of yet
	for {
		synctest.Wait()
		switch {
		case s.failed != "" || s.over():
			return
		case owed >= tick:
			time.Sleep(owed)
			owed = 0
			continue
		}
		g := s.choose()
		if g == nil {
			s.await()
			continue
		}
		owed += s.Step
		s.running = g
		g.gate <- true
	}
}

// tick is how finely time passes.
const tick = 4 * time.Microsecond

// over reports whether the run has come to its end, or to one of its bounds.
func (s *simulation) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(s.all) == 0:
		return true
	case s.res.Steps >= s.Steps:
		s.failed = fmt.Sprintf("not over after %d steps", s.res.Steps)
	case time.Since(s.began) >= s.Limit:
		s.failed = fmt.Sprintf("not over after %v", s.Limit)
	default:
		return false
	}
	s.res.Waiting = s.graph()
	return true
}

// mostTrace bounds the lines of a trace: of a run that does not end the last ones tell why.
const mostTrace = 100_000

// choose takes the one that goes on.
func (s *simulation) choose() *Goroutine {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ready) == 0 {
		s.idle = true
		return nil
	}
	i := s.Schedule.Next(s.ready)
	g := s.ready[i]
	s.ready = slices.Delete(s.ready, i, i+1)
	s.res.Steps++
	s.passed = 0
	s.mix(uint64(g.ID)<<32 | uint64(len(s.ready)))
	s.mixText(g.at)
	if s.Trace {
		if len(s.res.Trace) > mostTrace {
			s.res.Trace = append(s.res.Trace[:0], s.res.Trace[mostTrace/2:]...)
		}
		s.res.Trace = append(s.res.Trace, fmt.Sprintf("%-12v %d %s: %s (%d others)", time.Since(s.began), g.ID, g.Name, g.at, len(s.ready)))
	}
	return g
}

// await waits until somebody is ready: time passes.
func (s *simulation) await() {
	s.running = nil
	if s.Rest != nil {
		if wrong := s.Rest(); wrong != "" {
			s.fail(wrong)
			return
		}
	}
	left := time.NewTimer(s.Limit - time.Since(s.began))
	defer left.Stop()
	select {
	case <-s.wake:
	case <-left.C:
	}
}

// fail ends the run.
func (s *simulation) fail(text string) {
	if s.failed == "" {
		s.failed = text
		s.mu.Lock()
		s.res.Waiting = s.graph()
		s.mu.Unlock()
	}
}

// graph tells where everybody stands and who waits for whom; mu is held.
func (s *simulation) graph() (lines []string) {
	ids := make([]int, 0, len(s.all))
	for id := range s.all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		g := s.all[id]
		line := fmt.Sprintf("%d %s: %s", g.ID, g.Name, g.at)
		if l, ok := g.on.(interface{ owner() *Goroutine }); ok && l.owner() != nil {
			line += fmt.Sprintf(", held by %d %s", l.owner().ID, l.owner().Name)
		}
		lines = append(lines, line)
	}
	return lines
}

// endAll ends what is left, one after the other.
func (s *simulation) endAll() {
	s.mu.Lock()
	s.ending = true
	left := make([]*Goroutine, 0, len(s.all))
	for _, g := range s.all {
		left = append(left, g)
	}
	s.ready = nil
	s.mu.Unlock()
	slices.SortFunc(left, func(a, b *Goroutine) int { return b.ID - a.ID })
	for _, g := range left {
		s.running = g
		close(g.killed)
		synctest.Wait()
	}
}

// start starts a goroutine, which waits for its turn.
func (s *simulation) start(name string, fn func()) {
	g := s.born(name)
	go func() { s.live(g, fn) }()
}

func (s *simulation) born(name string) *Goroutine {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	return &Goroutine{ID: s.last, Name: name, gate: make(chan bool), killed: make(chan struct{}), at: "start"}
}

// live is the life of a goroutine. A panic ends the run.
func (s *simulation) live(g *Goroutine, fn func()) {
	s.mu.Lock()
	s.all[g.ID] = g
	s.mu.Unlock()
	defer func() {
		if p := recover(); p != nil && !s.ending {
			s.fail(fmt.Sprintf("panic in %s: %v\n%s", g.Name, p, cut(string(debug.Stack()))))
		}
		s.mu.Lock()
		delete(s.all, g.ID)
		s.mu.Unlock()
	}()
	s.park(g, "start")
	fn()
}

// cut leaves of a stack what is above the panic.
func cut(stack string) string {
	_, rest, found := strings.Cut(stack, "panic(")
	if !found {
		return stack
	}
	return rest
}

// note makes a text part of the run.
func (s *simulation) note(text string) {
	s.mixText(text)
	if s.Trace {
		s.res.Trace = append(s.res.Trace, "    "+text)
	}
}

func (s *simulation) mix(x uint64) {
	h := (s.res.Hash ^ x) * 0x9E3779B97F4A7C15
	s.res.Hash = h ^ h>>29
}

func (s *simulation) mixText(t string) {
	h := uint64(14695981039346656037)
	for i := range len(t) {
		h = (h ^ uint64(t[i])) * 1099511628211
	}
	s.mix(h)
}
