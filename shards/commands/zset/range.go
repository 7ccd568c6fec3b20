package zset

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/zset"
)

// query is what the commands of the family of ZRANGE ask for.
type query struct {
	interval
	down       bool
	fixed      bool // the command's name says by what and in which direction
	scores     bool
	store      bool
	limited    bool
	skip, most int64 // of LIMIT; most is negative for all
	key        int   // argument of the source
}

// zrange implements ZRANGE key start stop [BYSCORE|BYLEX] [REV] [LIMIT offset count]
// [WITHSCORES].
func zrange(c *exec.Ctx) error { return (&query{key: 1}).run(c) }

// zrangestore implements ZRANGESTORE dst src min max [BYSCORE|BYLEX] [REV] [LIMIT offset
// count].
func zrangestore(c *exec.Ctx) error { return (&query{key: 2, store: true}).run(c) }

// zrevrange implements ZREVRANGE key start stop [WITHSCORES].
func zrevrange(c *exec.Ctx) error { return fixed(c, byRank, true) }

// zrangebyscore implements ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count].
func zrangebyscore(c *exec.Ctx) error { return fixed(c, byScore, false) }

// zrevrangebyscore implements ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count].
func zrevrangebyscore(c *exec.Ctx) error { return fixed(c, byScore, true) }

// zrangebylex implements ZRANGEBYLEX key min max [LIMIT offset count].
func zrangebylex(c *exec.Ctx) error { return fixed(c, byLex, false) }

// zrevrangebylex implements ZREVRANGEBYLEX key max min [LIMIT offset count].
func zrevrangebylex(c *exec.Ctx) error { return fixed(c, byLex, true) }

func fixed(c *exec.Ctx, kind by, down bool) error {
	return (&query{interval: interval{by: kind}, key: 1, down: down, fixed: true}).run(c)
}

func (q *query) run(c *exec.Ctx) error {
	if err := q.parse(c.Args); err != nil {
		return err
	}
	if q.store {
		return q.storeIn(c)
	}
	var t typed.ZSet
	err := t.Read(c, q.key)
	if err != nil {
		return err
	}
	from, n := q.choose(t.Set)
	if err := c.Lasts(n); err != nil {
		return err
	}
	nested := q.scores && c.Out.Proto == 3
	switch {
	case nested || !q.scores:
		c.Out.Array(n)
	default:
		c.Out.Array(2 * n)
	}
	if n == 0 {
		return nil
	}
	for it := q.walk(t.Set, from); n > 0 && it.Next(); n-- {
		if nested {
			c.Out.Array(2)
		}
		c.Out.Bulk(it.Name())
		if q.scores {
			c.Out.Double(it.Score())
		}
	}
	return nil
}

// storeIn puts what is asked for into the key at argument 1.
func (q *query) storeIn(c *exec.Ctx) error {
	var src typed.ZSet
	err := src.Read(c, q.key)
	if err != nil {
		return err
	}
	from, n := q.choose(src.Set)
	if err := c.Lasts(n); err != nil {
		return err
	}
	dst := typed.DestinationZSet(c, 1)
	var s zset.Set
	s.Init(dst.Allocator, !dst.Limits.Allow(n, 0))
	if n > 0 {
		left := n
		for it := q.walk(src.Set, from); left > 0 && it.Next(); left-- {
			f := s.Find(dst.Allocator, it.Name())
			s.Insert(dst.Allocator, dst.Limits, &f, it.Name(), it.Score())
		}
	}
	dst.Replace(c, s, "zrangestore")
	c.Out.Int(int64(n))
	return nil
}

// parse reads the options, then the ends of the range.
func (q *query) parse(args [][]byte) error {
	kind, down := false, false // said already
	for i := q.key + 3; i < len(args); i++ {
		switch w := args[i]; {
		case !q.store && exec.Is(w, "WITHSCORES"):
			q.scores = true
		case exec.Is(w, "LIMIT") && i+2 < len(args):
			var ok, fits bool
			q.skip, ok = num.ParseInt(args[i+1])
			q.most, fits = num.ParseInt(args[i+2])
			if !ok || !fits {
				return resp.ErrNotInteger
			}
			q.limited = true
			i += 2
		case !q.fixed && !down && exec.Is(w, "REV"):
			q.down, down = true, true
		case !q.fixed && !kind && exec.Is(w, "BYLEX"):
			q.by, kind = byLex, true
		case !q.fixed && !kind && exec.Is(w, "BYSCORE"):
			q.by, kind = byScore, true
		default:
			return resp.ErrSyntax
		}
	}
	switch {
	case q.limited && q.most != -1 && q.by == byRank:
		return errLimit
	case q.scores && q.by == byLex:
		return errWithScores
	}
	low, high := args[q.key+1], args[q.key+2]
	if q.down && q.by != byRank {
		low, high = high, low
	}
	return q.interval.parse(low, high)
}

// choose is where what is asked for begins, counted in its direction, and how many
// members it is.
func (q *query) choose(s *zset.Set) (from, n int) {
	if s == nil {
		return 0, 0
	}
	if q.down {
		from, n = q.spanDown(s)
	} else {
		from, n = q.span(s)
	}
	if q.limited && q.by != byRank {
		if q.skip < 0 || q.skip >= int64(n) {
			return 0, 0
		}
		from += int(q.skip)
		n -= int(q.skip)
		if q.most >= 0 {
			n = int(min(int64(n), q.most))
		}
	}
	return from, n
}

// walk begins at the member that choose found.
func (q *query) walk(s *zset.Set, from int) zset.Iter {
	if q.down {
		return s.BackFrom(s.Len() - 1 - from)
	}
	return s.From(from)
}
