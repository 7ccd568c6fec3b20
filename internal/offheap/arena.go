package offheap

import (
	"sync/atomic"

	"sigrun/internal/account"
	"sigrun/internal/invariants"
)

// Arena allocates small objects for one owner at a time: the holder of its
// shard's token. Objects carry no header, so Free is told the size.
type Arena struct {
	region *Region
	id     uint32
	room   [numClasses]uint32 // first slab of a list of those with room, by class
	spare  uint32             // an empty slab kept for the next class that needs one, 0 none
	slabs  int                // all told
	used   int64
	share  account.Share
	large  int64       // of used, what lies in blocks
	live   map[Ref]int // sizes of live objects; invariants builds only
	drain  drain

	watched map[Ref]any // nil: nothing is
}

// NewArena makes an empty arena. It holds no memory until it is used.
func (g *Region) NewArena() *Arena {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.arenas++
	a := &Arena{region: g, id: g.arenas}
	if invariants.Enabled {
		a.live = make(map[Ref]int)
	}
	return a
}

// Region is where the arena's memory comes from.
func (a *Arena) Region() *Region { return a.region }

// Used is the sum of the class sizes of live objects, and of adopted blocks,
// in bytes.
func (a *Arena) Used() int64 { return a.used }

// UsedNow is Used for who does not own the arena: right as of what the owner did last.
func (a *Arena) UsedNow() int64 { return atomic.LoadInt64(&a.used) }

// Account has what is used be part of an account from now on.
func (a *Arena) Account(to *account.Account) { a.share = to.Share() }

// Tell has the account know what is used to the byte. Owner only.
func (a *Arena) Tell() { a.share.Tell(a.used) }

// count adds to what is used. The store is plain, since only the owner stores; under the race detector it is atomic, so that the
// detector sees what is meant.
func (a *Arena) count(bytes int64) {
	if RaceBuild {
		atomic.AddInt64(&a.used, bytes)
	} else {
		a.used += bytes
	}
	if a.share.Drifted(a.used) {
		a.Tell()
	}
}

// Alloc returns n bytes with undefined contents, 8-aligned. Above 32 KiB the
// object is a block of whole pages.
func (a *Arena) Alloc(n int) Ref {
	if n > maxSmall {
		return a.allocLarge(n)
	}
	c := classOf(n)
	i := a.room[c]
	if i == 0 {
		i = a.addSlab(c)
	}
	u := a.region.unit(i)
	size := classSize[c]
	r := a.region.address(i)
	if u.recycled != 0 {
		r += Ref(u.recycled-1) << 3
		u.recycled = *At[uint16](r)
	} else {
		r += Ref(u.fresh) << 3
		u.fresh += uint16(size >> 3)
	}
	if u.used++; u.used == u.capacity {
		a.unlink(i, u)
	}
	a.count(int64(size))
	if invariants.Enabled {
		a.born(r, n)
	}
	return r
}

// Free takes back what Alloc(n) returned.
func (a *Arena) Free(r Ref, n int) {
	if invariants.Enabled {
		a.died(r, n)
	}
	if r == a.drain.bookmark {
		a.drain.bookmark = 0
	}
	if n > maxSmall {
		a.freeLarge(r, n)
		return
	}
	i := a.region.index(r)
	u := a.region.unit(i)
	*At[uint16](r) = u.recycled
	u.recycled = uint16(r&(unitSize-1)>>3) + 1
	a.count(-int64(classSize[u.class]))
	if u.used == u.capacity {
		a.link(i, u)
	}
	if u.used--; u.used == 0 {
		a.emptied(i, u)
	}
}

// TouchFreed begins to load what Free of a small object at r works on.
func (a *Arena) TouchFreed(r Ref) {
	a.region.Prefetch(uint64(r))
	a.region.Prefetch(uint64(a.region.base + Ref(a.region.index(r))*unitBytes))
}

func (a *Arena) allocLarge(n int) Ref {
	b := a.region.AllocBlock(n)
	a.Adopt(b)
	if invariants.Enabled {
		a.born(b.Ref, n)
	}
	return b.Ref
}

func (a *Arena) freeLarge(r Ref, n int) {
	b := Block{r, pages(n)}
	a.Disown(b)
	a.region.FreeBlock(b)
}

// Adopt puts a block on this arena's account.
func (a *Arena) Adopt(b Block) {
	a.count(int64(b.Cap))
	a.large += int64(b.Cap)
}

// Disown takes it off again; the block goes on living.
func (a *Arena) Disown(b Block) {
	a.count(-int64(b.Cap))
	a.large -= int64(b.Cap)
}

// addSlab fetches a slab for a class that has no room.
func (a *Arena) addSlab(c uint8) uint32 {
	i := a.spare
	if a.spare = 0; i == 0 {
		i = a.region.takeSlab()
		a.slabs++
	}
	u := a.region.unit(i)
	u.class, u.owner = c, a.id
	u.used, u.fresh, u.recycled = 0, 0, 0
	u.capacity = uint16(unitSize / classSize[c])
	a.link(i, u)
	return i
}

// emptied takes an empty slab from its class. One is kept for whichever class
// needs the next: keeping one per class would hold a megabyte per class and 16
// shards for sizes that have gone out of use.
func (a *Arena) emptied(i uint32, u *unit) {
	a.unlink(i, u)
	if u.draining {
		u.draining = false
		a.drain.emptied++
	} else if a.spare == 0 {
		a.spare = i
		return
	}
	a.slabs--
	a.region.freeSlab(i)
}

// list is the head of the list that a slab with room is on.
func (a *Arena) list(u *unit) *uint32 {
	if u.draining {
		return &a.drain.slabs
	}
	return &a.room[u.class]
}

func (a *Arena) link(i uint32, u *unit) {
	head := a.list(u)
	u.after, u.ahead = *head, 0
	if *head != 0 {
		a.region.unit(*head).ahead = i
	}
	*head = i
}

func (a *Arena) unlink(i uint32, u *unit) {
	if u.ahead != 0 {
		a.region.unit(u.ahead).after = u.after
	} else {
		*a.list(u) = u.after
	}
	if u.after != 0 {
		a.region.unit(u.after).ahead = u.ahead
	}
}

// born and died keep the books of invariants builds.
func (a *Arena) born(r Ref, n int) {
	_, twice := a.live[r]
	invariants.Assert(!twice, "allocated what is alive")
	a.live[r] = n
	invariants.Mangle(r.Bytes(n))
}

func (a *Arena) died(r Ref, n int) {
	size, ok := a.live[r]
	invariants.Assert(ok, "freed what is not alive in this arena")
	invariants.Assert(ClassSize(size) == ClassSize(n), "freed with a wrong size")
	delete(a.live, r)
	invariants.Mangle(r.Bytes(min(n, maxSmall)))
}
