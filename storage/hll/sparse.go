package hll

// First bytes of the runs of a sparse string, and how long a run may be.
const (
	xzero = 1 << 6
	val   = 1 << 7

	maxZero  = 64
	maxVal   = 4
	maxValue = 32 // of a VAL
)

// run is one run of registers: where it stands in the string and what it says.
type run struct {
	at, size int
	n        int
	value    byte
	kind     byte // 0, xzero or val
}

func (r *run) end() int { return r.at + r.size }

// readRun reads the run at an offset; ok is false when there is none.
func readRun(b []byte, at int) (r run, ok bool) {
	if at >= len(b) {
		return r, false
	}
	r.at, r.size = at, 1
	switch c := b[at]; {
	case c&val != 0:
		r.kind, r.value, r.n = val, c>>2&31+1, int(c&3)+1
	case c&xzero != 0:
		if at+1 >= len(b) {
			return r, false
		}
		r.kind, r.size, r.n = xzero, 2, int(c&63)<<8+int(b[at+1])+1
	default:
		r.n = int(c&63) + 1
	}
	return r, true
}

// appendZeros appends a run of n zeros in its shortest form.
func appendZeros(b []byte, n int) []byte {
	if n > maxZero {
		return append(b, xzero|byte((n-1)>>8), byte(n-1))
	}
	return append(b, byte(n-1))
}

func valRun(value byte, n int) byte { return val | (value-1)<<2 | byte(n-1) }

// runs hands out all runs of a sparse string.
func runs(b []byte, fn func(first, n int, value byte)) error {
	first := 0
	for at := headerSize; at < len(b); {
		r, ok := readRun(b, at)
		if !ok || first+r.n > Registers {
			return ErrCorrupt
		}
		fn(first, r.n, r.value)
		first += r.n
		at = r.end()
	}
	if first != Registers {
		return ErrCorrupt
	}
	return nil
}

// raiseSparse makes a register of a sparse string hold at least rank.
func raiseSparse(b []byte, index int, rank byte, maxSparse int) (now []byte, changed bool, err error) {
	if rank > maxValue {
		return promote(b, index, rank)
	}
	before, r, first, err := seek(b, index)
	if err != nil {
		return b, false, err
	}
	var room [5]byte
	instead := room[:0]
	switch last := first + r.n - 1; {
	case r.kind == val && r.value >= rank:
		return b, false, nil
	case r.kind == val:
		if index > first {
			instead = append(instead, valRun(r.value, index-first))
		}
		instead = append(instead, valRun(rank, 1))
		if index < last {
			instead = append(instead, valRun(r.value, last-index))
		}
	default:
		if index > first {
			instead = appendZeros(instead, index-first)
		}
		instead = append(instead, valRun(rank, 1))
		if index < last {
			instead = appendZeros(instead, last-index)
		}
	}
	more := len(instead) - r.size
	if more > 0 && len(b)+more > maxSparse {
		return promote(b, index, rank)
	}
	b = splice(b, r.at, r.size, instead)
	return join(b, before), true, nil
}

// seek finds the run that holds a register, what register it begins with, and where the
// run before it stands, or the first run when there is none.
func seek(b []byte, index int) (before int, r run, first int, err error) {
	before = headerSize
	for at := headerSize; ; {
		r, ok := readRun(b, at)
		if !ok {
			return 0, r, 0, ErrCorrupt
		}
		if index < first+r.n {
			return before, r, first, nil
		}
		first += r.n
		before, at = at, r.end()
	}
}

// splice puts other bytes in the place of size bytes of b.
func splice(b []byte, at, size int, instead []byte) []byte {
	old := len(b)
	if more := len(instead) - size; more > 0 {
		b = append(b, instead[:more]...) // any bytes: they are moved over
	}
	copy(b[at+len(instead):], b[at+size:old])
	copy(b[at:], instead)
	return b[:old+len(instead)-size]
}

// join makes runs of equal values, next to each other, into one where it is not too long.
// It looks at five runs from an offset on: as far as a change can reach.
func join(b []byte, at int) []byte {
	for range 5 {
		r, ok := readRun(b, at)
		if !ok {
			break
		}
		next, ok := readRun(b, r.end())
		if ok && r.kind == val && next.kind == val && r.value == next.value && r.n+next.n <= maxVal {
			b = splice(b, at, 2, []byte{valRun(r.value, r.n+next.n)})
			continue
		}
		at = r.end()
	}
	return b
}

// promote makes a sparse string dense and raises a register there.
func promote(b []byte, index int, rank byte) (now []byte, changed bool, err error) {
	d, err := ToDense(make([]byte, 0, DenseSize), b)
	if err != nil {
		return b, false, err
	}
	return d, raiseDense(d, index, rank), nil
}
