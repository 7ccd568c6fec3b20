package node

import (
	"sync/atomic"
	"time"

	"sigrun/actors"
	"sigrun/internal/metrics"
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/shards/exec"
)

// background is a goroutine that does something every so often.
type background struct{ stop, done chan struct{} }

func (b *background) start(name string, every time.Duration, step func()) {
	b.stop, b.done = make(chan struct{}), make(chan struct{})
	sim.Go(name, func() {
		defer close(b.done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			if sim.Either("waits for its time", b.stop, tick.C) == 0 {
				return
			}
			step()
		}
	})
}

func (b *background) end() {
	if b.stop != nil {
		close(b.stop)
		sim.Receive("waits for an end", b.done)
	}
}

// pacer is the one goroutine that looks at the time for things that can wait. It beats
// ten times a second while commands come, and rests when none has come for a while: then
// a node that nobody uses wakes no core.
type pacer struct {
	stop, done chan struct{}
	quiet      int          // beats without a command
	took       atomic.Int64 // ns that beats have taken
}

const (
	heartbeat   = 100 * time.Millisecond
	restAfter   = 50               // quiet beats
	restBeat    = 10 * time.Second // a beat of a node at rest
	restBeatFor = time.Second      // the same when clients (timeout) or connections to other servers may have been idle for too long
	reliefBeats = 10               // beats between two looks for hot shards
	tidyBeats   = 20               // beats between two looks at the process's memory
)

func (n *Node) startBeating() {
	k := &n.pacer
	k.stop, k.done = make(chan struct{}), make(chan struct{})
	sim.Go("heartbeat", n.keepBeating)
}

func (n *Node) keepBeating() {
	k := &n.pacer
	defer close(k.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for beats := 0; ; beats++ {
		switch sim.Any("rests", k.stop, n.pulse.Stirred(), timer.C) {
		case 0:
			return
		case 1:
			k.quiet = 0
		}
		timer.Reset(n.beat(time.Now(), beats))
	}
}

func (k *pacer) end() {
	if k.stop != nil {
		close(k.stop)
		sim.Receive("waits for the end of the heartbeat", k.done)
		k.stop = nil
	}
}

// figures are what INFO tells of the heartbeat.
func (k *pacer) figures() []metrics.Row {
	return []metrics.Row{metrics.Count("eventloop_duration_cron_sum", func() int64 { return k.took.Load() / 1000 })}
}

// beat does what is due and returns when to come again.
func (n *Node) beat(now time.Time, beats int) time.Duration {
	defer func(from int64) { n.pacer.took.Add(n.clock.Mono() - from) }(n.clock.Mono())
	before := n.pulse.Beat()
	n.Control.Sample(now)
	n.tick(before)
	k := &n.pacer
	if n.reactor.Sample(now) && !n.wantsTick() {
		k.quiet++
	} else {
		k.quiet = 0
	}
	if beats%reliefBeats == 0 {
		n.relieve()
	}
	n.Memory.tell()
	n.dispatcher.UpkeepDue()
	n.persist.Beat()
	n.peers.Expire(now)
	trimTracked(n.engine, n.dispatcher.Dispatcher())
	if beats%tidyBeats == 0 || k.quiet > restAfter { // at rest a beat is long: each looks
		n.region.ReleaseIdle()
		n.region.Ripen(n.engine.Settings.Compact.Tight.Load()) // a huge page is all there, whatever of it is in use
		if n.tidy != nil {
			n.tidy()
		}
	}
	if k.quiet <= restAfter {
		return heartbeat
	}
	n.pulse.Rest()
	if !n.reactor.Quiet() { // a command that came just now found no rest to end
		n.pulse.Stir()
	}
	if k.quiet == restAfter+1 { // or comes to an end just now, and is not counted yet: the next beat sees it
		return heartbeat
	}
	if n.value("timeout").Int64() > 0 || n.peers.Idle() > 0 {
		return restBeatFor
	}
	return restBeat
}

// tick wakes the loops that have something to do by the time.
func (n *Node) tick(before int64) {
	ms := n.pulse.Millis()
	timeout := n.value("timeout").Int64()
	newSecond := ms/1000 != before/1000
	for _, l := range n.reactor.Loops() {
		if l.WantsTick() {
			l.Post(l.Tick)
		}
		if timeout > 0 && newSecond && l.Counters.Connected.Load() > 0 {
			l.Post(func() { l.CloseIdle(ms - timeout*1000) })
		}
	}
}

func (n *Node) wantsTick() bool {
	for _, l := range n.reactor.Loops() {
		if l.WantsTick() {
			return true
		}
	}
	return false
}

// trimTracked forgets keys that are remembered for clients, where there are more than may be: those that read trim, too, but all of
// them may be silent.
func trimTracked(e *exec.Engine, d *actors.Dispatcher) {
	if !e.Tracking.Over() {
		return
	}
	r := e.Borrow()
	defer e.GiveBack(r)
	for s := range d.Shards() {
		if d.Try(s) {
			r.TrimTracked(s)
			d.Release(s, r)
		}
	}
}

// disorderEvery is the distance of two disturbances in chaos.
const disorderEvery = 20 * time.Millisecond

// disturb moves a connection to another loop and a slot to another shard.
func (n *Node) disturb(chaos *actors.Chaos) {
	if loops := len(n.reactor.Loops()); loops > 1 {
		from := chaos.Number(loops)
		n.reactor.Move(from, (from+1+chaos.Number(loops-1))%loops, 1)
	}
	r := n.engine.Borrow()
	defer n.engine.GiveBack(r)
	slot, to := uint16(chaos.Number(16384)), chaos.Number(n.dispatcher.Shards())
	if chaos.Roll(2) { // most of them have nothing that could be lost on the way
		var one call.ShardSet
		one.Add(chaos.Number(n.dispatcher.Shards()))
		n.dispatcher.Acquire(&one)
		slot = n.engine.SlotInUse(one.Next(0), chaos.Number(1+chaos.Number(32)), slot)
		n.dispatcher.ReleaseSet(&one, r)
	}
	var set call.ShardSet
	set.Add(n.engine.Owner(slot))
	set.Add(to)
	n.dispatcher.Acquire(&set)
	n.engine.MoveSlot(slot, to, &set)
	n.dispatcher.ReleaseSet(&set, r)
}
