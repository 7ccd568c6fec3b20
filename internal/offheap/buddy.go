package offheap

import "math/bits"

// The buddy system over units. All of it runs under Region.mu, and all memory
// in it reads as zero.

// seed builds the free runs of a new region. The unit table takes the first
// 1/1024, a power of two; what remains is one run of each order above.
func (g *Region) seed() {
	units := g.size >> unitShift
	table := max(units*unitBytes>>unitShift, 1)
	for n := table; n < units; n *= 2 {
		g.putRun(uint32(n), uint8(bits.TrailingZeros64(n)))
	}
}

// orderOf is the order of the smallest run that holds n bytes.
func orderOf(n int) uint8 {
	return uint8(bits.Len64(uint64(n-1) >> unitShift))
}

// takeRun removes a run of the given order and marks it as s. The machine has
// no memory left by far when addresses run out: there is nothing to go on with.
func (g *Region) takeRun(order uint8, s state) uint32 {
	fit := g.orders >> order << order
	if fit == 0 {
		g.emptyCache()
		fit = g.orders >> order << order
	}
	if fit == 0 {
		panic("FATAL: off-heap address range exhausted")
	}
	k := uint8(bits.TrailingZeros64(fit))
	i := g.runs[k]
	g.unlinkRun(i)
	for ; k > order; k-- {
		g.putRun(i+1<<(k-1), k-1)
	}
	u := g.unit(i)
	u.state, u.order = s, order
	return i
}

// freeRun gives a run back and merges it with its free buddies.
func (g *Region) freeRun(i uint32) {
	order := g.unit(i).order
	g.forgetYoung(g.address(i), unitSize<<order)
	g.unit(i).state = inner
	for {
		buddy := i ^ 1<<order
		u := g.unit(buddy)
		if uint64(buddy)<<unitShift >= g.size || u.state != free || u.order != order {
			break
		}
		g.unlinkRun(buddy)
		u.state = inner
		i &^= 1 << order
		order++
	}
	g.putRun(i, order)
}

func (g *Region) putRun(i uint32, order uint8) {
	u := g.unit(i)
	u.state, u.order = free, order
	g.link(&g.runs[order], i)
	g.orders |= 1 << order
}

func (g *Region) unlinkRun(i uint32) {
	order := g.unit(i).order
	g.unlink(&g.runs[order], i)
	if g.runs[order] == 0 {
		g.orders &^= 1 << order
	}
}

// link puts unit i in front of a list of runs or chunks.
func (g *Region) link(head *uint32, i uint32) {
	u := g.unit(i)
	u.next, u.prev = *head, 0
	if *head != 0 {
		g.unit(*head).prev = i
	}
	*head = i
}

func (g *Region) unlink(head *uint32, i uint32) {
	u := g.unit(i)
	if u.prev != 0 {
		g.unit(u.prev).next = u.next
	} else {
		*head = u.next
	}
	if u.next != 0 {
		g.unit(u.next).prev = u.prev
	}
}
