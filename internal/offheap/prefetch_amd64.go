package offheap

// prefetch begins to load the cache line of addr. It never faults, whatever addr is,
// and nothing waits for it: a real load would hold up what comes behind it.
func prefetch(addr uint64)

// Prefetch begins to load what lies at addr, which may be any number.
func (g *Region) Prefetch(addr uint64) {
	if touching {
		prefetch(addr)
	}
}
