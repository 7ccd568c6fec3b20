package list

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/db"
)

// choice is what LMPOP takes: count elements from one end of the first list that has
// some, of those at arguments first to last.
type choice struct {
	first, last int
	count       int64
	front       bool
}

// lmpop implements LMPOP numkeys key [key ...] LEFT|RIGHT [COUNT count].
func lmpop(c *exec.Ctx) error {
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

// blmpop implements BLMPOP timeout numkeys key [key ...] LEFT|RIGHT [COUNT count].
func blmpop(c *exec.Ctx) error {
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
	return c.Wait(db.List, p.first, p.last, deadline, false)
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
	if p.front, ok = parseEnd(args[p.last+1]); !ok {
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

// take takes what there is and replies it; done is false when no list has anything.
func (p *choice) take(c *exec.Ctx) (done bool, err error) {
	for i := p.first; i <= p.last; i++ {
		var t typed.List
		err := t.Write(c, i)
		if err != nil {
			return false, err
		}
		if t.List == nil {
			continue
		}
		n := int(min(p.count, int64(t.List.Len()), math.MaxInt32))
		c.Out.Array(2)
		c.Out.Bulk(t.Key.Name)
		c.Out.Array(n)
		replyTaken(c, &t, n, p.front)
		if c.Recording() {
			c.Rewrite(popName(p.front), t.Key.Name, num.AppendInt(nil, int64(n)))
		}
		taken(c, &t, p.front, n)
		return true, nil
	}
	return false, nil
}
