package sorting

import (
	"bytes"
	"cmp"
	"slices"

	"sigrun/internal/locale"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/db"
	"sigrun/storage/listpack"
	"sigrun/storage/quicklist"
	"sigrun/storage/set"
	"sigrun/storage/zset"
)

var errNotNumber = &resp.Error{Text: "ERR One or more scores can't be converted into double"}

// sort implements SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern
// ...]] [ASC|DESC] [ALPHA] [STORE destination].
func sort(c *exec.Ctx) error { return (&sorter{c: c}).run() }

// sortRO implements SORT_RO, which has no STORE.
func sortRO(c *exec.Ctx) error { return (&sorter{c: c, options: options{fixed: true}}).run() }

// sorter is one SORT. Elements and what they are compared by are copied: looking keys up
// may change what views refer to.
type sorter struct {
	options
	c     *exec.Ctx
	text  []byte // of all elements and weights
	items []item
	name  []byte // scratch: of a key

	number [20]byte // scratch: of a string that is one
}

// item is an element. It holds no pointers: the garbage collector need not look at it.
type item struct {
	element, weight span
	score           float64
}

// span is a part of a sorter's text; from is -1 for what does not exist.
type span struct{ from, to int }

func (s *sorter) bytes(p span) []byte { return s.text[p.from:p.to] }

func (s *sorter) keep(v []byte) span {
	from := len(s.text)
	s.text = append(s.text, v...)
	return span{from, len(s.text)}
}

func (s *sorter) run() error {
	s.locked, s.split = !s.c.MayReadAll(), s.c.InCluster()
	if err := s.parse(s.c.Args); err != nil {
		return err
	}
	t := s.c.Look(s.c.Key(1), exec.Asks, exec.Told)
	if t.E != 0 {
		s.c.Accessed(t.E)
		if err := s.read(&t); err != nil {
			return err
		}
	}
	if !s.unsort {
		if err := s.weigh(); err != nil {
			return err
		}
		slices.SortStableFunc(s.items, s.compare)
	}
	if s.store != 0 {
		return s.storeIn()
	}
	s.reply()
	return nil
}

// read reads the elements. Those of a set that need no order get one all the same when
// somebody depends on it: who stores the result, or a script.
func (s *sorter) read(t *exec.Target) error {
	switch t.E.Type() {
	case db.List:
		l := offheap.At[quicklist.List](t.E.Value())
		return s.readList(l)
	case db.ZSet:
		return s.readSorted(offheap.At[zset.Set](t.E.Value()))
	case db.Set:
		if s.unsort && (s.store != 0 || s.c.InScript()) {
			s.unsort, s.alpha, s.by = false, true, nil
		}
		return s.readSet(offheap.At[set.Set](t.E.Value()), t)
	}
	return resp.ErrWrongType
}

func (s *sorter) readList(l *quicklist.List) error {
	from, to := s.wanted(l.Len())
	if err := s.c.Lasts(to - from); err != nil {
		return err
	}
	it := l.From(from)
	if s.unsort && s.desc {
		it = l.BackFrom(l.Len() - 1 - from)
	}
	for ; from < to && it.Next(); from++ {
		s.items = append(s.items, item{element: s.keep(it.Value())})
	}
	return nil
}

func (s *sorter) readSorted(z *zset.Set) error {
	from, to := s.wanted(z.Len())
	if err := s.c.Lasts(to - from); err != nil {
		return err
	}
	it := z.From(from)
	if s.unsort && s.desc {
		it = z.BackFrom(z.Len() - 1 - from)
	}
	for ; from < to && it.Next(); from++ {
		s.items = append(s.items, item{element: s.keep(it.Name())})
	}
	return nil
}

func (s *sorter) readSet(m *set.Set, t *exec.Target) error {
	from, to := s.wanted(m.Len())
	if from >= to {
		return nil
	}
	if err := s.c.Lasts(to); err != nil {
		return err
	}
	alloc, i := s.c.Allocator(t.Key), 0
	m.Each(func(v listpack.Value) bool {
		if i >= from {
			s.items = append(s.items, item{element: s.keep(alloc.Text(v))})
		}
		i++
		return i < to
	})
	return nil
}

// wanted is which elements of a value are read: all, unless they are in order already. The
// limits are used up then.
func (s *sorter) wanted(n int) (from, to int) {
	if !s.unsort {
		return 0, n
	}
	from, to = s.span(n)
	s.skip, s.most = 0, -1
	return from, to
}

// weigh finds what the elements are compared by.
func (s *sorter) weigh() error {
	keys := s.collation()
	for i := range s.items {
		p := &s.items[i]
		p.weight = p.element
		if s.by != nil {
			p.weight = span{from: -1}
			if v, ok := s.look(s.by, s.bytes(p.element)); ok {
				p.weight = s.keep(v)
			}
		}
		if s.alpha && s.store == 0 && p.weight.from >= 0 {
			p.weight = s.collated(p.weight)
			if keys != nil {
				p.weight = s.keep(keys.Of(s.bytes(p.weight)))
			}
		}
		if !s.alpha && p.weight.from >= 0 {
			var ok bool
			if p.score, ok = num.ParseNormal(s.bytes(p.weight)); !ok {
				return errNotNumber
			}
		}
	}
	return nil
}

// compare puts two elements in order. Equal scores leave it to the elements themselves;
// what has no weight comes first.
func (s *sorter) compare(a, b item) (order int) {
	switch {
	case !s.alpha:
		if order = cmp.Compare(a.score, b.score); order == 0 {
			order = bytes.Compare(s.bytes(a.element), s.bytes(b.element))
		}
	case a.weight.from < 0 || b.weight.from < 0:
		order = cmp.Compare(min(a.weight.from, 0), min(b.weight.from, 0))
	default:
		order = bytes.Compare(s.bytes(a.weight), s.bytes(b.weight))
	}
	if s.desc {
		return -order
	}
	return order
}

// collation is what makes texts comparable in the order of locale-collate; nil where bytes count. What is
// stored has to be the same wherever the command runs.
func (s *sorter) collation() *locale.Keys {
	if l := s.c.Engine().Settings.Collate.Load(); l != nil && s.alpha && s.store == 0 {
		return l.Keys()
	}
	return nil
}

// collated is what counts of a text that is not stored: what C's strcoll sees, which ends at a zero byte.
func (s *sorter) collated(p span) span {
	if at := bytes.IndexByte(s.bytes(p), 0); at >= 0 {
		p.to = p.from + at
	}
	return p
}

// look finds what a pattern makes of an element: a view.
func (s *sorter) look(p *pattern, element []byte) (v []byte, ok bool) {
	if p.self {
		return element, true
	}
	if p.plain {
		return nil, false
	}
	s.name = append(append(append(s.name[:0], p.before...), element...), p.after...)
	if p.field != nil {
		return typed.FieldNamed(s.c, s.name, p.field)
	}
	e := s.c.Look(s.c.KeyNamed(s.name), exec.Reads, exec.Told).E
	if e == 0 || e.Type() != db.String {
		return nil, false
	}
	return e.String(&s.number), true
}
