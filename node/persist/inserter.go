package persist

import (
	"bytes"
	"errors"
	"io"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/image"
	"sigrun/storage/rdb"
)

// inserter decodes values of a snapshot and puts them into the keyspace, with the tokens of the shards that they belong to while it has a block.
type inserter struct {
	in      *intake
	k       *Keeper
	number  int
	come    chan *block
	runner  *exec.Ctx
	set     call.ShardSet // of which it takes the tokens
	values  rdb.Values
	builder image.Builder
	key     db.Key // of the value that is being made
	touched uint64 // keeps the loads of look-ahead alive

	b       *block
	parcels []parcel // its own of the block
	next    int

	rest  []byte // of the part of a value that is being decoded
	parts bool   // more of them follow

	loaded, expired int64 // keys that Progress has not been told of
}

// newInserter makes the inserter of a number, of so many.
func newInserter(in *intake, number, n int) *inserter {
	k := in.l.k
	w := &inserter{in: in, k: k, number: number, come: make(chan *block, cap(in.free)), runner: k.Engine.Borrow()}
	w.values.Asks(k.Full)
	w.builder.Limits, w.builder.Now = k.Engine.Limits(), in.l.due
	for s := number; s < k.Dispatcher.Shards(); s += n {
		w.set.Add(s)
	}
	return w
}

// run is its goroutine.
func (w *inserter) run() {
	defer w.k.Engine.Guard()
	defer w.k.Engine.GiveBack(w.runner)
	for w.receive() {
		w.hold()
		for w.next < len(w.parcels) {
			w.some()
		}
		w.letGo()
	}
}

// receive waits for a block; false: none comes any more.
func (w *inserter) receive() bool {
	b, open := sim.Receive("waits for values", w.come)
	if w.b, w.parcels, w.next = b, nil, 0; open {
		w.parcels = b.parcels[w.number]
	}
	return open
}

// hold takes the tokens, unless whoever has the file read has them all.
func (w *inserter) hold() {
	if w.in.l.slices {
		w.k.Dispatcher.Acquire(&w.set)
	}
}

// letGo gives back the tokens and the block.
func (w *inserter) letGo() {
	if w.in.l.slices {
		w.k.Dispatcher.ReleaseSet(&w.set, w.runner)
	}
	w.k.Progress.Keys.Add(w.loaded)
	w.k.Progress.Expired.Add(w.expired)
	w.loaded, w.expired = 0, 0
	if w.b != nil {
		w.in.giveBack(w.b)
		w.b = nil
	}
}

// some inserts a few values, whose places are touched before. The last one may go on in blocks behind this one.
func (w *inserter) some() {
	few := w.parcels[w.next:min(w.next+lookedAhead, len(w.parcels))]
	w.lookAhead(few)
	for i := range few {
		w.next++
		w.insert(&few[i])
	}
}

// lookAhead hashes keys and has the cache load their tables, and then their buckets.
func (w *inserter) lookAhead(few []parcel) {
	space := w.k.Engine.Space
	h := space.Hasher()
	for i := range few {
		p := &few[i]
		p.hash = h.Hash(w.b.names[p.name:p.nameEnd])
		space.Database(int(p.database)).TouchTable(p.slot)
	}
	for i := range few {
		p := &few[i]
		w.touched += space.Database(int(p.database)).TouchBucket(p.slot, p.hash)
	}
}

// part has the shard that a slot belongs to, whose token it takes, too, where that is none of its own: slots move.
func (w *inserter) part(p *parcel) *db.Part {
	for {
		s := w.k.Engine.Owner(p.slot)
		if w.set.Has(s) {
			return w.k.Engine.Space.Database(int(p.database)).Part(s)
		}
		if w.in.l.slices {
			w.k.Dispatcher.ReleaseSet(&w.set, w.runner)
		}
		w.set.Add(s)
		w.hold()
	}
}

// insert inserts a value.
func (w *inserter) insert(p *parcel) {
	if w.parts = p.partly; p.at > w.in.at.Load() {
		w.pass()
		return
	}
	w.key = db.Key{Name: w.b.names[p.name:p.nameEnd], Hash: p.hash, Slot: p.slot}
	if p.partly { // then the block will be somebody else's
		own := *p
		p, w.key.Name = &own, bytes.Clone(w.key.Name)
	}
	if p.expires && p.expireAt < w.in.l.due {
		if w.ended(p, w.decode(p, rdb.Discard{})) {
			w.expired++
		}
		return
	}
	part := w.part(p)
	if p.partly {
		w.k.Engine.Space.Pin(p.slot)
	}
	w.builder.Start(part, &w.key, p.expireAt)
	err := w.decode(p, &w.builder)
	if p.partly {
		w.k.Engine.Space.Unpin(p.slot)
	}
	if w.ended(p, err) {
		w.enter(p, part)
	} else {
		w.builder.Drop()
	}
}

// enter puts in what was made.
func (w *inserter) enter(p *parcel, part *db.Part) {
	if w.builder.Empty() {
		w.builder.Drop()
		return
	}
	old := part.Find(&w.key)
	if old != 0 && !w.in.l.merge {
		w.builder.Drop()
		w.ended(p, doubled(w.key.Name, int(p.database)))
		return
	}
	e := w.builder.Finish(old)
	w.k.Engine.SetUse(e, w.in.l.now, p.idle, int(p.freq))
	w.loaded++
}

// ended notes what is wrong with a value, if anything is. Old servers wrote keys without one by mistake: these are passed over.
func (w *inserter) ended(p *parcel, err error) (well bool) {
	switch {
	case err == nil:
		return true
	case errors.Is(err, errCutOff):
	case errors.Is(err, rdb.ErrEmpty):
		w.in.l.tellEmpty(w.key.Name)
	default:
		w.in.wrong(p.at, &wrongValue{error: err, name: string(w.key.Name), typ: p.typ})
	}
	return false
}

// decode decodes a value, with all its parts.
func (w *inserter) decode(p *parcel, to rdb.Builder) error {
	if !p.partly {
		return w.values.Whole(p.typ, p.value, p.at, to)
	}
	w.rest = p.value
	left := int64(-1)
	if size := w.in.size; size >= 0 {
		left = size - p.at
	}
	err := w.values.Parted(p.typ, w, p.at, left, to)
	w.pass()
	return err
}

// errCutOff says that the rest of a value does not come: reading has failed.
var errCutOff = errors.New("the value is cut off")

// Read gives the bytes of a value that comes in parts (io.Reader).
func (w *inserter) Read(b []byte) (int, error) {
	for len(w.rest) == 0 {
		if !w.parts {
			return 0, io.EOF
		}
		if !w.following() {
			return 0, errCutOff
		}
	}
	n := copy(b, w.rest)
	w.rest = w.rest[n:]
	return n, nil
}

// following goes on with the next part of a value; false: it does not come. The tokens are given back meanwhile, so that others have a turn.
func (w *inserter) following() bool {
	w.letGo()
	there := w.receive()
	w.hold()
	if w.parts = false; !there {
		return false
	}
	p := &w.parcels[0]
	w.next, w.rest, w.parts = 1, p.value, p.partly
	return true
}

// pass passes over the parts of a value that are left.
func (w *inserter) pass() {
	for w.parts {
		w.following()
	}
	w.rest = nil
}
