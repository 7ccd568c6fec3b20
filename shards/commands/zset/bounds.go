package zset

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/zset"
)

// by is what the ends of a range are.
type by uint8

const (
	byRank by = iota
	byScore
	byLex
)

// interval is a range of members: from low to high, by scores or names, or from start to
// stop, positions that count from the end when negative.
type interval struct {
	by          by
	low, high   zset.Bound
	start, stop int64
}

// parse reads the ends of an interval, the lower one first.
func (v *interval) parse(low, high []byte) error {
	var ok, fits bool
	switch v.by {
	case byScore:
		v.low, ok = scoreBound(low, false)
		v.high, fits = scoreBound(high, true)
		if !ok || !fits {
			return errScoreRange
		}
	case byLex:
		v.low, ok = nameBound(low, false)
		v.high, fits = nameBound(high, true)
		if !ok || !fits {
			return errNameRange
		}
	default:
		v.start, ok = num.ParseInt(low)
		v.stop, fits = num.ParseInt(high)
		if !ok || !fits {
			return resp.ErrNotInteger
		}
	}
	return nil
}

// scoreBound reads a score, "(" before it excludes it. upper: it ends a range.
func scoreBound(text []byte, upper bool) (b zset.Bound, ok bool) {
	within := len(text) == 0 || text[0] != '('
	if !within {
		text = text[1:]
	}
	score, ok := num.ReadDouble(text)
	return zset.ByScore(score, within == upper), ok
}

// nameBound reads "-", "+", or a name behind "[" or, to exclude it, "(".
func nameBound(text []byte, upper bool) (b zset.Bound, ok bool) {
	switch {
	case string(text) == "-":
		return zset.Start(), true
	case string(text) == "+":
		return zset.End(), true
	case len(text) > 0 && (text[0] == '[' || text[0] == '('):
		return zset.ByName(text[1:], (text[0] == '[') == upper), true
	}
	return b, false
}

// span is where the members of an interval begin and how many they are.
func (v *interval) span(s *zset.Set) (from, n int) {
	if v.by == byRank {
		return positions(v.start, v.stop, s.Len())
	}
	from = s.Before(v.low)
	return from, max(s.Before(v.high)-from, 0)
}

// spanDown is span counted from the last member on; ends that are positions count so, too.
func (v *interval) spanDown(s *zset.Set) (from, n int) {
	if v.by == byRank {
		return positions(v.start, v.stop, s.Len())
	}
	from, n = v.span(s)
	return s.Len() - from - n, n
}

// positions turns positions, counted from the end when negative, into the first member
// and the number of members within a set of size members.
func positions(start, stop int64, size int) (from, n int) {
	if start < 0 {
		start = max(start+int64(size), 0)
	}
	if stop < 0 {
		stop += int64(size)
	}
	stop = min(stop, int64(size)-1)
	if start > stop {
		return 0, 0
	}
	return int(start), int(stop - start + 1)
}

// zcount implements ZCOUNT key min max.
func zcount(c *exec.Ctx) error { return count(c, byScore) }

// zlexcount implements ZLEXCOUNT key min max.
func zlexcount(c *exec.Ctx) error { return count(c, byLex) }

func count(c *exec.Ctx, kind by) error {
	v := interval{by: kind}
	if err := v.parse(c.Args[2], c.Args[3]); err != nil {
		return err
	}
	var t typed.ZSet
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	n := 0
	if t.Set != nil {
		_, n = v.span(t.Set)
	}
	c.Out.Int(int64(n))
	return nil
}
