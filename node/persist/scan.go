package persist

import (
	"maps"
	"slices"
	"sync/atomic"

	"sigrun/protocol/call"
	"sigrun/protocol/slot"
	"sigrun/shards/exec"
	"sigrun/shards/script"
	"sigrun/storage/db"
	"sigrun/storage/image"
	"sigrun/storage/rdb"
)

// scan goes over the keyspace as it was at one moment, its mark, while commands go on. What it finds it hands to its sinks, with no
// token held. What is small is written at once, by whoever comes first: the walk, or a command that is about to change it. What is
// large becomes a portrait (image.Portrait), which is written in pieces.
type scan struct {
	k     *Keeper
	sinks []sink
	stop  func() bool            // nothing more is wanted
	of    func(slot uint16) bool // whose keys are; nil: all slots

	keys, total atomic.Int64 // written, and there at the mark
	cow         atomic.Int64 // bytes of what was put aside because it was about to change
	failed      atomic.Bool  // no sink takes anything any more

	form      rdb.Form
	used      int64                // memory at the mark
	libraries []*script.Library    // of the mark
	databases map[int]*db.Database // of the mark, by number
	sizes     map[int]sizes
	numbers   map[*db.Part]int
	shards    []preimages
	most      int64 // bytes that may lie aside
	full      atomic.Bool
	w         image.Writer // of the walk
	runner    *exec.Ctx
	count     int         // entries of a slice
	spare     []rdb.Draft // that were written
}

// sink takes what a scan finds. The drafts are the scan's.
type sink interface {
	begin(s *scan)
	records(database int, d rdb.Draft) // keys, or a piece of one
	finish(t *image.Portrait)          // its last piece was written
	fail(err error)
	err() error // why it takes nothing any more
}

// preimages is what was put aside in a shard; its token guards it.
type preimages struct {
	w         image.Writer
	database  int // of what is in w
	runs      []run
	portraits []*image.Portrait // that nobody works at yet
	_         [64]byte
}

// run is keys of a database.
type run struct {
	database int
	keys     rdb.Draft
}

func newScan(k *Keeper, stop func() bool) *scan { return &scan{k: k, stop: stop, count: 16} }

// over reports whether there is nobody to write for: the walk goes on, so that every entry is settled, and nothing is written any more.
func (s *scan) over() bool { return s.failed.Load() || s.stop() }

// mark is the instant of the scan. All tokens are held.
func (s *scan) mark() {
	k := s.k
	s.form, s.used, s.libraries = k.form(), k.used(), k.Libraries.All()
	s.most = min(max(s.used/asideShare, leastAside), mostAside)
	s.databases, s.sizes, s.numbers = k.databases(), map[int]sizes{}, map[*db.Part]int{}
	s.shards = make([]preimages, k.Dispatcher.Shards())
	s.w = k.writer(rdb.NewDrafter(s.form))
	for i := range s.shards {
		s.shards[i].w = k.writer(rdb.NewDrafter(s.form))
	}
	for n, d := range s.databases { // in any order
		for i := range s.shards {
			s.numbers[d.Part(i)] = n
		}
		s.sizes[n] = k.sizes(d)
		s.total.Add(int64(s.sizes[n].keys))
	}
	k.Engine.Space.Mark(s)
}

// Save puts a key aside that is about to change (db.Saver).
func (s *scan) Save(p *db.Part, e db.Entry) {
	n, known := s.numbers[p]
	if !known || s.over() || !s.wants(e) {
		return
	}
	s.keys.Add(1)
	a := &s.shards[p.Shard()]
	if image.Large(e) {
		s.portray(n, p, e)
		return
	}
	if a.database != n {
		a.cut()
		a.database = n
	}
	before := a.w.Written()
	a.w.Key(e)
	s.kept(int(a.w.Written() - before))
}

// wants reports whether a key is of a slot that is scanned.
func (s *scan) wants(e db.Entry) bool { return s.of == nil || s.of(slot.Of(e.Key())) }

func (s *scan) portray(database int, p *db.Part, e db.Entry) {
	a := &s.shards[p.Shard()]
	t := a.w.Portray(p, e, s.kept)
	t.Database = database
	a.portraits = append(a.portraits, t)
}

