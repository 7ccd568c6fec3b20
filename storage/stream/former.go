package stream

import "sigrun/internal/offheap"

// formers are what records of a tree were that changed before a walk in the order of IDs came to them. They are a tree, too, which
// grows, and is freed, page by page.
type formers struct {
	begun bool
	at    ID   // the walk has come up to here
	known tree // of record
}

// record is what is known of a former one: zero where there was none.
type record [3]uint64

const recordWords = len(record{})

// finding is what a walk has come to.
type finding uint8

const (
	foundNothing finding = iota
	foundLater           // what was made since, and is passed over
	foundFormer          // what was put aside
	foundPresent         // what is as it was
)

// needs reports whether what a record is now is what it was, and was not written.
func (f *formers) needs(id ID) bool {
	return (!f.begun || f.at.Less(id)) && f.known.find(id) == 0
}

// keep notes what a record was, of which that is needed.
func (f *formers) keep(m mem, id ID, was record) {
	f.known.words = uint16(recordWords)
	words, _ := f.known.insert(m, id)
	*offheap.At[record](words) = was
}

// next goes on to the next record up to an ID. t is nil when the tree is gone.
func (f *formers) next(m mem, t *tree, end ID) (was record, now offheap.Ref, what finding) {
	from := ID{}
	if f.begun {
		var ok bool
		if from, ok = f.at.Next(); !ok {
			return was, 0, foundNothing
		}
	}
	var c cursor
	if t != nil {
		if c = t.from(from); c.page != 0 && end.Less(t.id(c)) {
			c = cursor{}
		}
	}
	switch k := f.known.from(from); {
	case k.page != 0 && (c.page == 0 || !t.id(c).Less(f.known.id(k))):
		was, what = *offheap.At[record](f.known.at(k)), foundFormer
		f.at = f.known.id(k)
		f.known.remove(m, f.at)
		if was == (record{}) {
			what = foundLater
		}
	case c.page != 0:
		f.at, now, what = t.id(c), t.at(c), foundPresent
	default:
		return was, 0, foundNothing
	}
	f.begun = true
	return was, now, what
}

// finish ends the walk: nothing is needed any more.
func (f *formers) finish() { f.begun, f.at = true, MaxID }

// formerNames are objects by name, as a walk in the order of their names finds those that there were at the beginning: it passes over
// those that were made since, and comes to those that have gone when it is through with the others.
type formerNames[T any] struct {
	left  int // that are to come
	begun bool
	at    []byte // the walk has come up to here
	known map[offheap.Ref]*T
	later int // of those known: that were made since, nil
	gone  map[int]*T
	going int // number of the next one that goes
	next  int // number of the next one of gone
}

// of is what is known of an object, which note finds out; nil: nothing is needed of it.
func (x *formerNames[T]) of(r offheap.Ref, note func(r offheap.Ref) *T) *T {
	was, known := x.known[r]
	if !known && x.ahead(r) {
		was = note(r)
		x.enter(r, was)
	}
	return was
}

func (x *formerNames[T]) enter(r offheap.Ref, was *T) {
	if x.known == nil {
		x.known = map[offheap.Ref]*T{}
	}
	x.known[r] = was
}

// ahead reports whether the walk has not come to an object.
func (x *formerNames[T]) ahead(r offheap.Ref) bool {
	return x.left > 0 && (!x.begun || string(x.at) < string(nameOf(r)))
}

// born is told of an object that was made.
func (x *formerNames[T]) born(r offheap.Ref) {
	if x.ahead(r) {
		x.enter(r, nil)
		x.later++
	}
}

// goes is told of an object that goes, and of which all that is needed is known.
func (x *formerNames[T]) goes(r offheap.Ref) (was *T) {
	was, known := x.known[r]
	switch {
	case known && was == nil:
		x.later--
	case known && x.ahead(r):
		if x.gone == nil {
			x.gone = map[int]*T{}
		}
		x.gone[x.going] = was
		x.going++
	}
	delete(x.known, r)
	return was
}

// step goes on to the next object; of is nil when they are gone.
func (x *formerNames[T]) step(of *names, note func(r offheap.Ref) *T) (was *T, what finding) {
	if of != nil {
		if i := x.place(of); i < int(of.n) {
			r := of.at(i)
			was = x.of(r, note)
			x.begun, x.at = true, append(x.at[:0], nameOf(r)...)
			if was == nil {
				x.later--
				delete(x.known, r)
				return nil, foundLater
			}
			return was, foundPresent
		}
	}
	if x.next == x.going {
		return nil, foundNothing
	}
	was = x.gone[x.next]
	delete(x.gone, x.next)
	x.next++
	return was, foundFormer
}

// place is that of the next name.
func (x *formerNames[T]) place(of *names) int {
	if !x.begun {
		return 0
	}
	i, found := of.search(x.at)
	if found {
		i++
	}
	return i
}

// written is called when an object was, which is at r unless it has gone.
func (x *formerNames[T]) written(r offheap.Ref) {
	x.left--
	if r != 0 {
		delete(x.known, r)
	}
}
