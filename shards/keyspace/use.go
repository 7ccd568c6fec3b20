package keyspace

import "sigrun/storage/db"

// The 24 bits of an entry's access clock. Under a maxmemory-policy that looks for keys
// long unused (LRU), and under those that look at neither, they are the second of the
// last access. Under one that looks for keys seldom used (LFU) the upper 16 are the
// minute of the last change of the lower 8, a counter that grows with the logarithm of
// the number of accesses and falls with time.
const (
	ClockMask   = 1<<24 - 1
	minuteMask  = 1<<16 - 1
	counterMask = 1<<8 - 1
	MostCounted = counterMask
	BornCounted = 5 // so that a new key is not the first to go
)

// Second is the LRU clock at a time, Unix ms.
func Second(ms int64) uint32 { return uint32(ms/1000) & ClockMask }

// Counted is the LFU clock of a counter that changes at a time, Unix ms.
func Counted(ms int64, counter uint32) uint32 { return uint32(ms/60000)&minuteMask<<8 | counter }

// Decayed is the counter of an LFU clock less what time has taken from it.
func (s *Settings) Decayed(clock uint32, ms int64) uint32 {
	counter := clock & counterMask
	every := s.LFUDecayTime.Load()
	if every == 0 {
		return counter
	}
	passed := int64((uint32(ms/60000)-clock>>8)&minuteMask) / every
	return uint32(max(int64(counter)-passed, 0))
}

// Idle is how many seconds ago an LRU clock was set.
func Idle(e db.Entry, ms int64) int64 { return (ms/1000 - int64(e.Access())) & ClockMask }
