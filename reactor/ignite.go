package reactor

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"sigrun/actors/ignition"
	"sigrun/reactor/gate"
)

// meter measures one loop's CPU time. The sampler asks, the loop answers at its next
// turn; a loop without turns is idle and does not answer.
type meter struct {
	asked  atomic.Bool
	thread atomic.Int32
	cpu    atomic.Int64 // ns of that thread
	share  atomic.Uint64

	user            atomic.Int64 // of it, outside the kernel
	outside, inside atomic.Int64 // the kernel: ns of the loop on all its threads, as far as samples tell

	lastThread int32 // sampler's
	lastUser   int64
	lastCPU    int64
	lastAt     time.Time
	_          [64]byte
}

// answer is called by the loop at a turn when it was asked.
func (m *meter) answer() {
	defer m.asked.Store(false)
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts)
	var use unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &use)
	m.thread.Store(int32(unix.Gettid()))
	m.user.Store(use.Utime.Nano())
	m.cpu.Store(ts.Nano())
}

// take computes the share of a core that the loop used since the last sample. Loops
// are not locked to threads: a difference across threads says nothing, and the last share
// that is known stands.
func (m *meter) take(now time.Time) float64 {
	thread, cpu := m.thread.Load(), m.cpu.Load()
	wall := now.Sub(m.lastAt)
	share := 0.0
	switch {
	case m.asked.Load(): // no turn since it was asked
	case thread != m.lastThread:
		share = float64(m.share.Load()) / 1000 // as before
	case wall > 0 && cpu > m.lastCPU:
		share = min(float64(cpu-m.lastCPU)/float64(wall), 1)
	}
	m.add(share*float64(wall), thread == m.lastThread)
	m.lastThread, m.lastCPU, m.lastAt = thread, cpu, now
	m.share.Store(uint64(share * 1000))
	m.asked.Store(true)
	return share
}

// add counts what the loop used since the last sample as time outside and inside the kernel: as its thread did, or, of a loop that has
// changed threads, as it did before.
func (m *meter) add(used float64, same bool) {
	if user := m.user.Load(); same && user >= m.lastUser {
		outside := min(float64(user-m.lastUser), used)
		m.outside.Add(int64(outside))
		m.inside.Add(int64(used - outside))
	} else if out, in := float64(m.outside.Load()), float64(m.inside.Load()); out+in > 0 {
		m.outside.Add(int64(used * out / (out + in)))
		m.inside.Add(int64(used * in / (out + in)))
	}
	m.lastUser = m.user.Load()
}

// sampling is what Sample needs from one call to the next.
type sampling struct {
	policy   *ignition.Policy
	forced   bool
	ceiling  int // of loops, for the policy
	cores    coreUse
	machine  ignition.Machine
	busy     []float64 // by loop
	executed uint64    // calls that executors have had

	at       time.Time // of the last sample
	commands uint64    // until then
	queued   uint64
}

// Ignition has Sample run the policy. forced wakes every loop at once and keeps it.
func (r *Reactor) Ignition(p *ignition.Policy, forced bool) {
	r.sampling = sampling{policy: p, forced: forced, ceiling: p.Max, busy: make([]float64, len(r.loops)),
		cores: newCoreUse(r.Options.Cores)}
	if forced {
		r.active.Store(int32(len(r.loops)))
		r.Session.Dispatcher.Shared.Store(len(r.loops) > 1)
	}
	r.sampling.cores.step(forced, 0)
}

// Sample measures the loops and does what the policy makes of it; the node calls it
// about ten times a second. quiet: there was no command and nothing under way, so that
// it need not call again before there is.
func (r *Reactor) Sample(now time.Time) (quiet bool) {
	t := &r.sampling
	d := r.Session.Dispatcher
	if now.Sub(t.at) > longAgo {
		t.machine.Forget()
	}
	for i := range r.meters {
		t.busy[i] = r.meters[i].take(now)
	}
	before := t.executed
	t.executed = d.Stats.Executed.Load()
	commands, rate, wait := r.rate(now)
	t.cores.step(t.forced || r.Active() > 1 || t.executed > before || d.Executing() > 0 || r.Session.Gate.Load()&gate.Loading != 0, commands)
	quiet = commands == 0 && d.Executing() == 0 && (t.forced || r.Active() == 1 && !t.cores.needed())
	if t.forced {
		return r.follow() && quiet
	}
	if len(r.loops) == 1 {
		return quiet
	}
	t.policy.Max = min(t.ceiling, int(r.most.Load()))
	idle, used := t.machine.Look()
	switch t.policy.Step(ignition.Sample{Busy: t.busy, Idle: idle, Used: used, Rate: rate, Wait: wait}) {
	case ignition.Wake:
		r.wake(t.busy)
	case ignition.Park:
		r.park()
		if r.Active() == 1 && d.Executing() == 0 {
			t.cores.cool()
		}
	}
	return quiet
}

// Limit says how many loops may be in use, of those that there are; the next samples see to it.
func (r *Reactor) Limit(loops int) { r.most.Store(int32(min(loops, len(r.loops)))) }

// follow brings the loops that are forced to be awake nearer to as many as may be, and reports whether they were that.
func (r *Reactor) follow() bool {
	switch most := int(r.most.Load()); {
	case r.Active() < most:
		r.wake(r.sampling.busy)
	case r.Active() > most:
		r.park()
	default:
		return true
	}
	return false
}

// Quiet reports whether there was no command since the last Sample.
func (r *Reactor) Quiet() bool { return r.Commands() == r.sampling.commands }

// Commands is the number of commands of all loops.
func (r *Reactor) Commands() (total uint64) {
	for _, l := range r.loops {
		total += l.Counters.Commands.Load()
	}
	return total
}

// longAgo is the age of a sample with which nothing can be compared.
const longAgo = time.Second

// rate is the number of commands of all loops since it was last asked, how many that are
// per second, and the share of them that queued for several tokens.
func (r *Reactor) rate(now time.Time) (commands uint64, perSecond, waited float64) {
	t := &r.sampling
	total := r.Commands()
	queued := r.Session.Dispatcher.Stats.Queued.Load()
	commands = total - t.commands
	if n := float64(commands); n > 0 {
		perSecond = n / now.Sub(t.at).Seconds()
		waited = float64(queued-t.queued) / n
	}
	t.at, t.commands, t.queued = now, total, queued
	return commands, perSecond, waited
}

// wake takes one more loop into use: it gets half the connections of the busiest.
func (r *Reactor) wake(busy []float64) {
	r.sampling.cores.step(true, 0)
	n := int(r.active.Add(1))
	r.Session.Dispatcher.Shared.Store(true)
	r.Ignitions.Add(1)
	from := 0
	for i := 1; i < n-1; i++ {
		if busy[i] > busy[from] {
			from = i
		}
	}
	r.Move(from, n-1, int(r.loops[from].Counters.Connected.Load()/2))
}

// park gives the connections of the last loop to the others.
func (r *Reactor) park() {
	last := int(r.active.Add(-1))
	r.Session.Dispatcher.Shared.Store(last > 1)
	r.Cooldowns.Add(1)
	share := int(r.loops[last].Counters.Connected.Load())/last + 1
	for to := 0; to < last; to++ {
		r.Move(last, to, share)
	}
}

// Share is the share of a core that loop i used lately, in thousandths.
func (r *Reactor) Share(i int) uint64 { return r.meters[i].share.Load() }

// Active is the number of loops in use.
func (r *Reactor) Active() int { return int(r.active.Load()) }
