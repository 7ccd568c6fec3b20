package offheap

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Huge pages spare page walks, but one is resident as a whole from the first byte on. A node
// with much memory asks for them at once. One with little would spend a good part of it on
// halves that nobody uses; there a page of 2 MiB stays in small ones until most of those are
// in use, and is put together then (Ripen).
const (
	matureChunks = 64      // (start) from here on half a chunk does not matter
	mostYoung    = 8 << 20 // (start) a larger table is for random access at once
	ripeShare    = 0.75    // (start) of a huge page in use
	fullShare    = 0.97    // (start) the same where memory is short
	ripenAtOnce  = 8       // pages in one Ripen: each takes about 0.3 ms
)

// askHuge asks for huge pages in new memory at r, now or when they are ripe. Advice only:
// without huge pages everything works, slower. It runs under Region.mu.
func (g *Region) askHuge(r Ref, n int) {
	n &^= hugePage - 1
	if n == 0 {
		return
	}
	if n > mostYoung || g.held > matureChunks {
		_ = unix.Madvise(r.Bytes(n), unix.MADV_HUGEPAGE)
		return
	}
	for end := r + Ref(n); r < end; r += hugePage {
		g.young[r] = struct{}{}
	}
}

// forgetYoung drops what waits to be ripe in memory that is free again. It runs under
// Region.mu.
func (g *Region) forgetYoung(r Ref, n int) {
	if n < hugePage || len(g.young) == 0 {
		return
	}
	for page := range g.young {
		if page >= r && page < r+Ref(n) {
			delete(g.young, page)
		}
	}
}

// Ripen makes huge pages of those that are mostly in use, or, where memory is short, as good as full. The contents stay; who touches the
// page meanwhile waits for as long as the kernel copies 2 MiB. It is called every few
// seconds, where nothing waits for it.
func (g *Region) Ripen(short bool) {
	share := ripeShare
	if short {
		share = fullShare
	}
	for _, r := range g.ripe(int(share * hugePage / pageSize)) {
		if unix.Madvise(r.Bytes(hugePage), unix.MADV_COLLAPSE) != nil {
			_ = unix.Madvise(r.Bytes(hugePage), unix.MADV_HUGEPAGE) // before Linux 6.1: the kernel does it at leisure
		}
	}
}

// ripe takes pages of which at least so many small ones are in use out of the young ones. One that was torn has to wait until it is full again (takeFree).
func (g *Region) ripe(least int) (list []Ref) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for r := range g.young {
		if len(list) == ripenAtOnce {
			break
		}
		if u := g.unit(g.index(r)); u.state == chunk && u.torn {
			continue
		}
		if inUse(r) >= least {
			delete(g.young, r)
			list = append(list, r)
		}
	}
	return list
}

// inUse is how many small pages of a huge one are resident.
func inUse(r Ref) (n int) {
	var pages [hugePage / pageSize]byte
	_, _, err := unix.Syscall(unix.SYS_MINCORE, uintptr(r), hugePage, uintptr(unsafe.Pointer(&pages)))
	if err != 0 {
		return 0
	}
	for _, p := range pages {
		n += int(p & 1)
	}
	return n
}
