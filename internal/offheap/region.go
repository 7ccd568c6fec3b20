package offheap

import (
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"sigrun/internal/invariants"
)

const (
	minReserve = 64 << 20
	maxReserve = 1 << 40
	hugePage   = 2 << 20
	maxOrders  = 40 - unitShift + 1

	// Freed blocks kept for the next value of their size, and free chunks
	// kept for the next slab, unless Spare says less: beyond, pages go back to the kernel.
	maxCachedBlocks = 32 << 20 // (start)
	maxFreeChunks   = 8        // (start)
)

// Region is one node's reserved range of addresses. Its methods may be called
// from any goroutine.
type Region struct {
	base Ref
	size uint64

	// mu guards everything below and the Region's part of the unit table.
	mu       sync.Mutex
	orders   uint64            // bit k set: runs[k] is not empty
	runs     [maxOrders]uint32 // free runs of 2^k units
	chunks   uint32            // chunks with free slabs
	surplus  []uint32          // empty chunks on their way to the kernel (Trim)
	idle     int               // of those, how many have only free slabs
	held     int               // chunks, all told
	shedding bool              // SetShedding
	loose    []uint32          // slabs that were freed, for Shed
	cache    [maxOrders][]Block
	cached   int64
	reused   bool // a cached block was of use since unused was asked
	spare    int  // chunks that are kept free, and as much in single slabs
	resident int64
	arenas   uint32
	young    map[Ref]struct{} // parts of 2 MiB that are to become huge pages

	handed atomic.Int64
}

// NewRegion reserves a range of addresses of the given size, rounded up to a
// power of two; 0 means four times the machine's memory. What the kernel
// refuses is tried again at half the size.
func NewRegion(reserve uint64) (*Region, error) {
	if reserve == 0 {
		reserve = defaultReserve()
	}
	reserve = min(max(reserve, minReserve), maxReserve)
	size := uint64(1) << bits.Len64(reserve-1)
	for {
		base, err := mapAligned(size)
		if err == nil {
			g := &Region{base: base, size: size, young: make(map[Ref]struct{}), spare: maxFreeChunks}
			g.seed()
			return g, nil
		}
		if size /= 2; size < minReserve {
			return nil, fmt.Errorf("reserve memory: %w", err)
		}
	}
}

func defaultReserve() uint64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return maxReserve / 16
	}
	return 4 * uint64(info.Totalram) * uint64(info.Unit)
}

// mapAligned maps size bytes at a multiple of the huge page size.
func mapAligned(size uint64) (Ref, error) {
	p, err := unix.MmapPtr(-1, 0, nil, uintptr(size+hugePage), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return 0, err
	}
	start := Ref(uintptr(p))
	base := (start + hugePage - 1) &^ (hugePage - 1)
	if head := base - start; head > 0 {
		err = unix.MunmapPtr(start.pointer(), uintptr(head))
	}
	if tail := hugePage - (base - start); err == nil && tail > 0 {
		err = unix.MunmapPtr((base + Ref(size)).pointer(), uintptr(tail))
	}
	return base, err
}

// Close unmaps everything. Every Ref into the region dies with it.
func (g *Region) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.base == 0 {
		return nil
	}
	err := unix.MunmapPtr(g.base.pointer(), uintptr(g.size))
	g.base, g.size = 0, 0
	return err
}

// Contains tells whether addr lies in the region. It is what a racy look-ahead
// asks before it follows a word it may have read half-written.
func (g *Region) Contains(addr uint64) bool {
	return addr-uint64(g.base) < g.size
}

// Touch loads the word at addr into the cache and returns it, 0 when addr is
// not the region's. It may race with the owner: the value is only good for
// another Touch. In builds that look for races it does nothing.
func (g *Region) Touch(addr uint64) uint64 {
	if !touching || !g.Contains(addr) {
		return 0
	}
	return *At[uint64](Ref(addr &^ 7))
}

const touching = !RaceBuild && !invariants.Enabled

// Resident is the number of bytes handed out as slabs and blocks or kept for
// the next one: what the region may have made resident at most.
func (g *Region) Resident() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.resident
}

// Handed is the number of bytes that are handed out as slabs and blocks. It loads one word.
func (g *Region) Handed() int64 { return g.handed.Load() }

// Spare limits what is kept free for the next slab to so many bytes, as far as that is less than is kept anyway.
func (g *Region) Spare(bytes int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.spare = int(min(max(bytes/hugePage, 1), maxFreeChunks))
}

// drop gives pages back to the kernel; they read as zero afterwards. Whatever
// cannot be dropped is wiped, for AllocZeroed relies on it.
func drop(r Ref, n int) {
	if n > 0 && unix.Madvise(r.Bytes(n), unix.MADV_DONTNEED) != nil {
		clear(r.Bytes(n))
	}
}
