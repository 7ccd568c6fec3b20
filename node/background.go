package node

import (
	"time"

	"sigrun/actors"
	"sigrun/protocol/call"
)

// background is a goroutine that does something every so often.
type background struct{ stop, done chan struct{} }

func (b *background) start(every time.Duration, step func(now time.Time)) {
	b.stop, b.done = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(b.done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-b.stop:
				return
			case now := <-tick.C:
				step(now)
			}
		}
	}()
}

func (b *background) end() {
	if b.stop != nil {
		close(b.stop)
		<-b.done
	}
}

// heartbeat is how often time is looked at for things that can wait.
const heartbeat = 100 * time.Millisecond

// heartbeat keeps the coarse clock, and wakes the loops that have something to do by
// the time: an idle server's loops sleep on.
func (n *Node) heartbeat(now time.Time) {
	ms := n.clock.Millis()
	before := n.seconds.Swap(ms)
	n.engine.Beat(ms)
	n.Control.Sample(now)
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

// disorderEvery is the distance of two disturbances in chaos.
const disorderEvery = 20 * time.Millisecond

// disturb moves a connection to another loop and a slot to another shard.
func (n *Node) disturb(chaos *actors.Chaos) {
	if loops := len(n.reactor.Loops()); loops > 1 {
		from := chaos.Number(loops)
		n.reactor.Move(from, (from+1+chaos.Number(loops-1))%loops, 1)
	}
	slot, to := uint16(chaos.Number(16384)), chaos.Number(n.dispatcher.Shards())
	var set call.ShardSet
	set.Add(n.engine.Owner(slot)) // nobody else moves slots
	set.Add(to)
	r := n.engine.NewCtx(-1)
	n.dispatcher.Acquire(&set)
	r.MoveSlot(slot, to)
	n.dispatcher.ReleaseSet(&set, r)
}
