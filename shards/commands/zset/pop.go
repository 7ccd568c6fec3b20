package zset

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/db"
)

// zpopmin implements ZPOPMIN key [count].
func zpopmin(c *exec.Ctx) error { return pop(c, false) }

// zpopmax implements ZPOPMAX key [count].
func zpopmax(c *exec.Ctx) error { return pop(c, true) }

func pop(c *exec.Ctx, high bool) error {
	if len(c.Args) > 3 {
		return resp.ErrSyntax
	}
	counted, n := len(c.Args) == 3, int64(1)
	if counted {
		var ok bool
		if n, ok = num.ParseInt(c.Args[2]); !ok || n < 0 {
			return resp.ErrNotPositive
		}
	}
	var t typed.ZSet
	err := t.Write(c, 1)
	if err != nil {
		return err
	}
	if t.Set == nil || n == 0 {
		c.Out.Array(0)
		return nil
	}
	k := int(min(n, int64(t.Set.Len())))
	if err := c.Lasts(k); err != nil {
		return err
	}
	nested := counted && c.Out.Proto == 3
	if nested {
		c.Out.Array(k)
	} else {
		c.Out.Array(2 * k)
	}
	replyTaken(c, &t, k, high, nested)
	return nil
}

// replyTaken moves n members, which are there, from one end of t to the reply, each as an
// array of its own or not.
func replyTaken(c *exec.Ctx, t *typed.ZSet, n int, high, nested bool) {
	q := query{down: high}
	left := n
	for it := q.walk(t.Set, 0); left > 0 && it.Next(); left-- {
		if nested {
			c.Out.Array(2)
		}
		c.Out.Bulk(it.Name())
		c.Out.Double(it.Score())
	}
	event := "zpopmin"
	if high {
		event = "zpopmax"
	}
	size := t.Set.Len()
	if n < size {
		from := 0
		if high {
			from = size - n
		}
		t.Set.RemoveRange(t.Allocator, from, n)
	}
	c.Touched(t.Key, event)
	c.Several(n)
	c.RemoveEmpty(&t.Target, size-n)
}

// popName is the command that does at once what a client waited for.
func popName(high bool) []byte {
	if high {
		return []byte("ZPOPMAX")
	}
	return []byte("ZPOPMIN")
}

// bzpopmin implements BZPOPMIN key [key ...] timeout.
func bzpopmin(c *exec.Ctx) error { return waitPop(c, false) }

// bzpopmax implements BZPOPMAX key [key ...] timeout.
func bzpopmax(c *exec.Ctx) error { return waitPop(c, true) }

func waitPop(c *exec.Ctx, high bool) error {
	last := len(c.Args) - 2
	deadline, err := c.Timeout(last + 1)
	if err != nil {
		return err
	}
	for i := 1; i <= last; i++ {
		var t typed.ZSet
		err := t.Write(c, i)
		if err != nil {
			return err
		}
		if t.Set == nil {
			continue
		}
		c.Out.Array(3)
		c.Out.Bulk(t.Key.Name)
		if c.Recording() {
			c.Rewrite(popName(high), t.Key.Name)
		}
		replyTaken(c, &t, 1, high, false)
		return nil
	}
	if !c.MayWait() {
		c.Out.NullArray()
		return nil
	}
	return c.Wait(db.ZSet, 1, last, deadline, false)
}

// choice is what ZMPOP takes: count members from one end of the first sorted set that has
// some, of those at arguments first to last.
type choice struct {
	first, last int
	count       int64
	high        bool
}

// zmpop implements ZMPOP numkeys key [key ...] MIN|MAX [COUNT count].
func zmpop(c *exec.Ctx) error {
	p, err := parseChoice(c.Args, 1)
	if err != nil {
		return err
	}
	if done, err := p.take(c); done || err != nil {
		return err
	}
	c.Out.NullArray()
	return nil
}

// bzmpop implements BZMPOP timeout numkeys key [key ...] MIN|MAX [COUNT count].
func bzmpop(c *exec.Ctx) error {
	p, err := parseChoice(c.Args, 2)
	if err != nil {
		return err
	}
	deadline, err := c.Timeout(1)
	if err != nil {
		return err
	}
	if done, err := p.take(c); done || err != nil {
		return err
	}
	if !c.MayWait() {
		c.Out.NullArray()
		return nil
	}
	return c.Wait(db.ZSet, p.first, p.last, deadline, false)
}

// parseChoice reads the arguments from the number of keys on.
func parseChoice(args [][]byte, at int) (p choice, err error) {
	n, ok := num.ParseInt(args[at])
	if !ok || n < 1 {
		return p, resp.ErrNumKeys
	}
	if n >= int64(len(args)-at-1) { // the end is missing
		return p, resp.ErrSyntax
	}
	p = choice{first: at + 1, last: at + int(n), count: 1}
	switch end := args[p.last+1]; {
	case exec.Is(end, "MAX"):
		p.high = true
	case !exec.Is(end, "MIN"):
		return p, resp.ErrSyntax
	}
	switch rest := args[p.last+2:]; {
	case len(rest) == 0:
		return p, nil
	case len(rest) < 2 || !exec.Is(rest[0], "COUNT"):
		return p, resp.ErrSyntax
	default:
		if p.count, ok = num.ParseInt(rest[1]); !ok || p.count < 1 {
			return p, resp.ErrCountPositive
		}
		if len(rest) > 2 {
			return p, resp.ErrSyntax
		}
	}
	return p, nil
}

// take takes what there is and replies it; done is false when no sorted set has anything.
func (p *choice) take(c *exec.Ctx) (done bool, err error) {
	for i := p.first; i <= p.last; i++ {
		var t typed.ZSet
		err := t.Write(c, i)
		if err != nil {
			return false, err
		}
		if t.Set == nil {
			continue
		}
		n := int(min(p.count, int64(t.Set.Len()), math.MaxInt32))
		c.Out.Array(2)
		c.Out.Bulk(t.Key.Name)
		c.Out.Array(n)
		if c.Recording() {
			c.Rewrite(popName(p.high), t.Key.Name, num.AppendInt(nil, int64(n)))
		}
		replyTaken(c, &t, n, p.high, true)
		return true, nil
	}
	return false, nil
}
