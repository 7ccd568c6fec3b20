package zset

import (
	"math"
	"slices"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/value"
	"sigrun/storage/zset"
)

// operation is what ZUNION and its kin make of several sets.
type operation uint8

const (
	union operation = iota
	inter
	diff
)

var operationEvents = [...]string{union: "zunionstore", inter: "zinterstore", diff: "zdiffstore"}

// combination is one such command.
type combination struct {
	operation
	name     string
	store    bool // into the key at argument 1
	counting bool // only how many there would be, up to limit
	limit    int64
	scores   bool
	total    aggregate
	sources  []typed.ZSource
}

// aggregate is what becomes of the scores of a member of several sets.
type aggregate uint8

const (
	sum aggregate = iota
	least
	greatest
)

// zunion implements ZUNION numkeys key [key ...] [WEIGHTS weight [weight ...]]
// [AGGREGATE SUM|MIN|MAX] [WITHSCORES]; the others are alike.
func zunion(c *exec.Ctx) error { return (&combination{operation: union, name: "zunion"}).run(c) }

func zinter(c *exec.Ctx) error { return (&combination{operation: inter, name: "zinter"}).run(c) }

func zdiff(c *exec.Ctx) error { return (&combination{operation: diff, name: "zdiff"}).run(c) }

// zunionstore implements ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight
// [weight ...]] [AGGREGATE SUM|MIN|MAX]; the others are alike.
func zunionstore(c *exec.Ctx) error {
	return (&combination{operation: union, name: "zunionstore", store: true}).run(c)
}

func zinterstore(c *exec.Ctx) error {
	return (&combination{operation: inter, name: "zinterstore", store: true}).run(c)
}

func zdiffstore(c *exec.Ctx) error {
	return (&combination{operation: diff, name: "zdiffstore", store: true}).run(c)
}

// zintercard implements ZINTERCARD numkeys key [key ...] [LIMIT limit].
func zintercard(c *exec.Ctx) error {
	return (&combination{operation: inter, name: "zintercard", counting: true}).run(c)
}

func (o *combination) run(c *exec.Ctx) error {
	at := 1
	if o.store {
		at = 2
	}
	n, ok := num.ParseInt(c.Args[at])
	switch {
	case !ok:
		return resp.ErrNotInteger
	case n < 1:
		return resp.Errorf("ERR at least 1 input key is needed for '%s' command", o.name)
	case n > int64(len(c.Args)-at-1):
		return resp.ErrSyntax
	}
	if err := o.find(c); err != nil {
		return err
	}
	if err := o.parse(c.Args[at+1+int(n):]); err != nil {
		return err
	}
	if err := c.Lasts(o.work()); err != nil {
		return err
	}
	if o.operation != diff {
		slices.SortStableFunc(o.sources, func(a, b typed.ZSource) int { return a.Len() - b.Len() })
	}
	switch {
	case o.counting:
		c.Out.Int(o.count())
	case o.store:
		dst := typed.DestinationZSet(c, 1)
		s := o.make(dst.Allocator, dst.Limits)
		n := s.Len()
		dst.Replace(c, s, operationEvents[o.operation])
		c.Out.Int(int64(n))
	default:
		alloc := c.Allocator(&c.Keys()[0])
		s := o.make(alloc, zset.Limits{})
		o.reply(c, &s)
		s.Free(alloc)
	}
	return nil
}

// find looks the sources up.
func (o *combination) find(c *exec.Ctx) error {
	keys := c.Keys()
	if o.store {
		keys = keys[1:]
	}
	o.sources = make([]typed.ZSource, len(keys))
	for i := range keys {
		var err error
		if o.sources[i], err = typed.ReadZSource(c, &keys[i]); err != nil {
			return err
		}
	}
	return nil
}

