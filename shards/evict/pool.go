package evict

import "sigrun/storage/db"

// candidate is an entry that may go. It is found again by slot and hash, and is what it was if its access clock is.
type candidate struct {
	db.Sampled
	worth    uint64 // the larger, the better is it that it goes
	hash     uint64
	database int32
	access   uint32
}

// pool is the best candidates of those that were seen, in no order: finding the best of a few words takes less than keeping them sorted.
type pool struct {
	n    int
	list [poolSize]candidate
}

// poolSize is how many are kept, as many as in Valkey.
const poolSize = 16

// add keeps a candidate if it is among the best. Who is in the pool already is not there twice.
func (p *pool) add(c *candidate) {
	least := -1
	for i := range p.list[:p.n] {
		if have := &p.list[i]; have.Entry == c.Entry && have.hash == c.hash {
			*have = *c
			return
		} else if least < 0 || have.worth < p.list[least].worth {
			least = i
		}
	}
	switch {
	case p.n < poolSize:
		p.list[p.n] = *c
		p.n++
	case p.list[least].worth < c.worth:
		p.list[least] = *c
	}
}

// wants reports whether a candidate of such worth would be kept.
func (p *pool) wants(worth uint64) bool {
	if p.n < poolSize {
		return true
	}
	for i := range p.list {
		if p.list[i].worth < worth {
			return true
		}
	}
	return false
}

// best is the best candidate that is not among those left out, a bit each; -1: there is none.
func (p *pool) best(leftOut uint32) (at int) {
	at = -1
	for i := range p.list[:p.n] {
		if leftOut>>i&1 == 0 && (at < 0 || p.list[i].worth > p.list[at].worth) {
			at = i
		}
	}
	return at
}

// remove takes a candidate out.
func (p *pool) remove(at int) {
	p.n--
	p.list[at] = p.list[p.n]
}
