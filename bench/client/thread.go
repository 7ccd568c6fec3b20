package client

import (
	"math"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"sigrun/bench/host"
	"sigrun/bench/measure"
	"sigrun/bench/poll"
	"sigrun/bench/workload"
)

const (
	readBuffer  = 256 << 10
	keptBuffer  = 64 << 10 // what a connection keeps to send from
	mostEvents  = 512
	tick        = int64(50 * time.Millisecond) // how often a thread looks for what takes too long
	mostDialled = 128                          // connections that a thread opens at a time
)

// thread drives some of the connections.
type thread struct {
	*engine
	id     int
	poller *poll.Poller
	dice   *workload.Dice
	set    *measure.Set
	now    int64 // since the run's beginning, as it was looked at last
	in     []byte
	text   []byte // scratch
	key    []byte // scratch
	lanes  []*lane
	links  []*link
	dirty  []*link
	broken []*link // to be dialled again
	dials  int     // under way

	begun    bool
	sending  bool
	interval int   // that is being measured
	edge     int64 // when it ends
	looked   int64 // when tick was
	budget   int64 // requests that are left; -1: no bound
	resting  int   // lanes that are not active yet
	answered int64 // when anybody was
	pace     pace
	arrivals arrivals // connections whose handshake is over
	usage    Usage
	end      int64 // nothing was sent since
	ended    int64
	behind   int64
	late     int64 // replies behind the end
	troubles int   // replies that were none, so far
}

func newThread(e *engine, id int) (*thread, error) {
	p, err := poll.New(mostEvents)
	if err != nil {
		return nil, err
	}
	t := &thread{engine: e, id: id, poller: p, dice: workload.NewDice(e.Seed, uint64(id)+1), in: make([]byte, readBuffer), budget: -1}
	if e.Requests > 0 {
		t.budget = e.Requests / int64(e.Threads)
		if int64(id) < e.Requests%int64(e.Threads) {
			t.budget++
		}
	}
	return t, t.arrivals.open(p)
}

func (t *thread) addLane(id uint64, r *workload.Role) {
	l := &lane{id: id, role: r}
	t.lanes = append(t.lanes, l)
	t.addLink(l, 0)
}

func (t *thread) addLink(l *lane, node int) *link {
	k := &link{lane: l, id: len(t.links), fd: -1, node: node}
	t.links = append(t.links, k)
	for len(l.links) <= node {
		l.links = append(l.links, nil)
	}
	l.links[node] = k
	return k
}

// run is the thread's life.
func (t *thread) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread() // the thread goes on: servers that were started by it would be killed with it
	defer t.close()
	poll.Punctual()
	defer poll.Leisurely()
	if len(t.CPUs) > 0 {
		cpu := t.CPUs[t.id%len(t.CPUs)]
		release, err := host.Bind(cpu)
		if err != nil {
			t.fault("binding a thread to core %d: %v", cpu, err)
		}
		defer release()
	}
	t.connectAll()
	t.connected.Done()
	<-t.gate
	if t.stop.Load() {
		return
	}
	t.begin()
	busy, waited := poll.CPU(), host.ThreadWait()
	start := t.clock()
	for t.turn() {
	}
	t.ended = t.now
	t.finish()
	t.usage = Usage{CPU: poll.CPU() - busy, Waited: host.ThreadWait() - waited, Voices: len(t.lanes), Elapsed: time.Duration(t.now - start)}
}

func (t *thread) clock() int64 {
	t.now = int64(time.Since(t.began))
	return t.now
}

func (t *thread) begin() {
	t.begun, t.sending = true, true
	t.set = t.collector.Take()
	now := t.clock()
	t.answered = now
	t.interval, t.edge = -1, t.from
	t.pace.begin(t, now)
	t.nextInterval()
	for i, l := range t.lanes {
		if t.Ramp > 0 && t.Rate == 0 && t.Replay == nil {
			l.resting = true
			t.resting++
			continue
		}
		t.activate(l)
		if i%64 == 63 {
			t.flush()
		}
	}
	t.flush()
}

// activate has a lane begin.
func (t *thread) activate(l *lane) {
	if l.resting {
		l.resting = false
		t.resting--
	}
	t.refill(l)
}

// turn waits for something to happen and deals with it; false: the run is over.
func (t *thread) turn() bool {
	events := t.poller.Wait(t.patience())
	start := t.clock()
	if t.now >= t.edge {
		t.nextInterval()
	}
	for i := range events {
		if id := int(events[i].Fd); id >= 0 {
			t.event(t.links[id], events[i].Events)
		} else {
			t.arrived()
		}
	}
	t.pace.send(t)
	t.flush()
	if t.now-t.looked >= tick {
		t.look()
	}
	if len(events) > 0 && t.interval >= 0 {
		t.set.Turn.Record(t.clock() - start)
	}
	return !t.over()
}

// patience is how long the thread may wait.
func (t *thread) patience() time.Duration {
	next := min(t.edge, t.looked+tick)
	if t.sending && t.pace.waits() {
		next = min(next, t.pace.next)
	}
	return time.Duration(next - t.clock())
}

// nextInterval hands over what was measured in each interval that is over. What comes behind the end belongs to the last one.
func (t *thread) nextInterval() {
	for t.now >= t.edge {
		switch {
		case t.interval < 0:
			t.set.Reset() // what was before is not counted
		case t.edge >= t.until:
			t.edge = math.MaxInt64
			return
		default:
			t.collector.Hand(t.interval, t.set)
			t.set = t.collector.Take()
		}
		t.interval++
		t.edge = min(t.from+int64(t.interval+1)*int64(t.Interval), t.until)
	}
}

// over tells whether there is nothing left to do.
func (t *thread) over() bool {
	if t.stop.Load() {
		return true
	}
	if t.sending {
		if t.budget == 0 || t.pace.exhausted(t) || t.now >= t.until && !t.pace.late(t) || t.now >= t.until+int64(t.Drain) {
			t.sending, t.end = false, t.now
		}
		return false
	}
	if t.now >= t.end+int64(t.Drain) {
		return true
	}
	for _, l := range t.lanes {
		if l.out > 0 && l.role.Paced {
			return false
		}
	}
	return true
}

// finish hands over the last of what was measured, and counts what was never answered.
func (t *thread) finish() {
	for _, k := range t.links {
		for ; k.waiting.len() > 0; k.waiting.head++ {
			if p := k.waiting.front(); p.cmd != nil && t.counts(p.intended) && k.lane.role.Paced {
				t.set.Classes[p.cmd.Class].Lost++
			}
		}
	}
	t.behind = t.pace.behind(t)
	if t.interval >= 0 {
		t.collector.Hand(t.interval, t.set)
	}
}

// counts tells whether what was to be sent at a time belongs to what is measured.
func (t *thread) counts(intended int64) bool { return intended >= t.from && intended < t.until }

func (t *thread) close() {
	for _, k := range t.links {
		if k.fd >= 0 {
			_ = unix.Close(k.fd)
		}
	}
	t.arrivals.close()
	t.poller.Close()
}
