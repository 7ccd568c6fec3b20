package bit

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// span is a range of bytes or bits, both ends included, negative ones counted from the
// end.
type span struct {
	start, end int64
	bits       bool
	ends       bool // end was given
}

// parseSpan reads [start [end [BYTE | BIT]]].
func parseSpan(args [][]byte) (r span, err error) {
	r.end = -1
	if len(args) > 3 {
		return r, resp.ErrSyntax
	}
	ok := true
	if len(args) > 0 {
		if r.start, ok = num.ParseInt(args[0]); !ok {
			return r, resp.ErrNotInteger
		}
	}
	if len(args) > 2 {
		r.bits = exec.Is(args[2], "BIT")
		if !r.bits && !exec.Is(args[2], "BYTE") {
			return r, resp.ErrSyntax
		}
	}
	if len(args) > 1 {
		if r.end, ok = num.ParseInt(args[1]); !ok {
			return r, resp.ErrNotInteger
		}
		r.ends = true
	}
	return r, nil
}

// within gives the first and the last bit of the range in a string of size bytes; ok is
// false when it has none.
func (r *span) within(size int) (first, last int64, ok bool) {
	total := int64(size)
	if r.bits {
		total *= 8
	}
	first, last = fromEnd(r.start, total), min(fromEnd(r.end, total), total-1)
	if first > last {
		return 0, 0, false
	}
	if !r.bits {
		first, last = first*8, last*8+7
	}
	return first, last, true
}

func fromEnd(at, total int64) int64 {
	if at < 0 {
		at += total
	}
	return max(at, 0)
}

// lasts is asked before anything else: an error takes the command to an executor, because the string at argument 1 is so long
// that a loop would stand still meanwhile.
func lasts(c *exec.Ctx) error {
	if e := c.Look(c.Key(1), exec.Asks, exec.Quietly).E; e != 0 && e.Type() == db.String {
		return c.Lasts(e.Len() / perElement)
	}
	return nil
}

// perElement is how many bytes take as long as an element of other values.
const perElement = 64
