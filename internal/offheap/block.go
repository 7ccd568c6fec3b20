package offheap

import (
	"sigrun/internal/invariants"
)

// Block is memory in whole pages for one large value. Blocks may be made and
// freed by any goroutine. The zero Block is none.
type Block struct {
	Ref Ref
	Cap int // bytes, a multiple of the page size
}

// AllocBlock makes a block of at least n > 0 bytes with undefined contents.
// Pages become resident when they are first written, so a block for what was
// merely announced costs addresses only.
func (g *Region) AllocBlock(n int) Block {
	n = pages(n)
	order := orderOf(n)
	g.mu.Lock()
	b, ok := g.cachedBlock(order)
	if !ok {
		b.Ref = g.address(g.takeRun(order, block))
	}
	g.resident += int64(n - b.Cap)
	g.handed.Add(int64(n))
	g.mu.Unlock()
	drop(b.Ref+Ref(n), b.Cap-n)
	return Block{b.Ref, n}
}

// AllocZeroed is AllocBlock for memory that reads as zero and is not resident
// before it is written: for large sparse tables. Whole huge pages are asked for
// as such: what is looked up at random costs a page walk otherwise.
func (g *Region) AllocZeroed(n int) Block {
	n = pages(n)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.resident += int64(n)
	g.handed.Add(int64(n))
	b := Block{g.address(g.takeRun(orderOf(n), block)), n}
	g.askHuge(b.Ref, n)
	return b
}

func (g *Region) cachedBlock(order uint8) (Block, bool) {
	stack := g.cache[order]
	if len(stack) == 0 {
		return Block{}, false
	}
	g.reused = true
	b := stack[len(stack)-1]
	g.cache[order] = stack[:len(stack)-1]
	g.cached -= int64(b.Cap)
	return b, true
}

// FreeBlock gives a block back. A few are kept for the next value of that
// size; the pages of others return to the kernel, at about 0.1 ms per MiB:
// shorten large ones by TrimBlock in slices before.
func (g *Region) FreeBlock(b Block) {
	if b.Ref == 0 || g.Keep(b) {
		return
	}
	drop(b.Ref, b.Cap)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.resident -= int64(b.Cap)
	g.handed.Add(-int64(b.Cap))
	g.freeRun(g.index(b.Ref))
}

// Keep is FreeBlock for a block that can be kept for the next value of its size, which
// costs next to nothing whatever its size. False: nothing was done.
func (g *Region) Keep(b Block) bool {
	if invariants.Enabled {
		g.checkBlock(b)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cached+int64(b.Cap) > min(maxCachedBlocks, 4*int64(g.spare)*hugePage) {
		return false
	}
	g.cached += int64(b.Cap)
	g.handed.Add(-int64(b.Cap))
	order := g.unit(g.index(b.Ref)).order
	g.cache[order] = append(g.cache[order], b)
	return true
}

// ReleaseIdle gives back the blocks that are kept for the next value, unless one was of use since
// the last call: a burst of large values leaves nothing behind. It takes its time, so it
// is called where nothing waits for it, every few seconds.
func (g *Region) ReleaseIdle() {
	for {
		b, ok := g.unused()
		if !ok {
			return
		}
		drop(b.Ref, b.Cap)
		g.mu.Lock()
		g.resident -= int64(b.Cap)
		g.freeRun(g.index(b.Ref))
		g.mu.Unlock()
	}
}

// unused takes any block out of the cache.
func (g *Region) unused() (Block, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.reused {
		g.reused = false
		return Block{}, false
	}
	for order := range g.cache {
		if b, ok := g.cachedBlock(uint8(order)); ok {
			g.reused = false
			return b, true
		}
	}
	return Block{}, false
}

// emptyCache gives cached blocks back when their addresses are needed.
func (g *Region) emptyCache() {
	for order, stack := range g.cache {
		for _, b := range stack {
			drop(b.Ref, b.Cap)
			g.freeRun(g.index(b.Ref))
		}
		g.cache[order] = nil
	}
	g.resident -= g.cached
	g.cached = 0
}

func (g *Region) checkBlock(b Block) {
	g.mu.Lock()
	defer g.mu.Unlock()
	u := g.unit(g.index(b.Ref))
	ok := u.state == block && b.Ref&(unitSize-1) == 0 && b.Cap <= unitSize<<u.order
	invariants.Assert(ok, "FreeBlock of what is no block")
	for _, c := range g.cache[u.order] {
		invariants.Assert(c.Ref != b.Ref, "block freed twice")
	}
	invariants.Mangle(b.Ref.Bytes(min(b.Cap, 1<<20)))
}

// TrimBlock gives back the pages of b beyond the first n bytes and returns
// what is left of it.
func (g *Region) TrimBlock(b Block, n int) Block {
	n = pages(n)
	if n >= b.Cap {
		return b
	}
	drop(b.Ref+Ref(n), b.Cap-n)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.resident -= int64(b.Cap - n)
	g.handed.Add(-int64(b.Cap - n))
	return Block{b.Ref, n}
}

// GrowBlock extends b in place to at least n bytes, or reports that there is
// no room behind it. The new part's contents are undefined.
func (g *Region) GrowBlock(b Block, n int) (Block, bool) {
	n = pages(n)
	g.mu.Lock()
	defer g.mu.Unlock()
	if n <= b.Cap {
		return b, true
	}
	if n > unitSize<<g.unit(g.index(b.Ref)).order {
		return b, false
	}
	g.resident += int64(n - b.Cap)
	g.handed.Add(int64(n - b.Cap))
	return Block{b.Ref, n}, true
}
