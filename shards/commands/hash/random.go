package hash

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/listpack"
)

// hrandfield implements HRANDFIELD key [count [WITHVALUES]]: count different fields, or
// with a negative count so many of which some may be the same.
func hrandfield(c *exec.Ctx) error {
	if len(c.Args) > 2 {
		return hrandfieldCount(c)
	}
	var t typed.Hash
	err := t.Read(c)
	if err != nil {
		return err
	}
	if t.Hash != nil {
		if field, _, some := t.Hash.Random(c.Rand(), c.Until()); some {
			c.Value(field)
			return nil
		}
	}
	c.Out.Null()
	return nil
}

func hrandfieldCount(c *exec.Ctx) error {
	count, ok := num.ParseInt(c.Args[2])
	values := len(c.Args) > 3
	switch {
	case !ok:
		return resp.ErrNotInteger
	case count == math.MinInt64:
		return resp.ErrCountRange
	case len(c.Args) > 4 || values && !exec.Is(c.Args[3], "WITHVALUES"):
		return resp.ErrSyntax
	case values && (count < -math.MaxInt64/2 || count > math.MaxInt64/2):
		return resp.ErrValueRange
	}
	var t typed.Hash
	err := t.Read(c)
	if err != nil {
		return err
	}
	live := 0
	if t.Hash != nil {
		live = t.Hash.Live(c.Until())
	}
	if live == 0 || count == 0 {
		c.Out.Array(0)
		return nil
	}
	if count > 0 {
		count = min(count, int64(live))
	}
	n := int(max(count, -count))
	if err := c.Lasts(n + t.Hash.Len() - live); err != nil { // these may have to be passed over
		return err
	}
	w := pairs{c: c, values: values}
	w.open(n)
	if count > 0 {
		t.Hash.Sample(c.Rand(), n, c.Until(), w.write)
		return nil
	}
	for ; n > 0 && !c.Out.Full(); n-- {
		field, v, _ := t.Hash.Random(c.Rand(), c.Until())
		w.write(field, v)
	}
	return nil
}

// pairs writes fields, with their values or without.
type pairs struct {
	c      *exec.Ctx
	values bool
}

func (w *pairs) open(n int) {
	if w.values && w.c.Out.Proto < 3 {
		n *= 2
	}
	w.c.Out.Array(n)
}

func (w *pairs) write(field, v listpack.Value) {
	if w.values && w.c.Out.Proto == 3 {
		w.c.Out.Array(2)
	}
	w.c.Value(field)
	if w.values {
		w.c.Value(v)
	}
}
