package db

import (
	"sync/atomic"

	"sigrun/internal/account"
	"sigrun/internal/metrics"
	"sigrun/internal/offheap"
	"sigrun/internal/sim"
	"sigrun/protocol/slot"
	"sigrun/protocol/slotmap"
	"sigrun/storage/hashtable"
	"sigrun/storage/kvstore"
	"sigrun/storage/value"
)

// Config is what a Space is made of.
type Config struct {
	Region    *offheap.Region
	Databases int
	Shards    int
	Values    [NumTypes]value.Ops // of the types that are no strings
	Account   *account.Account    // of memory; nil: nobody keeps one
	Hash      func([]byte) uint64 // tests only; nil: keyed, with a fresh seed
}

// Space is all databases of a node.
type Space struct {
	region    *offheap.Region
	hasher    Hasher
	values    [NumTypes]value.Ops
	shards    []*shard
	databases []atomic.Pointer[Database]
	birth     atomic.Uint32
	slots     *slotmap.Map
	retired   atomic.Int64 // bytes
	account   *account.Account

	mu sim.Mutex // guards creating databases
}

// shard is what a shard has only once, whatever the number of databases. Its
// token guards it.
type shard struct {
	id       int
	space    *Space
	owned    kvstore.Owned // as the slot map says
	alloc    hashtable.Allocator
	values   *value.Allocator
	garbage  []garbage
	lazy     Lazy
	pinned   []uint16                 // slots that stay (Space.Pin)
	saver    Saver                    // nil: no mark is being saved
	readings map[offheap.Ref]*Reading // of large strings, by their blocks; nil: none
	saved    byte                     // the savedBit of what was, or was made after the mark
	marks    uint64

	compaction compaction
	compacted  Compaction
}

// Lazy counts the values of a shard that were too large to be freed at once. Anybody may
// read it.
type Lazy struct {
	Pending metrics.Counter // that still are to be freed
	Pieces  metrics.Counter // that Step still has to go through, tables without a value among them
	Freed   metrics.Counter // since the start
}

// Lazy is the account of a shard.
func (s *Space) Lazy(shard int) *Lazy { return &s.shards[shard].lazy }

// Database is one numbered database.
type Database struct {
	store atomic.Pointer[kvstore.Store] // look-ahead reads it without a token
	parts []Part
}

// NewSpace makes an empty keyspace. It lives as long as its region.
func NewSpace(c Config) *Space {
	for t := range c.Values {
		if ops := &c.Values[t]; ops.Clone != nil && ops.Header != ownBytes[t] {
			panic("BUG: entries have no room for the header of a " + Type(t).Name())
		}
	}
	s := &Space{
		region: c.Region, hasher: NewHasher(), values: c.Values, slots: slotmap.New(c.Shards),
		shards: make([]*shard, c.Shards), databases: make([]atomic.Pointer[Database], c.Databases), account: c.Account,
	}
	if c.Hash != nil {
		s.hasher.test = c.Hash
	}
	rehash := func(r offheap.Ref) uint64 { return s.hasher.hash(Entry(r).Key()) }
	for i := range s.shards {
		arena := c.Region.NewArena()
		if c.Account != nil {
			arena.Account(c.Account)
		}
		s.shards[i] = &shard{id: i, space: s, alloc: hashtable.Allocator{Arena: arena, Hash: rehash},
			values: value.NewAllocator(arena, s.hasher.hash)}
	}
	for n := range uint16(slot.Count) {
		s.shards[s.slots.Owner(n)].owned.Set(n, true)
	}
	return s
}

// SetBirth chooses the access clock that new keys begin with, 24 bits. Any goroutine
// may call it.
func (s *Space) SetBirth(clock uint32) { s.birth.Store(clock & 0xFFFFFF) }

// Birth is what SetBirth chose.
func (s *Space) Birth() uint32 { return s.birth.Load() }

// Slots says which shard a slot belongs to.
func (s *Space) Slots() *slotmap.Map { return s.slots }

// Hasher makes this space's keys.
func (s *Space) Hasher() *Hasher { return &s.hasher }

// Region is where all memory of the space comes from.
func (s *Space) Region() *offheap.Region { return s.region }

// Arena is the allocator of a shard; its token guards it.
func (s *Space) Arena(shard int) *offheap.Arena { return s.shards[shard].alloc.Arena }

// Allocator is where the values of a shard lie; its token guards it.
func (s *Space) Allocator(shard int) *value.Allocator { return s.shards[shard].values }

// Ops is what the type of e, which is no string, knows of its values.
func (s *Space) Ops(e Entry) *value.Ops { return &s.values[e.Type()] }

// Databases is how many there are.
func (s *Space) Databases() int { return len(s.databases) }

// Database is database i, made when it is first asked for. Any goroutine may
// ask, whatever becomes of slots meanwhile: a database knows no owners of its own.
func (s *Space) Database(i int) *Database {
	d := s.databases[i].Load()
	if d == nil {
		d = s.open(i)
	}
	return d
}

// open keeps Database small enough to be inlined.
func (s *Space) open(i int) *Database {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.databases[i].Load(); d != nil {
		return d
	}
	d, store := &Database{parts: make([]Part, len(s.shards))}, kvstore.New(s.region)
	d.store.Store(store)
	for n := range d.parts {
		d.parts[n].shard, d.parts[n].store = s.shards[n], store
		d.parts[n].tally.Init(&s.shards[n].owned)
	}
	s.databases[i].Store(d)
	return d
}

// Existing is database i, or nil when nothing ever asked for it: for walks over
// all databases.
func (s *Space) Existing(i int) *Database { return s.databases[i].Load() }

// Swap exchanges two databases. The caller holds all tokens.
func (s *Space) Swap(i, j int) {
	a, b := s.Database(i), s.Database(j)
	s.databases[i].Store(b)
	s.databases[j].Store(a)
}

// Part is what a shard holds of the database.
func (d *Database) Part(shard int) *Part { return &d.parts[shard] }

// TouchTable begins to load the table of a slot: the first of three steps of
// look-ahead, each of which finds in the cache what the one before asked for.
func (d *Database) TouchTable(slot uint16) { d.store.Load().TouchTable(slot) }

// TouchBucket loads the bucket of a key into the cache. It needs no token and
// changes nothing; its result is for TouchEntry, and for keeping the load alive.
// It takes the parts of a Key by value: a Key that was just put together in
// memory could only be read back when all loads before it are done, and nothing
// would overlap.
func (d *Database) TouchBucket(slot uint16, hash uint64) uint64 {
	return d.store.Load().Touch(slot, hash)
}

// TouchEntry loads the entry of a key whose bucket was touched before.
func (d *Database) TouchEntry(slot uint16, hash, bucket uint64) uint64 {
	return d.store.Load().TouchEntry(slot, bucket, hash)
}