// parse reads the options.
func (o *combination) parse(words [][]byte) error {
	for i := 0; i < len(words); i++ {
		left := len(words) - i
		switch w := words[i]; {
		case o.mayWeigh() && left > len(o.sources) && exec.Is(w, "WEIGHTS"):
			for j := range o.sources {
				i++
				var ok bool
				if o.sources[j].Weight, ok = num.ParseDouble(words[i]); !ok {
					return errWeight
				}
			}
		case o.mayWeigh() && left >= 2 && exec.Is(w, "AGGREGATE"):
			i++
			if !o.aggregateBy(words[i]) {
				return resp.ErrSyntax
			}
		case !o.store && !o.counting && exec.Is(w, "WITHSCORES"):
			o.scores = true
		case o.counting && left >= 2 && exec.Is(w, "LIMIT"):
			i++
			var ok bool
			if o.limit, ok = num.ParseInt(words[i]); !ok || o.limit < 0 {
				return errLimitBelow0
			}
		default:
			return resp.ErrSyntax
		}
	}
	return nil
}

func (o *combination) mayWeigh() bool { return o.operation != diff && !o.counting }

func (o *combination) aggregateBy(word []byte) bool {
	switch {
	case exec.Is(word, "SUM"):
		o.total = sum
	case exec.Is(word, "MIN"):
		o.total = least
	case exec.Is(word, "MAX"):
		o.total = greatest
	default:
		return false
	}
	return true
}

// work is about how many members are looked at.
func (o *combination) work() (n int) {
	switch o.operation {
	case union:
		for i := range o.sources {
			n += o.sources[i].Len()
		}
	case inter:
		n = o.sources[0].Len()
		for i := range o.sources {
			n = min(n, o.sources[i].Len())
		}
		n *= len(o.sources)
	case diff:
		n = o.sources[0].Len() * len(o.sources)
	}
	return n
}

// make makes the result of memory of a Allocator.
func (o *combination) make(h *value.Allocator, l zset.Limits) (s zset.Set) {
	s.Draft(h)
	switch o.operation {
	case union:
		for i := range o.sources {
			o.unite(h, &s, &o.sources[i])
		}
	case inter:
		o.common(func(name []byte, score float64) bool {
			f := s.Find(h, name)
			s.Insert(h, l, &f, name, score)
			return true
		})
	case diff:
		o.sources[0].Each(func(name []byte, score float64) bool {
			for i := range o.sources[1:] {
				if _, there := o.sources[i+1].Score(name); there {
					return true
				}
			}
			f := s.Find(h, name)
			s.Insert(h, l, &f, name, score)
			return true
		})
	}
	s.Finish(h, l)
	return s
}

func (o *combination) unite(h *value.Allocator, s *zset.Set, from *typed.ZSource) {
	from.Each(func(name []byte, score float64) bool {
		score = number(score * from.Weight)
		f := s.Find(h, name)
		if f.Exists() {
			s.Change(h, &f, name, o.total.of(f.Score, score))
		} else {
			s.Insert(h, zset.Limits{}, &f, name, score)
		}
		return true
	})
}

// common calls fn for the members that all sources have.
func (o *combination) common(fn func(name []byte, score float64) bool) {
	first := &o.sources[0]
	first.Each(func(name []byte, score float64) bool {
		total := number(score * first.Weight)
		for i := range o.sources[1:] {
			s := &o.sources[i+1]
			score, there := s.Score(name)
			if !there {
				return true
			}
			total = o.total.of(total, score*s.Weight)
		}
		return fn(name, total)
	})
}

func (o *combination) count() (n int64) {
	o.common(func([]byte, float64) bool {
		n++
		return n != o.limit
	})
	return n
}

// of joins two scores.
func (a aggregate) of(x, y float64) float64 {
	switch {
	case a == sum:
		return number(x + y)
	case a == least && y < x, a == greatest && y > x:
		return y
	}
	return x
}

// number makes 0 of what is none, as of an infinity less another.
func number(d float64) float64 {
	if math.IsNaN(d) {
		return 0
	}
	return d
}

func (o *combination) reply(c *exec.Ctx, s *zset.Set) {
	n, nested := s.Len(), o.scores && c.Out.Proto == 3
	if o.scores && !nested {
		n *= 2
	}
	c.Out.Array(n)
	for it := s.From(0); it.Next(); {
		if nested {
			c.Out.Array(2)
		}
		c.Out.Bulk(it.Name())
		if o.scores {
			c.Out.Double(it.Score())
		}
	}
}
