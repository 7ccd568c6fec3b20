package tracking

import (
	"math/bits"
	"sync/atomic"

	"sigrun/internal/account"
	"sigrun/internal/sim"
)

// Seats gives those who track small numbers, their places, so that who holds a key is a bit. A place is given again to somebody else when its client
// is gone; what the client before has read is told from what the new one has by the time, counted in clients: an entry that was looked at before
// the new one came does not speak of it.
type Seats struct {
	count  atomic.Uint64 // clients that ever came
	mu     sim.Mutex     // held by whoever comes or goes
	free   places
	memory account.Figure         // of rows, and of the list of those that are free
	rows   atomic.Pointer[[]*row] // replaced as a whole
}

// row is 64 places, as many as a word has bits.
type row [64]struct {
	client atomic.Uint64 // 0: nobody
	since  atomic.Uint64
}

// unit is what 64 places take: a row, its pointer, and where they stand in the list of those that are free.
const unit = 64*16 + 8 + 64*8

// Seat is the place of a client.
type Seat struct {
	Client uint64
	Place  int
}

func (s *Seats) now() uint64 { return s.count.Load() }

// Take gives a client the first place that is free.
func (s *Seats) Take(client uint64) Seat {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) == 0 {
		var rows []*row
		if now := s.rows.Load(); now != nil {
			rows = append(rows, *now...)
		}
		for i := range 64 {
			s.free.add(64*len(rows) + i)
		}
		rows = append(rows, new(row))
		s.rows.Store(&rows)
		s.memory.Add(unit)
	}
	place := s.free.least() // low places make short rows of bits
	at := &(*s.rows.Load())[place/64][place%64]
	at.since.Store(s.count.Add(1))
	at.client.Store(client)
	return Seat{client, place}
}

// Leave gives a place back.
func (s *Seats) Leave(who Seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	(*s.rows.Load())[who.Place/64][who.Place%64].client.Store(0)
	s.free.add(who.Place)
}

// places are those that are free: a heap, the least on top. Many clients may have gone, and each that comes is not to look at all of them.
type places []int

func (p *places) add(place int) {
	*p = append(*p, place)
	h := *p
	for i := len(h) - 1; i > 0 && h[(i-1)/2] > h[i]; i = (i - 1) / 2 {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
	}
}

// least takes it out.
func (p *places) least() int {
	h := *p
	place, last := h[0], len(h)-1
	h[0] = h[last]
	*p, h = h[:last], h[:last]
	for i, below := 0, 1; below < last; i, below = below, 2*below+1 {
		if below+1 < last && h[below+1] < h[below] {
			below++
		}
		if h[i] <= h[below] {
			break
		}
		h[i], h[below] = h[below], h[i]
	}
	return place
}

// taken reports whether it is still the client's: a command may outlive the connection that sent it.
func (s *Seats) taken(who Seat) bool {
	return (*s.rows.Load())[who.Place/64][who.Place%64].client.Load() == who.Client
}

// prune clears the bits of a word whose clients are gone, and returns how many that were. The first of them is a place, and they
// were set before a time.
func (s *Seats) prune(word *uint64, first int, stamp uint64) (gone int) {
	for left := *word; left != 0; left &= left - 1 {
		bit := bits.TrailingZeros64(left)
		if s.number(first+bit, stamp) == 0 {
			*word &^= 1 << bit
			gone++
		}
	}
	return gone
}

// numbers appends the clients of such bits, and returns how many bits there are.
func (s *Seats) numbers(list []uint64, word uint64, first int, stamp uint64) (clients []uint64, n int) {
	for ; word != 0; word &= word - 1 {
		n++
		if id := s.number(first+bits.TrailingZeros64(word), stamp); id != 0 {
			list = append(list, id)
		}
	}
	return list, n
}

// number is the client on a place, if it was there at a time, else 0.
func (s *Seats) number(place int, stamp uint64) uint64 {
	at := &(*s.rows.Load())[place/64][place%64]
	id := at.client.Load()
	if at.since.Load() > stamp {
		return 0
	}
	return id
}
