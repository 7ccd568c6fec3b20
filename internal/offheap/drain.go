package offheap

// Memory that was full once and has holes now does not go back by itself: a slab is held
// by its last object. Compaction empties such slabs. Per class, the emptiest slabs whose
// objects have room in the others begin to drain: nothing is allocated there any more.
// Then whoever knows where the references are walks over all objects and gives each to Move,
// which finds another place for those that lie in a slab that drains. What the walk
// did not reach (garbage that waits to be freed) ends with Undrain: the slab is an ordinary one again.
//
//	for a.Drain(false) {}        // a class at a time
//	ref = a.Move(ref, size)      // for every object
//	for a.Undrain() {}            // a few slabs at a time

// drain is the state of compaction in an arena.
type drain struct {
	slabs    uint32 // first of the list of slabs that drain
	class    uint8  // the next one for Drain
	bookmark Ref
	emptied  uint64
	moved    uint64
	kept     uint64
}

const (
	drainList    = 4096 // slabs of a class looked at: their list is walked under a token
	fills        = 16   // steps of how full a slab is
	undrainSlabs = 256
)

// Drain makes slabs of one more class drain, and reports whether there are more classes:
// those whose objects have room in others or, with all, every one that has room.
func (a *Arena) Drain(all bool) (more bool) {
	c := a.drain.class
	if a.drain.class++; a.drain.class == numClasses {
		a.drain.class = 0
	}
	var count [fills]int // objects by how full their slab is
	var room [fills]int  // and free places
	for i, left := a.room[c], drainList; i != 0 && left > 0; left-- {
		u := a.region.unit(i)
		f := u.fill()
		count[f] += int(u.used)
		room[f] += int(u.capacity - u.used)
		i = u.after
	}
	below, spare := gainful(&count, &room)
	if all {
		below = fills
	}
	a.drainFrom(c, below, spare)
	return a.drain.class != 0
}

// fill is how full a slab with room is, in steps.
func (u *unit) fill() int { return int(u.used) * fills / int(u.capacity) }

// gainful is the step below which the objects of all slabs fit into the free places of the
// others, and how many of those are left then. The fullest are worth no move.
func gainful(count, room *[fills]int) (below, spare int) {
	for _, n := range room {
		spare += n
	}
	for below < fills-1 && spare >= room[below]+count[below] {
		spare -= room[below] + count[below]
		below++
	}
	return below, spare
}

// drainFrom has the slabs below a step drain, and of those at the step as many as find room.
func (a *Arena) drainFrom(c uint8, below, spare int) {
	for i, left := a.room[c], drainList; i != 0 && left > 0; left-- {
		u := a.region.unit(i)
		next, f := u.after, u.fill()
		fits := f == below && below < fills-1 && spare >= int(u.capacity)
		if fits {
			spare -= int(u.capacity)
		}
		if f < below || fits {
			a.unlink(i, u)
			u.draining = true
			a.link(i, u)
		}
		i = next
	}
}

// Draining reports whether any slab drains.
func (a *Arena) Draining() bool { return a.drain.slabs != 0 }

// Leaves reports whether Move would move the object at r.
func (a *Arena) Leaves(r Ref) bool {
	if a.region.unit(a.region.index(r)).draining {
		return true
	}
	a.drain.kept++
	return false
}

// Move gives what Alloc(n) returned another place, if its slab drains, and returns where
// it is now; 0 stays 0. It must not hold anything that refers to itself.
func (a *Arena) Move(r Ref, n int) Ref {
	if r == 0 || !a.Leaves(r) {
		return r
	}
	to := a.Alloc(n)
	copy(to.Bytes(n), r.Bytes(n))
	a.Free(r, n)
	a.drain.moved++
	return to
}

// Undrain makes slabs that still drain ordinary ones, and reports whether there are more.
func (a *Arena) Undrain() (more bool) {
	for left := undrainSlabs; a.drain.slabs != 0 && left > 0; left-- {
		i := a.drain.slabs
		u := a.region.unit(i)
		a.unlink(i, u)
		u.draining = false
		a.link(i, u)
	}
	return a.drain.slabs != 0
}

// SetBookmark remembers one object, 0 for none, until it is freed; Bookmark tells which. So a
// walk along references can rest at an object that others may free.
func (a *Arena) SetBookmark(r Ref) { a.drain.bookmark = r }
func (a *Arena) Bookmark() Ref     { return a.drain.bookmark }

// Compaction is what compaction did in an arena since it was made.
type Compaction struct {
	Moved, Kept uint64 // objects that Move moved, or left
	Emptied     uint64 // slabs
}

// Compaction tells what was done.
func (a *Arena) Compaction() Compaction {
	return Compaction{a.drain.moved, a.drain.kept, a.drain.emptied}
}

// Slabs is the memory of the arena's slabs, and how much of that is in use, in bytes.
func (a *Arena) Slabs() (held, used int64) {
	return int64(a.slabs) * unitSize, a.used - a.large
}

// Holes is how much of the slabs no object uses, in bytes, as far as compaction can do something
// about it: one slab of each class will always have room.
func (a *Arena) Holes() int64 {
	held, used := a.Slabs()
	for _, i := range a.room {
		if i != 0 {
			held -= unitSize
		}
	}
	return max(held-used, 0)
}
