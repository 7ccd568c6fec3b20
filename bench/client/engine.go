package client

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"sigrun/bench/host"
	"sigrun/bench/measure"
	"sigrun/bench/workload"
)

// engine is what the threads of a run share.
type engine struct {
	*Plan
	collector *measure.Collector
	topology  *topology
	places    resolver
	paced     int           // lanes that a rate holds for
	senders   atomic.Int64  // threads that still have something to send
	began     time.Time     // the time that all clocks count from
	from      int64         // what is to be sent before is not counted
	until     int64         // nothing is sent any more
	used      time.Duration // of processors, by this process, when the run began
	stop      atomic.Bool
	connected sync.WaitGroup
	gate      chan struct{} // closed when the run begins

	mu     sync.Mutex
	faults faults
	failed error
}

// Run makes the load of a plan and tells what has come of it. An error means that nothing was measured.
func Run(ctx context.Context, plan *Plan) (*Outcome, error) {
	if err := plan.complete(); err != nil {
		return nil, err
	}
	// Threads that wait hold a processor of Go's each.
	if n := plan.Threads + 2; runtime.GOMAXPROCS(0) < n {
		runtime.GOMAXPROCS(n)
	}
	e := &engine{Plan: plan, gate: make(chan struct{}), faults: faults{}}
	if _, err := e.places.wait(plan.Network, plan.Addr); err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", plan.Addr, err)
	}
	if plan.Cluster {
		t, err := askTopology(&plan.Target)
		if err != nil {
			return nil, err
		}
		e.topology = t
	}
	e.collector = measure.NewCollector(len(plan.Names()), plan.Threads, plan.Interval)
	e.collector.OnRow = plan.OnRow
	threads, err := e.makeThreads()
	if err != nil {
		return nil, err
	}
	return e.run(ctx, threads)
}

func (e *engine) makeThreads() (threads []*thread, err error) {
	for i := range e.Threads {
		t, err := newThread(e, i)
		if err != nil {
			return nil, err
		}
		threads = append(threads, t)
	}
	e.dealLanes(threads)
	return threads, nil
}

// dealLanes gives every thread its part of each role, and of the requests as many as its lanes are of all that send.
func (e *engine) dealLanes(threads []*thread) {
	roles := e.Workload.Deal(e.Clients)
	next, senders := map[*workload.Role]int{}, make([]int64, len(threads)+1)
	for at, r := 0, 0; r < len(e.Workload.Roles); r++ { // where one role has ended the next one begins
		role := e.Workload.Roles[r]
		next[role] = at
		for _, other := range roles {
			if other == role {
				at++
			}
		}
	}
	for i, r := range roles {
		on := next[r] % e.Threads
		next[r]++
		threads[on].addLane(uint64(i), r)
		if len(r.Tasks) > 0 || e.Replay != nil {
			senders[on+1]++
			if r.Paced {
				e.paced++
			}
		}
	}
	for i, t := range threads {
		senders[i+1] += senders[i]
		if t.sends {
			e.senders.Add(1)
		}
	}
	for i, t := range threads {
		if all := senders[len(threads)]; e.Requests > 0 && t.sends {
			t.budget = share(e.Requests, senders[i+1], all) - share(e.Requests, senders[i], all)
		}
	}
}

// share is a part of n, rounded so that all parts together are n.
func share(n, part, of int64) int64 {
	high, low := bits.Mul64(uint64(n), uint64(part))
	q, _ := bits.Div64(high, low, uint64(of))
	return int64(q)
}

func (e *engine) run(ctx context.Context, threads []*thread) (*Outcome, error) {
	var ended sync.WaitGroup
	e.connected.Add(len(threads))
	e.began = time.Now()
	for _, t := range threads {
		ended.Add(1)
		go func() {
			defer ended.Done()
			t.run()
		}()
	}
	e.connected.Wait()
	if e.error() == nil && e.Ready != nil {
		e.Ready()
	}
	if e.Start != nil && e.error() == nil {
		select {
		case <-e.Start:
		case <-ctx.Done():
		}
	}
	if e.Begun != nil && e.error() == nil {
		e.Begun()
	}
	e.begin()
	watch := context.AfterFunc(ctx, func() { e.fail(errInterrupted) })
	ended.Wait()
	watch()
	return e.outcome(threads)
}

// begin opens the gate: the warm-up starts now.
func (e *engine) begin() {
	now := int64(time.Since(e.began))
	e.from = now + int64(e.WarmUp)
	e.until = e.from + int64(e.Duration)
	if e.error() != nil {
		e.stop.Store(true)
	}
	e.used = host.OwnCPU()
	close(e.gate)
}

func (e *engine) outcome(threads []*thread) (*Outcome, error) {
	out := &Outcome{Began: e.began.Add(time.Duration(e.from)), Failed: e.error(), CPU: host.OwnCPU() - e.used}
	for _, t := range threads {
		out.Length = max(out.Length, time.Duration(min(t.ended, e.until)-e.from))
		out.Behind += t.behind
		out.Late += t.late
		out.Gone += t.gone
		out.Unasked += t.unasked
		e.faults.join(t.troubles)
		out.Threads = append(out.Threads, t.usage)
	}
	out.Length = max(out.Length, time.Millisecond)
	out.Total, out.Rows = e.collector.Close(out.Length)
	out.Faults = e.faults.list()
	if e.topology != nil {
		out.Nodes = e.topology.names()
	}
	if out.Failed != nil && out.Total.Total().Done == 0 {
		return out, out.Failed
	}
	return out, nil
}

// fault notes that something went wrong.
func (e *engine) fault(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults.count(appendKind(nil, []byte(text)), mostCodes, []byte(text), func() string { return text })
}

// fail ends the run.
func (e *engine) fail(err error) {
	e.mu.Lock()
	if e.failed == nil {
		e.failed = err
	}
	e.mu.Unlock()
	e.stop.Store(true)
}

func (e *engine) error() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failed
}

var errInterrupted = errors.New("it was interrupted")

var errTimeout = errors.New("a request was not answered in time")
