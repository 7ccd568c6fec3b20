package zset

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/zset"
)

// zrandmember implements ZRANDMEMBER key [count [WITHSCORES]].
func zrandmember(c *exec.Ctx) error {
	if len(c.Args) == 2 {
		return randomOne(c)
	}
	n, ok := num.ParseInt(c.Args[2])
	scores := len(c.Args) == 4
	switch {
	case !ok:
		return resp.ErrNotInteger
	case n == math.MinInt64:
		return errRandomNumber
	case len(c.Args) > 4 || scores && !exec.Is(c.Args[3], "WITHSCORES"):
		return resp.ErrSyntax
	case scores && (n < -math.MaxInt64/2 || n > math.MaxInt64/2):
		return resp.ErrValueRange
	}
	var t typed.ZSet
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	if t.Set == nil || n == 0 {
		c.Out.Array(0)
		return nil
	}
	d := draw{c: c, set: t.Set, scores: scores, nested: scores && c.Out.Proto == 3}
	if n < 0 {
		return d.repeated(-n)
	}
	return d.distinct(int(min(n, int64(t.Set.Len()))))
}

func randomOne(c *exec.Ctx) error {
	var t typed.ZSet
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	if t.Set == nil {
		c.Out.Null()
		return nil
	}
	it := t.Set.From(c.Rand().Intn(t.Set.Len()))
	it.Next()
	c.Out.Bulk(it.Name())
	return nil
}

// draw replies members that it chooses, all with the same chance.
type draw struct {
	c              *exec.Ctx
	set            *zset.Set
	scores, nested bool
}

func (d *draw) header(n int64) {
	if d.scores && !d.nested {
		n *= 2
	}
	d.c.Out.Array(int(n))
}

func (d *draw) take(it *zset.Iter) {
	if d.nested {
		d.c.Out.Array(2)
	}
	d.c.Out.Bulk(it.Name())
	if d.scores {
		d.c.Out.Double(it.Score())
	}
}

// repeated replies n members, each drawn from all.
func (d *draw) repeated(n int64) error {
	if err := d.c.Lasts(int(n)); err != nil {
		return err
	}
	d.header(n)
	for ; n > 0 && !d.c.Out.Full(); n-- {
		it := d.set.From(d.c.Rand().Intn(d.set.Len()))
		it.Next()
		d.take(&it)
	}
	return nil
}

// sparse is how many times more members there must be than are drawn for looking each up
// to be less work than passing over the others.
const sparse = 8

// distinct replies n different members.
func (d *draw) distinct(n int) error {
	size := d.set.Len()
	if n*sparse < size && n > 0 {
		return d.drawn(n)
	}
	if err := d.c.Lasts(size); err != nil {
		return err
	}
	d.header(int64(n))
	r := d.c.Rand()
	for it := d.set.From(0); n > 0 && it.Next(); size-- {
		if r.Intn(size) < n { // n are still to be drawn of size that are left
			d.take(&it)
			n--
		}
	}
	return nil
}

// drawn replies n different members, few of many: of the first j of their positions each
// set of n is as likely as any other, for every j from size-n on (Floyd's way).
func (d *draw) drawn(n int) error {
	if err := d.c.Lasts(n); err != nil {
		return err
	}
	d.header(int64(n))
	size := d.set.Len()
	seen := make(map[int]struct{}, n)
	for j := size - n; j < size; j++ {
		at := d.c.Rand().Intn(j + 1)
		if _, twice := seen[at]; twice {
			at = j
		}
		seen[at] = struct{}{}
		it := d.set.From(at)
		it.Next()
		d.take(&it)
	}
	return nil
}
