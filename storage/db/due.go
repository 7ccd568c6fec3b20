package db

import (
	"sigrun/internal/offheap"
	"sigrun/storage/vset"
)

// A Part knows which of its values have elements that expire (the fields of hashes), by the
// time at which the first of them does. That time is an early one: it is noted again when
// it has come, or when an earlier one comes about. The mark of a value's own index holds
// the noted time plus one, 0 while the value is not listed.

// elements is the index of the elements of e that expire, nil when there are none and
// never were.
func (p *Part) elements(e Entry) *vset.Set {
	if e.Encoding() != Own {
		return nil
	}
	if of := p.ops(e).Volatile; of != nil {
		return of(e.Value())
	}
	return nil
}

// Track notes when the first element of e expires. It is to be called when elements of a
// value in the table came, went, or got another time; values that come and go are noted.
func (p *Part) Track(e Entry) {
	s := p.elements(e)
	if s == nil {
		return
	}
	at, _, some := s.First()
	if noted := *s.Mark(); noted == 0 && !some || noted != 0 && some && noted-1 <= at {
		return
	}
	p.untrack(e)
	p.track(e)
}

// Retrack is Track for a value whose noted time has come.
func (p *Part) Retrack(e Entry) {
	p.untrack(e)
	p.track(e)
}

// track lists a value that is not listed.
func (p *Part) track(e Entry) {
	s := p.elements(e)
	if s == nil {
		return
	}
	if at, _, some := s.First(); some {
		held := p.arena().Used()
		p.due.Add(p.arena(), at, offheap.Ref(e))
		*s.Mark() = at + 1
		p.dueTallied(held)
	}
}

// untrack takes a value off the list, if it is there.
func (p *Part) untrack(e Entry) {
	s := p.elements(e)
	if s == nil || *s.Mark() == 0 {
		return
	}
	held := p.arena().Used()
	p.due.Remove(p.arena(), *s.Mark()-1, offheap.Ref(e))
	*s.Mark() = 0
	p.dueTallied(held)
}

func (p *Part) dueTallied(held int64) {
	p.used += p.arena().Used() - held
	p.tracked.Set(uint64(p.Tracked()))
}

// Tracked is the number of keys whose values have elements that expire.
func (p *Part) Tracked() int { return p.due.Len() }

// FirstDue is a value of which an element may be due at now, 0 when there is none.
func (p *Part) FirstDue(now int64) Entry {
	if at, ref, some := p.due.First(); some && at <= now {
		return Entry(ref)
	}
	return 0
}
