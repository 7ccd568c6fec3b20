package stream

import "container/heap"

// formers are what records of a tree were that changed before a walk in the order of IDs came to them.
type formers[T any] struct {
	begun bool
	at    ID        // the walk has come up to here
	known map[ID]*T // nil: there was no such record
	order ids
}

// needs reports whether what a record is now is what it was, and was not written.
func (f *formers[T]) needs(id ID) bool {
	if f.begun && !f.at.Less(id) {
		return false
	}
	_, known := f.known[id]
	return !known
}

// keep notes what a record was, nil: there was none.
func (f *formers[T]) keep(id ID, was *T) {
	if f.known == nil {
		f.known = map[ID]*T{}
	}
	if f.known[id] = was; was != nil {
		heap.Push(&f.order, id)
	}
}

// next goes on to the record that was the next one, up to an ID: what it was, or where it still is what it was. t is nil when the tree is
// gone.
func (f *formers[T]) next(t *tree, end ID) (was *T, c cursor, ok bool) {
	if t != nil {
		from := ID{}
		if f.begun {
			if from, ok = f.at.Next(); !ok {
				return nil, cursor{}, false
			}
		}
		for c = t.from(from); c.page != 0; c = t.on(c) {
			id := t.id(c)
			if _, known := f.known[id]; !known || len(f.order) > 0 && !id.Less(f.order[0]) {
				break
			}
		}
		if c.page != 0 && end.Less(t.id(c)) {
			c = cursor{}
		}
	}
	switch {
	case len(f.order) > 0 && (c.page == 0 || !t.id(c).Less(f.order[0])):
		f.at = heap.Pop(&f.order).(ID)
		was, c = f.known[f.at], cursor{}
		delete(f.known, f.at)
	case c.page == 0:
		return nil, c, false
	default:
		f.at = t.id(c)
	}
	f.begun = true
	return was, c, true
}

// ids are a heap.
type ids []ID

func (x ids) Len() int           { return len(x) }
func (x ids) Less(i, j int) bool { return x[i].Less(x[j]) }
func (x ids) Swap(i, j int)      { x[i], x[j] = x[j], x[i] }
func (x *ids) Push(v any)        { *x = append(*x, v.(ID)) }
func (x *ids) Pop() any {
	last := len(*x) - 1
	v := (*x)[last]
	*x = (*x)[:last]
	return v
}
