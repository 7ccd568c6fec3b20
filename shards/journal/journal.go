// Package journal puts the commits of a node into one order, as bytes: it is the consumer behind which the append-only file stands, and later
// replicas and slots on their way. Shards hand commits over under their tokens, from any goroutine, in any order; whoever merges, one at a
// time, takes them out in the order of Seq and frames them for what he writes. Nobody waits here: writers are held back at admission.
package journal

import (
	"sync"
	"sync/atomic"

	"sigrun/internal/metrics"
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/shards/commit"
	"sigrun/storage/aof"
)

// Entry is one commit. It belongs to whoever took it out, until he gives it back by Recycle.
type Entry struct {
	Seq     uint64
	Records []Record
	b       []byte // of all records
	takes   int64  // of memory
}

// Record is one command in RESP.
type Record struct {
	DB      int
	Slot    int32
	Targets commit.Targets
	Bytes   []byte
}

// windowSize is how many commits may be on their way without a lock: those that were given a number and have not been merged.
const windowSize = 1 << 14

// Journal implements commit.Consumer.
type Journal struct {
	kick func()       // has somebody merge, soon
	grew func()       // much has come
	step atomic.Int64 // of Bytes, at which grew is called next

	_      metrics.Pad
	bytes  atomic.Int64  // of commits that nobody has taken out
	wanted atomic.Uint64 // somebody waits for commits up to this one
	_      metrics.Pad

	window     [windowSize]atomic.Pointer[Entry] // by Seq
	overflowed atomic.Int64
	overflow   struct { // where the window has one of an earlier round still
		mu sim.Mutex
		m  map[uint64]*Entry
	}
	spares sync.Pool

	next uint64 // the number of the commit that is taken out next; whoever merges has it
}

// New makes one. kick is called when a commit comes that somebody waits for already (Want), grew when there are some MiB more to be taken out than
// when it was called last. Neither may wait.
func New(kick, grew func()) *Journal {
	j := &Journal{kick: kick, grew: grew}
	j.step.Store(growth)
	j.overflow.m = map[uint64]*Entry{}
	return j
}

// Begin says which commit was the last before the journal was switched on. All tokens are held.
func (j *Journal) Begin(behind uint64) { j.next = behind + 1 }

// Take implements commit.Consumer.
func (j *Journal) Take(c *commit.Commit) {
	e := j.spare()
	e.Seq = c.Seq
	size := 0
	records := c.Records
	if c.Origin == call.ByAOF { // it comes from there
		records = nil
	}
	for i := range records {
		size += aof.CommandSize(records[i].Args)
	}
	if cap(e.b) < size {
		e.b = make([]byte, 0, size)
	}
	for i := range records {
		r := &records[i]
		from := len(e.b)
		e.b = aof.AppendCommand(e.b, r.Args...)
		e.Records = append(e.Records, Record{DB: r.DB, Slot: r.Slot, Targets: r.Targets, Bytes: e.b[from:len(e.b):len(e.b)]})
	}
	e.takes = entryTakes + int64(len(records))*recordTakes + int64(size)
	total := j.bytes.Add(e.takes)
	sim.Yield("has a number, and nobody sees the commit yet")
	if !j.window[c.Seq%windowSize].CompareAndSwap(nil, e) {
		j.overflow.mu.Lock()
		j.overflow.m[c.Seq] = e
		j.overflowed.Add(1)
		j.overflow.mu.Unlock()
	}
	sim.Yield("has put the commit")
	if c.Seq <= j.wanted.Load() {
		j.kick()
	}
	if total > j.step.Load() {
		j.step.Store(total + growth)
		j.grew()
	}
}

// What an entry and a record take beside the bytes of a command, about.
const (
	entryTakes  = 96
	recordTakes = 64
)

// growth is after how many bytes more grew is called again.
const growth = 4 << 20

// Want says that somebody waits for all commits up to seq: whoever looks then and finds one missing is called (kick) when it comes.
func (j *Journal) Want(seq uint64) {
	for {
		old := j.wanted.Load()
		if old >= seq || j.wanted.CompareAndSwap(old, seq) {
			return
		}
	}
}

// Wanted is the newest commit that somebody waits for, or has waited for.
func (j *Journal) Wanted() uint64 { return j.wanted.Load() }

// Bytes is how much memory what waits to be taken out takes.
func (j *Journal) Bytes() int64 { return j.bytes.Load() }

// Next takes out the commit that is next in the order, nil: it is not there yet. One at a time may ask.
func (j *Journal) Next() *Entry {
	at := &j.window[j.next%windowSize]
	e := at.Load()
	switch {
	case e != nil && e.Seq == j.next:
		at.Store(nil)
	case j.overflowed.Load() > 0:
		if e = j.late(); e == nil {
			return nil
		}
	default:
		return nil
	}
	j.next++
	if left := j.bytes.Add(-e.takes); left+2*growth < j.step.Load() {
		j.step.Store(left + growth)
	}
	return e
}

func (j *Journal) late() *Entry {
	j.overflow.mu.Lock()
	defer j.overflow.mu.Unlock()
	e := j.overflow.m[j.next]
	if e != nil {
		delete(j.overflow.m, j.next)
		j.overflowed.Add(-1)
	}
	return e
}

// mostKept is the size up to which memory of an entry is kept for the next one.
const mostKept = 16 << 10

// Recycle takes an entry back.
func (j *Journal) Recycle(e *Entry) {
	if cap(e.b) > mostKept {
		return
	}
	clear(e.Records)
	e.Records, e.b = e.Records[:0], e.b[:0]
	j.spares.Put(e)
}

func (j *Journal) spare() *Entry {
	if e, ok := j.spares.Get().(*Entry); ok {
		return e
	}
	return &Entry{}
}
