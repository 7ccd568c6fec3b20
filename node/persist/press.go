package persist

import (
	"sigrun/internal/sim"
	"sigrun/storage/rdb"
)

// press is how one value is compressed by several goroutines while another one reads it, and writes what they have done, in order. What is on its way is bounded: a few
// batches, which go round.
//
//	reads ─▶ batch ─▶ come ┬▶ compresses ┬▶ done ─▶ writes
//	  ▲                    └▶ compresses ┘            │
//	  └──────────────────── free ◀────────────────────┘
//
// Whoever reads has the lock of the file. The others have none, and wait for batches alone.
type press struct {
	f     *file
	come  chan *batch
	free  []*batch
	under []*batch // way, in the order in which they are written
	all   sim.WaitGroup
}

// batch is a piece of a value.
type batch struct {
	raw, pressed rdb.Draft
	w            *rdb.Writer // of pressed
	done         chan struct{}
}

// mostPressing bounds how many goroutines compress: more of them do so faster than one reads.
const mostPressing = 8

// newPress starts those that compress, for so many cores: all of them, since whoever reads waits for the disk now and then.
func newPress(f *file, cores int) *press {
	n := max(min(cores, mostPressing), 1)
	p := &press{f: f, come: make(chan *batch, 2*n+1)}
	for range cap(p.come) {
		p.free = append(p.free, &batch{w: rdb.NewPieces(f.w.Form()), done: make(chan struct{}, 1)})
	}
	for range n {
		p.all.Go("compresses", p.run)
	}
	return p
}

func (p *press) run() {
	defer p.f.k.Engine.Guard()
	for {
		b, open := sim.Receive("waits for something to compress", p.come)
		if !open {
			return
		}
		b.w.Adopt(b.raw)
		b.pressed = b.w.Take()
		b.done <- struct{}{}
	}
}

// take has a draft compressed and written, and gives back one that is.
func (p *press) take(d rdb.Draft) (written rdb.Draft) {
	if len(p.free) == 0 {
		written = p.write()
	}
	last := len(p.free) - 1
	b := p.free[last]
	p.free, p.under = p.free[:last], append(p.under, b)
	b.raw = d
	p.come <- b // which has room for all
	return written
}

// write writes the first batch that is under way.
func (p *press) write() (written rdb.Draft) {
	b := p.under[0]
	sim.Receive("waits for compression", b.done)
	p.f.w.Adopt(b.pressed)
	b.w.Reuse(b.pressed)
	written, b.raw, b.pressed = b.raw, rdb.Draft{}, rdb.Draft{}
	p.under = append(p.under[:0], p.under[1:]...)
	p.free = append(p.free, b)
	return written
}

// drain writes all that is under way.
func (p *press) drain() {
	for len(p.under) > 0 {
		p.write()
	}
}

// end ends those that compress.
func (p *press) end() {
	close(p.come)
	p.all.Wait()
}
