package zset

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
)

// addition is what ZADD is asked to do.
type addition struct {
	nx, xx, gt, lt, ch, incr bool

	at      int // of the first score
	pairs   int
	longest int

	added, updated int
	done           bool    // the only pair of an increment did something
	score          float64 // and this is what came of it
}

// zadd implements ZADD key [NX|XX] [GT|LT] [CH] [INCR] score member [score member ...].
func zadd(c *exec.Ctx) error { return add(c, &addition{}) }

// zincrby implements ZINCRBY key increment member.
func zincrby(c *exec.Ctx) error { return add(c, &addition{incr: true}) }

func add(c *exec.Ctx, a *addition) error {
	if err := a.parse(c.Args); err != nil {
		return err
	}
	var t typed.ZSet
	err := t.Write(c, 1)
	if err != nil {
		return err
	}
	if t.Set == nil && a.xx {
		a.reply(c)
		return nil
	}
	t.Expect(c, a.pairs, a.longest)
	for i := range a.pairs {
		args := c.Args[a.at+2*i:]
		score, _ := num.ParseDouble(args[0])
		if err := a.put(&t, args[1], score); err != nil {
			return err
		}
	}
	if a.added+a.updated > 0 {
		a.tell(c, &t)
	}
	a.reply(c)
	return nil
}

// parse reads everything, so that nothing of it can fail later.
func (a *addition) parse(args [][]byte) error {
	a.at = 2
	for a.at < len(args) && a.option(args[a.at]) {
		a.at++
	}
	n := len(args) - a.at
	switch {
	case n == 0 || n%2 != 0:
		return resp.ErrSyntax
	case a.nx && a.xx:
		return errNXAndXX
	case a.gt && a.nx || a.lt && a.nx || a.gt && a.lt:
		return errGTLTAndNX
	case a.incr && n > 2:
		return errOnePair
	}
	a.pairs = n / 2
	for i := a.at; i < len(args); i += 2 {
		if _, ok := num.ParseDouble(args[i]); !ok {
			return resp.ErrNotFloat
		}
		a.longest = max(a.longest, len(args[i+1]))
	}
	return nil
}

func (a *addition) option(word []byte) bool {
	switch {
	case exec.Is(word, "NX"):
		a.nx = true
	case exec.Is(word, "XX"):
		a.xx = true
	case exec.Is(word, "GT"):
		a.gt = true
	case exec.Is(word, "LT"):
		a.lt = true
	case exec.Is(word, "CH"):
		a.ch = true
	case exec.Is(word, "INCR"):
		a.incr = true
	default:
		return false
	}
	return true
}

// put does one pair. It fails for an increment only, which is the only pair: nothing has
// been changed then, and a set that was just made cannot be the cause.
func (a *addition) put(t *typed.ZSet, name []byte, score float64) error {
	f := t.Set.Find(t.Allocator, name)
	if !f.Exists() {
		if !a.xx {
			t.Set.Insert(t.Allocator, t.Limits, &f, name, score)
			a.added++
			a.done, a.score = true, score
		}
		return nil
	}
	if a.nx {
		return nil
	}
	if a.incr {
		if score += f.Score; math.IsNaN(score) {
			return errNaN
		}
	}
	if a.lt && score >= f.Score || a.gt && score <= f.Score {
		return nil
	}
	a.done, a.score = true, score
	if score != f.Score {
		t.Set.Change(t.Allocator, &f, name, score)
		a.updated++
	}
	return nil
}

func (a *addition) tell(c *exec.Ctx, t *typed.ZSet) {
	event := "zadd"
	if a.incr {
		event = "zincr"
	}
	c.Touched(t.Key, event)
	c.Several(a.added + a.updated)
	c.Created(t.Key)
}

func (a *addition) reply(c *exec.Ctx) {
	switch {
	case a.incr && a.done:
		c.Out.Double(a.score)
	case a.incr:
		c.Out.Null()
	case a.ch:
		c.Out.Int(int64(a.added + a.updated))
	default:
		c.Out.Int(int64(a.added))
	}
}
