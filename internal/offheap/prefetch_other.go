//go:build !amd64

package offheap

// Prefetch loads what lies at addr, when that is in the region. It is a real call:
// inlined, a load whose value nobody wants would be dropped.
//
//go:noinline
func (g *Region) Prefetch(addr uint64) uint64 { return g.Touch(addr) }
