package quicklist

import (
	"bytes"

	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
)

// Needle is an element that is looked for: what compares it with entries is worked out
// once.
type Needle struct {
	text  []byte
	n     int64
	isInt bool
}

// NeedleOf is the Needle for v, which it refers to.
func NeedleOf(v []byte) (d Needle) {
	d.text = v
	d.n, d.isInt = num.ParseInt(v)
	return d
}

// Is tells whether the present element is the one looked for.
func (it *Iter) Is(d *Needle) bool { return d.is(&it.view, it.offset) }

// is compares the element at an offset.
func (d *Needle) is(in *view, offset uint32) bool {
	b := in.b[offset:]
	if in.plain {
		return bytes.Equal(b, d.text)
	}
	v := listpack.Get(b)
	if v.IsInt {
		return d.isInt && v.Int == d.n
	}
	return bytes.Equal(v.Str, d.text)
}

// RemoveEqual takes away the elements equal to d, up to limit of them, the first ones or,
// backwards, the last ones. It gives their number. What remains of a node moves once.
func (l *List) RemoveEqual(a *offheap.Arena, m Limit, d *Needle, limit int, backwards bool) (removed int) {
	r := l.head
	if backwards {
		r = l.tail
	}
	for r != 0 && removed < limit {
		was := at(r).kind & folded
		r = l.unfold(a, r)
		n := at(r)
		next, gone := n.next, 0
		if backwards {
			next = n.prev
			gone = sweepBack(l, a, r, d, limit-removed)
		} else {
			gone = sweep(l, a, r, d, limit-removed)
		}
		removed += gone
		l.count -= uint64(gone)
		if n.count -= uint16(gone); n.count == 0 {
			l.discard(a, r)
		} else {
			l.cleared(a, r, was)
		}
		r = next
	}
	l.tend(a, m)
	return removed
}

// sweep moves the elements of a node forward over those equal to d, the first limit of
// them. Counts are the caller's.
func sweep(l *List, a *offheap.Arena, r offheap.Ref, d *Needle, limit int) (gone int) {
	n := at(r)
	v := n.view(r)
	b, to := v.b, n.first
	for from := n.first; from != n.last; {
		next := v.after(from)
		switch {
		case gone == limit:
			next = n.last
			to += uint32(copy(b[to:], b[from:next]))
		case d.is(&v, from):
			if gone == 0 { // so far nothing has moved
				changing(l, a, r)
			}
			gone++
		case from == to:
			to = next
		default:
			to += uint32(copy(b[to:], b[from:next]))
		}
		from = next
	}
	n.last = to
	return gone
}

// sweepBack is sweep from the other end.
func sweepBack(l *List, a *offheap.Arena, r offheap.Ref, d *Needle, limit int) (gone int) {
	n := at(r)
	v := n.view(r)
	b, to := v.b, n.last
	for from := n.last; from != n.first; {
		next := v.before(from)
		switch {
		case gone == limit:
			next = n.first
			to -= from - next
			copy(b[to:], b[next:from])
		case d.is(&v, next):
			if gone == 0 {
				changing(l, a, r)
			}
			gone++
		case from == to:
			to = next
		default:
			to -= from - next
			copy(b[to:], b[next:from])
		}
		from = next
	}
	n.first = to
	return gone
}
