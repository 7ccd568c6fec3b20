package client

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sigrun/bench/host"
	"sigrun/bench/measure"
)

// engine is what the threads of a run share.
type engine struct {
	*Plan
	collector *measure.Collector
	topology  *topology
	began     time.Time     // the time that all clocks count from
	from      int64         // what is to be sent before is not counted
	until     int64         // nothing is sent any more
	used      time.Duration // of processors, by this process, when the run began
	stop      atomic.Bool
	connected sync.WaitGroup
	gate      chan struct{} // closed when the run begins

	mu     sync.Mutex
	faults map[string]int64
	failed error
}

// mostFaults is how many different ones are kept apart.
const mostFaults = 20

// Run makes the load of a plan and tells what has come of it. An error means that nothing was measured.
func Run(ctx context.Context, plan *Plan) (*Outcome, error) {
	if err := plan.settle(); err != nil {
		return nil, err
	}
	// Threads that wait hold a processor of Go's each.
	if n := plan.Threads + 2; runtime.GOMAXPROCS(0) < n {
		runtime.GOMAXPROCS(n)
	}
	e := &engine{Plan: plan, gate: make(chan struct{}), faults: map[string]int64{}}
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
	roles := e.Workload.Deal(e.Clients)
	for i := range e.Threads {
		t, err := newThread(e, i)
		if err != nil {
			return nil, err
		}
		threads = append(threads, t)
	}
	for i, r := range roles {
		threads[i%e.Threads].addLane(uint64(i), r)
	}
	return threads, nil
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
	e.begin()
	watch := context.AfterFunc(ctx, func() { e.stop.Store(true) })
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
		out.Threads = append(out.Threads, t.usage)
	}
	out.Length = max(out.Length, time.Millisecond)
	out.Total, out.Rows = e.collector.Close(out.Length)
	for text, n := range e.faults { // in any order: sorted below
		out.Faults = append(out.Faults, Fault{text, n})
	}
	slices.SortFunc(out.Faults, func(a, b Fault) int {
		if a.Count != b.Count {
			return int(b.Count - a.Count)
		}
		return strings.Compare(a.Text, b.Text)
	})
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
	if _, ok := e.faults[text]; !ok && len(e.faults) >= mostFaults {
		text = "others"
	}
	e.faults[text]++
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

var errTimeout = errors.New("a request was not answered in time")
