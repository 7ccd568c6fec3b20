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
	if kept := u.slabs &^ u.shed; kept != 0 {
		n = uint32(bits.TrailingZeros32(kept)) // one whose pages are there
	}
	g.takeFree(i, n)
	g.handed.Add(unitSize)
	return i + n
}

// takeFree takes free slab n out of chunk i.
func (g *Region) takeFree(i, n uint32) {
	u := g.unit(i)
	if u.shed>>n&1 != 0 {
		u.shed &^= 1 << n
		g.resident += unitSize
	}
	if u.slabs &^= 1 << n; u.slabs != 0 {
		return
	}
	g.unlink(&g.chunks, i)
	if u.torn {
		u.torn = false
		_ = unix.Madvise(g.address(i).Bytes(hugePage), unix.MADV_HUGEPAGE)
	}
}

// freeSlab takes a slab back from an arena.
func (g *Region) freeSlab(i uint32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shedding {
		g.loose = append(g.loose, i)
	}
	g.handed.Add(-unitSize)
	g.putFree(i)
}

func (g *Region) putFree(i uint32) {
	first := i &^ (1<<chunkOrder - 1)
	u := g.unit(first)
	if u.slabs == 0 {
		g.link(&g.chunks, first)
	}
	if u.slabs |= 1 << (i - first); u.slabs != allFree {
		return
	}
	if g.idle++; g.idle > g.spare {
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
	g.unit(i).slabs, g.unit(i).shed, g.unit(i).torn = allFree, 0, false
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

// SetShedding decides whether Shed gives single slabs back to the kernel, which is what
// turns compaction into memory: free slabs lie among others in their chunks. The price is
// that the chunk is no huge page any more.
func (g *Region) SetShedding(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if on == g.shedding {
		return
	}
	g.shedding, g.loose = on, nil
	if !on {
		return
	}
	for i := g.chunks; i != 0; i = g.unit(i).next {
		for free := g.unit(i).slabs &^ g.unit(i).shed; free != 0; free &= free - 1 {
			g.loose = append(g.loose, i+uint32(bits.TrailingZeros32(free)))
		}
	}
}

// Shed gives up to n free slabs of chunks that are in use back to the kernel and reports
// whether there are more. Some stay as they are, for the next that are needed. As Trim, it is called under no token.
func (g *Region) Shed(n int) (more bool) {
	for ; n > 0; n-- {
		i, ok := g.takeLoose()
		if !ok {
			return false
		}
		first := i &^ (1<<chunkOrder - 1)
		_ = unix.Madvise(g.address(first).Bytes(hugePage), unix.MADV_NOHUGEPAGE) // or the kernel fills it up again
		drop(g.address(i), unitSize)
		g.mu.Lock()
		g.unit(first).torn = true
		g.resident -= unitSize
		g.unit(first).shed |= 1 << (i - first)
		g.putFree(i)
		g.mu.Unlock()
	}
	return true
}

// takeLoose takes a slab that was freed, still is free, and lies in a chunk that is in use.
func (g *Region) takeLoose() (i uint32, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.loose) > g.spare<<chunkOrder {
		i = g.loose[0]
		g.loose = g.loose[1:]
		first := i &^ (1<<chunkOrder - 1)
		u := g.unit(first)
		if u.state == chunk && u.slabs != allFree && (u.slabs&^u.shed)>>(i-first)&1 != 0 {
			g.takeFree(first, i-first)
			return i, true
		}
	}
	return 0, false
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
	u := g.unit(i)
	g.resident -= hugePage - int64(bits.OnesCount32(u.shed))*unitSize
	u.shed = 0
	return i, true
}