// cut ends a run.
func (a *preimages) cut() {
	if keys := a.w.Take(); keys.Size() > 0 {
		a.runs = append(a.runs, run{a.database, keys})
	}
}

// run walks over the keyspace. Nothing of it is left when it ends.
func (s *scan) run() {
	k := s.k
	s.runner = k.Engine.Borrow()
	defer k.Engine.GiveBack(s.runner)
	for _, to := range s.sinks {
		to.begin(s)
	}
	s.check()
	for _, n := range slices.Sorted(maps.Keys(s.databases)) {
		s.walk(n, s.databases[n])
	}
	for i := range s.shards {
		s.reap(i)
	}
	release := k.takeAll()
	k.Engine.Space.Unmark()
	release()
	s.freeWriters()
}

// walk visits the keys of a database, a slice at a time.
func (s *scan) walk(n int, d *db.Database) {
	for cursor := uint64(0); ; {
		shard := s.acquire(db.CursorSlot(cursor))
		p := d.Part(shard)
		done, begun, again := 0, s.w.Written(), false
		next := p.Scan(cursor, s.count, func(e db.Entry) {
			if again = again || s.w.Written()-begun >= sliceBytes; !again {
				done += s.visit(n, p, e)
			}
		})
		if !again { // else the rest comes with the next slice, which passes over what is saved
			cursor = next
		}
		slice := s.w.Take()
		aside := s.collect(shard)
		s.release(shard)
		s.adapt(slice.Size())
		s.records(n, slice)
		s.w.Reuse(slice)
		s.write(aside)
		s.relieve()
		if cursor == 0 && !again {
			return
		}
		if !s.over() {
			s.k.delay(done, s.stop)
		}
	}
}

// visit writes a key that nobody has written.
func (s *scan) visit(n int, p *db.Part, e db.Entry) (done int) {
	if !p.Unsaved(e) {
		return 0
	}
	if !s.over() && s.wants(e) {
		s.keys.Add(1)
		if image.Large(e) {
			s.portray(n, p, e)
		} else {
			s.w.Key(e)
		}
	}
	p.MarkSaved(e)
	return 1
}

// reap has a shard free what was flushed since the mark, which puts it aside first, and takes all that lies aside. Everything else
// of the shard is settled by now.
func (s *scan) reap(shard int) {
	for more := true; more; {
		s.take(shard)
		begun := s.shards[shard].w.Written()
		for i := 0; i < s.count && more && s.shards[shard].w.Written()-begun < sliceBytes; i++ {
			if more = !s.over() && s.k.Engine.Space.Owed(shard); more {
				s.k.Engine.Space.Step(shard, 1)
			}
		}
		aside := s.collect(shard)
		s.release(shard)
		s.write(aside)
		s.relieve()
	}
}

// relieve takes what lies aside in all shards when it is much.
func (s *scan) relieve() {
	if s.k.preimages.Load() < s.most/2 {
		return
	}
	for i := range s.shards {
		s.take(i)
		aside := s.collect(i)
		s.release(i)
		s.write(aside)
	}
}

// acquire takes the token of the shard that owns a slot.
func (s *scan) acquire(slot uint16) (shard int) {
	for {
		shard = s.k.Engine.Owner(slot)
		s.take(shard)
		if s.k.Engine.Owner(slot) == shard {
			return shard
		}
		s.release(shard)
	}
}

func (s *scan) take(shard int) {
	var set call.ShardSet
	set.Add(shard)
	s.k.Dispatcher.Acquire(&set)
}

func (s *scan) release(shard int) { s.k.Dispatcher.Release(shard, s.runner) }

// collected is what lay aside in a shard.
type collected struct {
	runs      []run
	portraits []*image.Portrait
	err       error
}

// collect takes what lies aside in a shard whose token is held.
func (s *scan) collect(shard int) (c collected) {
	a := &s.shards[shard]
	a.cut()
	c = collected{a.runs, a.portraits, a.w.Err()}
	a.runs, a.portraits = nil, nil
	if last := len(s.spare) - 1; last >= 0 && len(c.runs) > 0 { // else it has what it was given before
		a.w.Reuse(s.spare[last])
		s.spare = s.spare[:last]
	}
	return c
}

