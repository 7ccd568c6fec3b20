package offheap

import (
	"math/bits"

	"golang.org/x/sys/unix"
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
		g.dropChunk(first)
	}
}

func (g *Region) addChunk() {
	i := g.takeRun(chunkOrder, chunk)
	g.unit(i).slabs = allFree
	g.link(&g.chunks, i)
	g.idle++
	g.held++
	g.resident += hugePage
	if g.held*hugePage > hugeThreshold {
		// Advice only: without huge pages everything works, slower.
		_ = unix.Madvise(g.address(i).Bytes(hugePage), unix.MADV_HUGEPAGE)
	}
}

func (g *Region) dropChunk(i uint32) {
	g.unlink(&g.chunks, i)
	g.idle--
	g.held--
	g.resident -= hugePage
	drop(g.address(i), hugePage)
	g.freeRun(i)
}
