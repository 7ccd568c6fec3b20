package list

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/quicklist"
)

// search is what LPOS looks for.
type search struct {
	rank   int64 // the first match that counts, from 1 on
	count  int64 // matches wanted, 0: all
	maxLen int64 // elements looked at, 0: all
	many   bool  // the reply is an array
	back   bool
}

// lpos implements LPOS key element [RANK rank] [COUNT matches] [MAXLEN len].
func lpos(c *exec.Ctx) error {
	s, err := parseSearch(c.Args[3:])
	if err != nil {
		return err
	}
	if err := lasts(c); err != nil {
		return err
	}
	var t typed.List
	err = t.Read(c, 1)
	switch {
	case err != nil:
		return err
	case t.List == nil && s.many:
		c.Out.Array(0)
		return nil
	case t.List == nil:
		c.Out.Null()
		return nil
	}
	s.run(c, t.List)
	return nil
}

func parseSearch(options [][]byte) (s search, err error) {
	s = search{rank: 1, count: 1}
	for ; len(options) >= 2; options = options[2:] {
		n, ok := num.ParseInt(options[1])
		switch {
		case exec.Is(options[0], "RANK"):
			switch {
			case !ok:
				return s, resp.ErrNotInteger
			case n == math.MinInt64:
				return s, errCountRange
			case n == 0:
				return s, resp.ErrRankZero
			}
			s.rank, s.back = max(n, -n), n < 0
		case exec.Is(options[0], "COUNT"):
			if !ok || n < 0 {
				return s, resp.ErrCountNegative
			}
			s.count, s.many = n, true
		case exec.Is(options[0], "MAXLEN"):
			if !ok || n < 0 {
				return s, resp.ErrMaxLenNegative
			}
			s.maxLen = n
		default:
			return s, resp.ErrSyntax
		}
	}
	if len(options) != 0 {
		return s, resp.ErrSyntax
	}
	return s, nil
}

// run looks through l and replies.
func (s *search) run(c *exec.Ctx, l *quicklist.List) {
	d := quicklist.NeedleOf(c.Args[2])
	size := l.Len()
	it := l.From(0)
	if s.back {
		it = l.BackFrom(size - 1)
	}
	mark, matches, found := c.Out.Mark(), int64(0), 0
	for i := 0; (s.maxLen == 0 || int64(i) < s.maxLen) && it.Next(); i++ {
		if !it.Is(&d) {
			continue
		}
		if matches++; matches < s.rank {
			continue
		}
		at := i
		if s.back {
			at = size - 1 - i
		}
		c.Out.Int(int64(at))
		if found++; s.count != 0 && int64(found) == s.count {
			break
		}
	}
	switch {
	case s.many:
		c.Out.InsertArray(mark, found)
	case found == 0:
		c.Out.Null()
	}
}
