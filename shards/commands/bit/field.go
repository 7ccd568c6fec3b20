package bit

// field is an integer of up to 64 bits somewhere in a string; unsigned ones have up to 63,
// so that an int64 holds all of them.
type field struct {
	at     int64 // its first bit
	width  uint
	signed bool
}

// end is the first byte behind the field.
func (f field) end() int { return int((f.at+int64(f.width)-1)>>3) + 1 }

// bounds are the least and the greatest value.
func (f field) bounds() (least, greatest int64) {
	if f.signed {
		least = -1 << (f.width - 1)
		return least, ^least
	}
	return 0, 1<<f.width - 1
}

// get reads the field; bits behind v are zeros.
func (f field) get(v []byte) int64 {
	first, shift := int(f.at>>3), uint(f.at&7)
	var w uint64
	for i := range 8 {
		w = w<<8 | uint64(byteAt(v, first+i))
	}
	w = w<<shift | uint64(byteAt(v, first+8)>>(8-shift))
	if f.signed {
		return int64(w) >> (64 - f.width)
	}
	return int64(w >> (64 - f.width))
}

func byteAt(v []byte, i int) byte {
	if i < len(v) {
		return v[i]
	}
	return 0
}

// put writes the lowest bits of n to the field, which lies within v.
func (f field) put(v []byte, n int64) {
	at, left := f.at, f.width
	for left > 0 {
		shift := uint(at & 7)
		took := min(8-shift, left) // bits of this byte
		left -= took
		low := 8 - shift - took // bits behind them
		mask := byte(1<<took-1) << low
		b := &v[at>>3]
		*b = *b&^mask | byte(uint64(n)>>left)<<low&mask
		at += int64(took)
	}
}

// overflow says what becomes of a value that a field cannot hold.
type overflow uint8

const (
	wrap overflow = iota
	saturate
	fail
)

// fit makes a value one that the field can hold; ok is false when it may not. over says
// that the true value is beyond what an int64 holds, 1 above or -1 below it; n are its
// lowest bits then.
func (f field) fit(n int64, over int, how overflow) (fitted int64, ok bool) {
	least, greatest := f.bounds()
	switch {
	case over > 0 || over == 0 && n > greatest:
		fitted = greatest
	case over < 0 || n < least:
		fitted = least
	default:
		return n, true
	}
	switch how {
	case fail:
		return 0, false
	case saturate:
		return fitted, true
	}
	if unused := 64 - f.width; f.signed {
		return n << unused >> unused, true
	} else {
		return int64(uint64(n) << unused >> unused), true
	}
}

// set is the value that SET stores. A negative number for an unsigned field stands for a
// large one.
func (f field) set(n int64, how overflow) (int64, bool) {
	over := 0
	if !f.signed && n < 0 {
		over = 1
	}
	return f.fit(n, over, how)
}

// add is the value that INCRBY stores.
func (f field) add(n, by int64, how overflow) (int64, bool) {
	sum, over := n+by, 0
	switch {
	case by > 0 && sum < n:
		over = 1
	case by < 0 && sum > n:
		over = -1
	}
	return f.fit(sum, over, how)
}
