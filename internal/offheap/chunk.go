package offheap

import (
	"math/bits"
)

const (
	chunkOrder = 21 - unitShift
	allFree    = 1<<32 - 1
)

// takeSlab hands a slab to an arena. Its contents are undefined. Slabs of one
// chunk may serve different arenas: sharing keeps the waste of half-used
// chunks to one chunk a node instead of one a shard.
func (g *Region) takeSlab() uint32 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.chunks == 0 {
		g.addChunk()
	}
	i := g.chunks
	u := g.unit(i)
	if u.slabs == allFree {
		g.idle--
	}
	n := uint32(bits.TrailingZeros32(u.slabs))
	if u.slabs &= u.slabs - 1; u.slabs == 0 {
		g.unlink(&g.chunks, i)
	}
	return i + n
}

// freeSlab takes a slab back from an arena.
func (g *Region) freeSlab(i uint32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	first := i &^ (1<<chunkOrder - 1)
	u := g.unit(first)
	if u.slabs == 0 {
		g.link(&g.chunks, first)
	}
	if u.slabs |= 1 << (i - first); u.slabs != allFree {
		return
	}
	if g.idle++; g.idle > maxFreeChunks {
		g.unlink(&g.chunks, first)
		g.idle--
		g.surplus = append(g.surplus, first)
	}
}

func (g *Region) addChunk() {
	if n := len(g.surplus); n > 0 {
		g.link(&g.chunks, g.surplus[n-1])
		g.surplus = g.surplus[:n-1]
		g.idle++
		return
	}
	i := g.takeRun(chunkOrder, chunk)
	g.unit(i).slabs = allFree
	g.link(&g.chunks, i)
	g.idle++
	g.held++
	g.resident += hugePage
	g.askHuge(g.address(i), hugePage)
}

// Trim gives up to n empty chunks that nobody needs back to the kernel and reports
// whether there are more. It takes its time (a system call for each), so it is called
// where nothing waits for it: under no token.
func (g *Region) Trim(n int) (more bool) {
	for ; n > 0; n-- {
		i, ok := g.takeSurplus()
		if !ok {
			return false
		}
		drop(g.address(i), hugePage)
		g.mu.Lock()
		g.freeRun(i)
		g.mu.Unlock()
	}
	return true
}

func (g *Region) takeSurplus() (i uint32, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := len(g.surplus)
	if n == 0 {
		return 0, false
	}
	i = g.surplus[n-1]
	g.surplus = g.surplus[:n-1]
	g.held--
	g.resident -= hugePage
	return i, true
}
