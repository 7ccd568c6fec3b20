package actors

import (
	"math/bits"
	"sync/atomic"

	"sigrun/internal/sim"
)

// worker is a goroutine on a thread of its own that runs the shards lent to it. It
// sleeps until its alarm rings.
type worker struct {
	d       *Dispatcher
	alarm   alarm
	mail    []atomic.Uint64 // by shard
	asleep  atomic.Bool
	stopped atomic.Bool
	done    chan struct{}
}

// StartWorkers starts n workers, parked. Before any shard is lent.
func (d *Dispatcher) StartWorkers(n int) error {
	for i := 0; i < n; i++ {
		alarm, err := newAlarm()
		if err != nil {
			return err
		}
		w := &worker{d: d, alarm: alarm, mail: make([]atomic.Uint64, (len(d.tokens)+63)/64), done: make(chan struct{})}
		d.workers = append(d.workers, w)
		sim.Go("worker", w.serve)
	}
	return nil
}

// Workers is the number of workers.
func (d *Dispatcher) Workers() int { return len(d.workers) }

// Lend gives shard's mail to worker w, or with w < 0 back to whoever comes.
func (d *Dispatcher) Lend(shard, w int) { d.lent[shard].Store(int32(w + 1)) }

func (w *worker) notify(shard int) {
	w.mail[shard>>6].Or(1 << (shard & 63))
	sim.Yield("has put the bit")
	if w.asleep.Swap(false) {
		w.alarm.wake()
	}
}

func (w *worker) serve() {
	sim.OwnThread()
	defer close(w.done)
	r := w.d.executors.newRunner()
	for !w.stopped.Load() {
		if w.round(r) {
			continue
		}
		sim.Yield("found nothing to do")
		w.asleep.Store(true)
		sim.Yield("is nearly asleep")
		if w.any() && w.asleep.Swap(false) { // mail that came before asleep was seen
			continue
		}
		if !w.alarm.sleep() {
			return
		}
	}
}

// round serves every shard that has mail once.
func (w *worker) round(r Runner) (worked bool) {
	for i := range w.mail {
		for set := w.mail[i].Swap(0); set != 0; set &= set - 1 {
			w.d.serveIfFree(i<<6+bits.TrailingZeros64(set), r)
			worked = true
		}
	}
	return worked
}

func (w *worker) any() bool {
	for i := range w.mail {
		if w.mail[i].Load() != 0 {
			return true
		}
	}
	return false
}

func (w *worker) stop() {
	w.stopped.Store(true)
	w.notify(0)
	w.alarm.wake()
	sim.Receive("waits for the end of a worker", w.done)
	w.alarm.close()
}