// mostSpare bounds how much is kept to be written over; each is of one piece.
const mostSpare = 4

// spares keeps a draft that was written.
func (s *scan) spares(d rdb.Draft) {
	if len(s.spare) < mostSpare && d.Size() <= sliceBytes {
		s.spare = append(s.spare, d)
	}
}

// write hands on what lay aside.
func (s *scan) write(c collected) {
	for _, r := range c.runs {
		s.records(r.database, r.keys)
		s.kept(-r.keys.Size())
		s.spares(r.keys)
	}
	if c.err == nil {
		c.err = s.w.Err()
	}
	if c.err != nil {
		s.fail(c.err)
	}
	for _, t := range c.portraits {
		s.complete(t)
	}
}

// complete writes a portrait to its end.
func (s *scan) complete(t *image.Portrait) {
	if !s.over() {
		t.Ready()
	}
	var d rdb.Draft
	for left := true; left; {
		shard := s.takeFor(t)
		t.Reuse(d)
		if s.over() {
			left = t.Drop()
		} else {
			left = t.Step()
		}
		d = t.Take()
		s.release(shard)
		s.records(t.Database, d)
	}
	if err := t.Err(); err != nil {
		s.fail(err)
	}
	for _, to := range s.sinks {
		if !s.over() {
			to.finish(t)
		}
	}
	s.check()
}

// takeFor takes the token of the shard where a portrait is.
func (s *scan) takeFor(t *image.Portrait) (shard int) {
	for {
		shard = t.Shard()
		s.take(shard)
		if t.Shard() == shard {
			return shard
		}
		s.release(shard)
	}
}

// records hands keys of a database to the sinks.
func (s *scan) records(database int, d rdb.Draft) {
	if d.Size() == 0 || s.over() {
		return
	}
	for _, to := range s.sinks {
		if to.err() == nil {
			to.records(database, d)
		}
	}
	s.check()
}

func (s *scan) fail(err error) {
	for _, to := range s.sinks {
		to.fail(err)
	}
	s.check()
}

// check looks whether any sink still takes something.
func (s *scan) check() {
	for _, to := range s.sinks {
		if to.err() == nil {
			return
		}
	}
	s.failed.Store(true)
}

// What may lie aside, in bytes: a share of the memory that is used, within bounds. With more, writers wait until half of it is written.
const (
	asideShare = 32
	leastAside = 32 << 20
	mostAside  = 1 << 30
)

// kept counts what lies aside: n bytes more, or less.
func (s *scan) kept(n int) {
	now := s.k.preimages.Add(int64(n))
	if n > 0 {
		s.cow.Add(int64(n))
	}
	if full := s.full.Load(); now > s.most && !full || now < s.most/2 && full {
		s.look()
	}
}

// Full reports whether so much lies aside that what need not be freed now should not be (db.Saver): from half of that on for which writers wait.
func (s *scan) Full() bool { return s.k.preimages.Load() >= s.most/2 }

// look has writers wait, or go on.
func (s *scan) look() {
	l := s.k.Appends
	l.brake.mu.Lock()
	defer l.brake.mu.Unlock()
	if now := s.k.preimages.Load(); now > s.most {
		s.slow(true)
	} else if now < s.most/2 {
		s.slow(false)
	}
}

// slow is for who has the lock of the log's brake.
func (s *scan) slow(on bool) {
	l := s.k.Appends
	if s.full.Load() != on {
		s.full.Store(on)
		l.brake.engage(scanFull, on)
	}
}

// freeWriters ends what kept has begun.
func (s *scan) freeWriters() {
	l := s.k.Appends
	l.brake.mu.Lock()
	defer l.brake.mu.Unlock()
	s.slow(false)
}

// Slices are bounded in entries, and in bytes but for the last entry.
const (
	mostEntries = 128
	sliceBytes  = 64 << 10
)

// adapt makes the next slice smaller or larger, by what this one came to: entries are looked at that another slice writes.
func (s *scan) adapt(bytes int) {
	if bytes > sliceBytes {
		s.count = max(s.count/2, 1)
	} else {
		s.count = min(s.count*2, mostEntries)
	}
	if s.k.value("rdb-key-save-delay").Int64() != 0 && !s.over() {
		s.count = 1
	}
}
