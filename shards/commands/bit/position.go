package bit

import (
	"encoding/binary"
	"math/bits"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

var errBitArgument = &resp.Error{Text: "ERR The bit argument must be 1 or 0."}

// bitpos implements BITPOS key bit [start [end [BYTE | BIT]]]. Without an end, the zeros
// behind the string count.
func bitpos(c *exec.Ctx) error {
	bit, ok := num.ParseInt(c.Args[2])
	switch {
	case !ok:
		return resp.ErrNotInteger
	case bit&^1 != 0:
		return errBitArgument
	}
	r, err := parseSpan(c.Args[3:])
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
		c.Out.Int(-bit)
		return nil
	}
	var buf [20]byte
	v := t.E.String(&buf)
	first, last, some := r.within(len(v))
	at := int64(-1)
	if some {
		at = find(v, first, last, bit == 1)
		if at < 0 && bit == 0 && !r.ends {
			at = int64(len(v)) * 8
		}
	}
	c.Out.Int(at)
	return nil
}

// find is the first bit of v from first to last that is on, or off, -1 when there is none.
func find(v []byte, first, last int64, on bool) int64 {
	var turn uint64 // makes what is looked for ones
	if !on {
		turn = ^turn
	}
	at := first &^ 7
	x := (v[first>>3] ^ byte(turn)) & (0xFF >> (first & 7))
	for v = v[first>>3+1 : last>>3+1]; x == 0; v = v[1:] {
		for len(v) >= 8 && binary.BigEndian.Uint64(v) == turn {
			v, at = v[8:], at+64
		}
		if len(v) == 0 {
			return -1
		}
		x, at = v[0]^byte(turn), at+8
	}
	if at += int64(bits.LeadingZeros8(x)); at > last {
		return -1
	}
	return at
}
