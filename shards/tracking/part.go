package tracking

import (
	"math/bits"

	"sigrun/internal/sim"
)

// part is the keys of one slot. Chains of entries hang on heads, of which there are about as many as keys: one more or one less at a time
// (linear hashing), so that nobody waits for a large table to grow. Heads lie in pieces, and the first of them grows with the need.
// What a look-up reads comes first: half a line of memory, since parts are as large as three halves.
type part struct {
	first []*entry
	heads int        // none as long as there never was a key
	more  [][]*entry // pieces behind the first one
	Size
	at uint16 // in Table.filled
}

// entry is a key and who may hold it: one line of memory for a name that is not long and the first clients.
type entry struct {
	next  *entry
	hash  uint64
	stamp uint64 // Seats.now when it was looked at who of them is still there
	near  uint64 // clients by their places, the first 64
	far   *far   // nil: there is nothing
	short [shortest]byte
	n     uint8 // of it
}

// far is what an entry has no room for.
type far struct {
	name  []byte   // nil: it is short
	words []uint64 // places from 64 on
}

const (
	shortest = 23
	piece    = 1024
	sparse   = 4 // heads for a key
)

func (p *part) head(i int) **entry {
	if i < piece {
		return &p.first[i]
	}
	return &p.more[i/piece-1][i%piece]
}

// place is the head of a hash.
func (p *part) place(hash uint64) int {
	all := 1 << bits.Len(uint(p.heads-1)) // heads if the next ones were split, too
	i := int(hash & uint64(all-1))
	if i >= p.heads {
		i -= all / 2
	}
	return i
}

func (p *part) find(k *Key) *entry {
	if p.heads == 0 {
		return nil
	}
	for e := *p.head(p.place(k.Hash)); e != nil; e = e.next {
		if e.hash == k.Hash && e.called(k.Name) {
			return e
		}
	}
	return nil
}

// insert adds a key that is not there. The caller counts it.
func (p *part) insert(k *Key) *entry {
	if p.heads <= p.Keys {
		p.split()
	}
	e := &entry{hash: k.Hash}
	if len(k.Name) <= shortest {
		e.n = uint8(copy(e.short[:], k.Name))
	} else {
		e.far = &far{name: append([]byte(nil), k.Name...)}
	}
	at := p.head(p.place(k.Hash))
	e.next, *at = *at, e
	return e
}

// remove takes a key out, and returns it, nil: it is not there. The caller counts it.
func (p *part) remove(k *Key) *entry {
	e := p.find(k)
	if e == nil {
		return nil
	}
	at := p.head(p.place(k.Hash))
	for *at != e {
		at = &(*at).next
	}
	*at = e.next
	for n := 0; n < sparse && p.heads > sparse*p.Keys && p.heads > 1; n++ {
		p.join()
	}
	return e
}

// split adds a head, and hangs on it what belongs there of what hangs on another one.
func (p *part) split() {
	n := p.heads
	switch {
	case n < piece:
		p.first = append(p.first, nil)
	case n%piece == 0:
		p.more = append(p.more, make([]*entry, piece))
	}
	if p.heads++; n == 0 {
		return
	}
	from, to := p.head(n-partner(n)), p.head(n)
	for *from != nil {
		if e := *from; p.place(e.hash) == n {
			*from = e.next
			e.next, *to = *to, e
			continue
		}
		from = &(*from).next
	}
}

// join takes the last head away again.
func (p *part) join() {
	p.heads--
	n := p.heads
	from, to := p.head(n), p.head(n-partner(n))
	for e := *from; e != nil; {
		next := e.next
		e.next, *to = *to, e
		e = next
	}
	*from = nil
	switch {
	case n < piece:
		p.first = p.first[:n]
	case n%piece == 0:
		p.more[n/piece-1] = nil
		p.more = p.more[:n/piece-1]
	}
}

// partner is how far before a head the one lies that it was split from.
func partner(n int) int { return 1 << (bits.Len(uint(n)) - 1) }

// any is one of the keys, by chance; there is one.
func (p *part) any() *entry {
	for i := sim.IntN(p.heads); ; i = (i + 1) % p.heads {
		if e := *p.head(i); e != nil {
			return e
		}
	}
}

func (e *entry) name() []byte {
	if e.far != nil && e.far.name != nil {
		return e.far.name
	}
	return e.short[:e.n]
}

func (e *entry) called(name []byte) bool { return string(e.name()) == string(name) }

func (e *entry) has(place int) bool {
	if place < 64 {
		return e.near>>place&1 != 0
	}
	i := place/64 - 1
	return e.far != nil && i < len(e.far.words) && e.far.words[i]>>(place%64)&1 != 0
}

func (e *entry) put(place int) {
	if place < 64 {
		e.near |= 1 << place
		return
	}
	if e.far == nil {
		e.far = &far{}
	}
	i := place/64 - 1
	for len(e.far.words) <= i {
		e.far.words = append(e.far.words, 0)
	}
	e.far.words[i] |= 1 << (place % 64)
}

// rows is what the bits of places take that are not near.
func (e *entry) rows() int {
	if e.far == nil {
		return 0
	}
	return 8 * cap(e.far.words)
}

// prune takes out who is gone, and returns how many that were.
func (e *entry) prune(s *Seats) (gone int) {
	gone = s.prune(&e.near, 0, e.stamp)
	if e.far != nil {
		for i := range e.far.words {
			gone += s.prune(&e.far.words[i], 64*(i+1), e.stamp)
		}
	}
	return gone
}

// clients appends to list who is there, and returns how many the entry counts.
func (e *entry) clients(s *Seats, list []uint64) (clients []uint64, items int) {
	list, items = s.numbers(list, e.near, 0, e.stamp)
	if e.far != nil {
		for i, word := range e.far.words {
			var n int
			list, n = s.numbers(list, word, 64*(i+1), e.stamp)
			items += n
		}
	}
	return list, items
}
