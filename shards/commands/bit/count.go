package bit

import (
	"encoding/binary"
	"math/bits"

	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// bitcount implements BITCOUNT key [start [end [BYTE | BIT]]].
func bitcount(c *exec.Ctx) error {
	r, err := parseSpan(c.Args[2:])
	if err != nil {
		return err
	}
	if err := lasts(c); err != nil {
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

// count is the number of ones of v in the range.
func (r *span) count(v []byte) int64 {
	first, last, ok := r.within(len(v))
	if !ok || r.start < 0 && r.end < 0 && r.start > r.end {
		return 0
	}
	n := ones(v[first>>3 : last>>3+1])
	n -= int64(bits.OnesCount8(v[first>>3] &^ (0xFF >> (first & 7))))
	return n - int64(bits.OnesCount8(v[last>>3]&(1<<(7-last&7)-1)))
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
