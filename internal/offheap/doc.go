// Package offheap hands out memory the garbage collector never sees.
//
// One Region per node reserves a large power-of-two range of addresses. Pages
// cost nothing before they are written, so the range may be far larger than
// the machine. It is cut in units of 64 KiB:
//
//		Region   | unit table | chunk            | chunk            | block | free ...
//		                      | slab slab ... x32|
//		slab     | object | object | object | ...        one size class per slab
//
//	  - Units form a buddy system: runs of 2^k units, split and merged. Memory
//	    that lies in the buddy system is all zero (never written, or given back
//	    to the kernel), which AllocZeroed builds on.
//	  - A chunk is a run of 2 MiB, one huge page, cut in 32 slabs.
//	  - A Block is a run of its own for one large value; only the pages it
//	    needs are ever touched, so rounding the run up to a power of two costs
//	    addresses, not memory.
//	  - An Arena serves small objects from slabs, one class per slab. Objects
//	    have no header: whoever frees one knows its size.
//	  - The unit table, 64 bytes a unit at the start of the region, finds a
//	    slab from an object's address. So freeing needs no lookup structure.
//
// An Arena belongs to whoever holds its shard's token and is not safe for
// concurrent use; a Region is (a mutex, taken once per 64 KiB or per block).
//
// This package is where addresses become pointers. Everything in off-heap
// memory must be free of Go pointers: the collector would not follow them.
package offheap
