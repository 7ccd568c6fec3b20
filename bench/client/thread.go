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
	dials  int // under way

	broken  []*link // to be dialled again
	retry   int64   // when the first of them is
	stalled []*lane // that have lost what they waited for
	// elsewhere are tasks whose slot is not that of the key that is drawn first, as servers have said.
	elsewhere map[*workload.Task]int

	begun    bool
	sending  bool
	interval int   // that is being measured
	edge     int64 // when it ends
	looked   int64 // when tick was
	budget   int64 // requests that are left; -1: no bound
	sends    bool  // some lane has something to do; else all of them only listen
	resting  int   // lanes that are not active yet
	answered int64 // when anybody was
	heard    int64 // when a message came
	pace     pace
	arrivals arrivals // connections whose handshake is over
	usage    Usage
	end      int64 // nothing was sent since
	ended    int64
	behind   int64
	late     int64 // replies behind the end
	gone     int   // connections that were not there at the end
	unasked  int64 // replies that nobody has asked for
	troubles faults
	reason   []byte // scratch
}

func newThread(e *engine, id int) (*thread, error) {
	p, err := poll.New(mostEvents)
	if err != nil {
		return nil, err
	}
	t := &thread{engine: e, id: id, poller: p, dice: workload.NewDice(e.Seed, e.Generator<<12|uint64(id)+1), in: make([]byte, readBuffer), budget: -1, troubles: faults{},
		retry: math.MaxInt64}
	t.dice.Origin = e.Origin + e.Generator
	return t, t.arrivals.open(p)
}

func (t *thread) addLane(id uint64, r *workload.Role) {
	l := &lane{id: t.Generator<<32 | id, role: r, db: t.DB}
	t.lanes = append(t.lanes, l)
	t.sends = t.sends || len(r.Tasks) > 0 || t.Replay != nil
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
	if len(t.stalled) > 0 {
		t.resume()
	}
	if t.now >= t.retry {
		t.redial()
	}
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
	next := min(t.edge, t.looked+tick, t.retry)
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
		if t.done() {
			t.sending, t.end = false, t.now
			t.missing()
			if t.sends {
				t.senders.Add(-1)
			}
		}
		return false
	}
	if t.now >= t.end+int64(t.Drain) {
		return true
	}
	if t.heard > 0 && t.now < t.heard+quiet {
		return false // more is on its way
	}
	for _, l := range t.lanes {
		if l.out > 0 && l.role.Paced {
			return false
		}
	}
	return true
}

// quiet is how long no message has come when none is expected any more.
const quiet = int64(20 * time.Millisecond)

// done tells whether nothing is to be sent any more. Who only listens goes on as long as anybody sends.
func (t *thread) done() bool {
	if t.budget == 0 || t.pace.exhausted(t) || t.now >= t.until && !t.pace.late(t) || t.now >= t.until+int64(t.Drain) {
		return true
	}
	return !t.sends && t.senders.Load() == 0
}

// missing counts the connections that are wanted and not there.
func (t *thread) missing() {
	for _, k := range t.links {
		if k.state != open && k.fails > 0 && (t.topology == nil || k.waiting.len() > 0) {
			t.gone++
		}
	}
}

// finish hands over the last of what was measured, and counts what was never answered.
func (t *thread) finish() {
	for _, k := range t.links {
		for ; k.waiting.len() > 0; k.waiting.head++ {
			if k.owed > 0 {
				k.owed--
			} else if k.lane.role.Paced {
				t.lost(k.waiting.front())
			}
		}
	}
	t.behind = t.pace.behind(t)
	if t.interval >= 0 {
		t.collector.Hand(t.interval, t.set)
	}
	t.collector.Leave(t.interval + 1)
}

// counts tells whether what was to be sent at a time belongs to what is measured.
func (e *engine) counts(intended int64) bool { return intended >= e.from && intended < e.until }

func (t *thread) close() {
	for _, k := range t.links {
		if k.state == shaking { // its goroutine reads and writes: the number may belong to nobody else before that has ended
			_ = unix.Shutdown(k.fd, unix.SHUT_RDWR)
		}
	}
	t.arrivals.close()
	for _, k := range t.links {
		if k.fd >= 0 {
			_ = unix.Close(k.fd)
		}
	}
	t.poller.Close()
}
