package persist

import (
	"math"
	"sync/atomic"

	"sigrun/internal/sim"
	"sigrun/protocol/slot"
	"sigrun/storage/rdb"
)

// intake is how a snapshot comes into the keyspace. One goroutine reads the file and cuts it into values (rdb.Cutter), inserters decode these and put them in, each
// those of its slots, in the order of the file. What is on its way is bounded: a few blocks, which go round.
//
//	file ─▶ Cutter ─▶ block ┬▶ inserter 0: its parcels ┬▶ block
//	          ▲             └▶ inserter 1: its parcels ┘    │
//	          └─────────────── free ◀───────────────────────┘
//
// The reader waits for blocks alone, and an inserter that waits for the reader has neither a block nor a token: so nobody waits in a circle.
type intake struct {
	l         *loader
	size      int64 // of the file, -1: nobody knows
	inserters []*inserter
	of        [slot.Count]uint8 // which inserter has a slot
	free      chan *block
	filling   *block
	blocks    int       // so far
	open      *inserter // has the beginning of a value of which more parts come
	all       sim.WaitGroup

	mu    sim.Mutex
	first error        // what is wrong with the value that stands first in the file, of those with which anything is
	at    atomic.Int64 // where that begins, math.MaxInt64: nothing is wrong. What comes behind it is not decoded any more
}

// block is a piece of the file. The reader fills it, and then the inserters have it for which anything is in it.
type block struct {
	data    []byte
	names   []byte
	parcels [][]parcel // by inserter
	users   atomic.Int32
}

// parcel is the value of a key, or a part of one.
type parcel struct {
	value           []byte // in data
	at              int64  // where it begins in the file
	expireAt        int64
	idle            int64
	hash            uint64
	name, nameEnd   int // in names
	database        int32
	freq            int16
	slot            uint16
	typ             rdb.Type
	expires, partly bool // partly: more parts follow, in blocks behind
}

const (
	// blockSize is how large blocks are: their parcels take about a millisecond.
	blockSize = 128 << 10
	// mostInserters bounds them: more decode faster than one goroutine reads.
	mostInserters = 8
	// lookEveryBlocks is how many blocks are read between two looks at the memory of the process, beside those that inserters take by what they decode.
	lookEveryBlocks = 16
)

// tooLarge says that the data has no room.
type tooLarge struct{ error }

// marked has what full says be known for that.
func marked(full func(more int64) error) func(more int64) error {
	return func(more int64) error {
		if err := full(more); err != nil {
			return tooLarge{err}
		}
		return nil
	}
}

// newIntake starts inserters for a file of so many bytes, -1: nobody knows.
func (l *loader) newIntake(size int64) *intake {
	k := l.k
	in := &intake{l: l, size: size}
	in.at.Store(math.MaxInt64)
	n := max(min(k.Cores, mostInserters, k.Dispatcher.Shards()), 1)
	for s := range in.of {
		in.of[s] = uint8(k.Engine.Owner(uint16(s)) % n)
	}
	room := int(min(k.value("loading-process-events-interval-bytes").Int64(), blockSize))
	in.free = make(chan *block, 2*n+2)
	for range cap(in.free) {
		in.free <- &block{data: make([]byte, 0, max(room, rdb.LeastBlock)), parcels: make([][]parcel, n)}
	}
	for i := range n {
		w := newInserter(in, i, n)
		in.inserters = append(in.inserters, w)
		in.all.Go("inserter", w.run)
	}
	return in
}

// Block hands out what is full and gives the next one (rdb.Parts).
func (in *intake) Block() []byte {
	in.hand()
	in.l.progress()
	if in.blocks++; in.blocks%lookEveryBlocks == 0 {
		if err := in.l.k.Full(0); err != nil {
			in.wrong(in.l.d.Pos(), err)
		}
	}
	if in.l.slices && in.l.k.stopLoad.Load() {
		in.stop()
	}
	if d := in.l.d; d != nil && in.failed() { // the end of a value may be far
		d.Fail(errCutOff)
	}
	in.filling, _ = sim.Receive("waits for a block", in.free)
	return in.filling.data
}

// hand has inserters take what was cut. None of their channels is ever full, since there are no more blocks than places.
func (in *intake) hand() {
	b := in.filling
	if in.filling = nil; b == nil {
		return
	}
	users := int32(1) // this one
	for i := range b.parcels {
		if len(b.parcels[i]) > 0 {
			users++
		}
	}
	b.users.Store(users)
	for i, w := range in.inserters {
		if len(b.parcels[i]) > 0 {
			w.come <- b
		}
	}
	in.giveBack(b)
}

// giveBack says that somebody needs a block no more.
func (in *intake) giveBack(b *block) {
	sim.Yield("gives a block back")
	if b.users.Add(-1) > 0 {
		return
	}
	if b.names = b.names[:0]; cap(b.names) > 2*blockSize {
		b.names = nil
	}
	for i := range b.parcels {
		b.parcels[i] = b.parcels[i][:0]
	}
	in.free <- b
}

// Part puts a value into the block (rdb.Parts).
func (in *intake) Part(it *rdb.Item, value []byte, at int64, more bool) {
	b, w := in.filling, in.open
	p := parcel{value: value, at: at, typ: it.Type, partly: more}
	if w == nil {
		p.expireAt, p.expires, p.idle, p.freq = it.ExpireAt, it.Expires, it.Idle, int16(it.Freq)
		p.database, p.slot = int32(in.l.database), slot.Of(it.Name)
		p.name = len(b.names)
		b.names = append(b.names, it.Name...)
		p.nameEnd = len(b.names)
		w = in.inserters[in.of[p.slot]]
	}
	b.parcels[w.number] = append(b.parcels[w.number], p)
	if in.open = nil; more {
		in.open = w
	}
}

// end waits until all that was handed out is inserted, and tells what was wrong with it.
func (in *intake) end() error {
	in.hand()
	for _, w := range in.inserters {
		close(w.come)
	}
	in.all.Wait()
	return in.first
}

// wrong notes what is wrong with a value that begins at a place of the file.
func (in *intake) wrong(at int64, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if at < in.at.Load() {
		in.first = err
		in.at.Store(at)
	}
}

// failed reports whether there is no use in reading on.
func (in *intake) failed() bool { return in.at.Load() != math.MaxInt64 }

// stop has nothing decoded any more.
func (in *intake) stop() { in.wrong(-1, ErrStopped) }
