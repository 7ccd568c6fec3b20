package str

import (
	"encoding/binary"
	"math/bits"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// bitcount implements BITCOUNT key [start [end [BYTE | BIT]]].
func bitcount(c *exec.Ctx) error {
	r, err := parseBitRange(c.Args)
	if err != nil {
		return err
	}
	t, err := c.Read(1, db.String)
	if err != nil {
		return err
	}
	if !t.Exists() {
		c.Out.Int(0)
		return nil
	}
	var buf [20]byte
	c.Out.Int(r.count(t.E.String(&buf)))
	return nil
}

// bitRange is a range of bytes or bits, both ends included, negative ones counted from
// the end.
type bitRange struct {
	start, end int64
	bits       bool
}

func parseBitRange(args [][]byte) (r bitRange, err error) {
	r.end = -1
	if len(args) > 5 {
		return r, resp.ErrSyntax
	}
	ok := true
	if len(args) > 2 {
		if r.start, ok = num.ParseInt(args[2]); !ok {
			return r, resp.ErrNotInteger
		}
	}
	if len(args) > 4 {
		r.bits = exec.Is(args[4], "BIT")
		if !r.bits && !exec.Is(args[4], "BYTE") {
			return r, resp.ErrSyntax
		}
	}
	if len(args) > 3 {
		if r.end, ok = num.ParseInt(args[3]); !ok {
			return r, resp.ErrNotInteger
		}
	}
	return r, nil
}

// count is the number of ones of v in the range.
func (r bitRange) count(v []byte) int64 {
	if r.start < 0 && r.end < 0 && r.start > r.end {
		return 0
	}
	total := int64(len(v))
	if r.bits {
		total *= 8
	}
	start, end := fromEnd(r.start, total), min(fromEnd(r.end, total), total-1)
	if start > end {
		return 0
	}
	if !r.bits {
		return ones(v[start : end+1])
	}
	first, last := start>>3, end>>3
	n := ones(v[first : last+1])
	n -= int64(bits.OnesCount8(v[first] &^ (0xFF >> (start & 7))))
	return n - int64(bits.OnesCount8(v[last]&(1<<(7-end&7)-1)))
}

func fromEnd(at, total int64) int64 {
	if at < 0 {
		at += total
	}
	return max(at, 0)
}

// ones counts bits, four words at a time so that the additions do not wait for each
// other.
func ones(v []byte) int64 {
	var a, b, c, d int
	for ; len(v) >= 32; v = v[32:] {
		a += bits.OnesCount64(binary.LittleEndian.Uint64(v))
		b += bits.OnesCount64(binary.LittleEndian.Uint64(v[8:]))
		c += bits.OnesCount64(binary.LittleEndian.Uint64(v[16:]))
		d += bits.OnesCount64(binary.LittleEndian.Uint64(v[24:]))
	}
	for _, x := range v {
		a += bits.OnesCount8(x)
	}
	return int64(a + b + c + d)
}
