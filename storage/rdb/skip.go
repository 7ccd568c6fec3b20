package rdb

// skipper passes over values without looking into them: only lengths are read. Where a value cannot be read any further, it fails as reading would.
type skipper struct{ *Reader }

// skip passes over n bytes.
func (r skipper) skip(n uint64) {
	if r.err == nil && n > r.Rest() {
		r.short()
	}
	for r.err == nil {
		have := uint64(len(r.buf) - r.at)
		if n <= have {
			r.at += int(n)
			return
		}
		n -= have
		r.at = len(r.buf)
		r.fill(1)
	}
}

// skipString passes over a string in whatever way it is stored.
func (r skipper) skipString() {
	if r.at < len(r.buf) && r.buf[r.at]>>6 == len6 && r.err == nil { // as most are
		if end := r.at + 1 + int(r.buf[r.at]); end <= len(r.buf) {
			r.at = end
			return
		}
	}
	n, special := r.lengthOr()
	if !special {
		r.skip(n)
		return
	}
	switch n {
	case encInt8:
		r.skip(1)
	case encInt16:
		r.skip(2)
	case encInt32:
		r.skip(4)
	case encLZF:
		packed := r.length()
		r.length()
		r.skip(packed)
	default:
		r.corrupt("Unknown RDB string encoding type %d", n)
	}
}

// skipValue passes over a value of type t.
func (r skipper) skipValue(t Type) {
	switch t {
	case TypeList, TypeSet, TypeListQuicklist:
		r.skipEach(func() {})
	case TypeZSet:
		r.skipEach(r.skipDouble)
	case TypeZSet2:
		r.skipEach(func() { r.skip(8) })
	case TypeHash:
		r.skipEach(r.skipString)
	case TypeHash2:
		r.skipEach(func() {
			r.skipString()
			r.skip(8)
		})
	case TypeListQuicklist2:
		for n := r.length(); n > 0 && r.err == nil; n-- {
			r.length()
			r.skipString()
		}
	case TypeStreamListpacks, TypeStream2, TypeStream3:
		r.skipStream(t)
	case TypeModulePreGA, TypeModule2:
		_ = r.value(t, Discard{}) // nobody knows where it ends
	default:
		r.skipString()
	}
}

// skipEach passes over a count, and so many strings with what stands behind each.
func (r skipper) skipEach(behind func()) {
	for n := r.length(); n > 0 && r.err == nil; n-- {
		r.skipString()
		behind()
	}
}

// skipDouble passes over a score of the kind that is text.
func (r skipper) skipDouble() {
	if n := r.byte(); n < 253 {
		r.skip(uint64(n))
	}
}

func (r skipper) skipLengths(n int) {
	for range n {
		r.length()
	}
}

func (r skipper) skipStream(t Type) {
	r.skipEach(r.skipString) // nodes
	r.skipLengths(3)         // how long it is, and its last id
	if t >= TypeStream2 {
		r.skipLengths(5)
	}
	const id, time = 16, 8
	for groups := r.length(); groups > 0 && r.err == nil; groups-- {
		r.skipString()
		if r.skipLengths(2); t >= TypeStream2 {
			r.length()
		}
		for n := r.length(); n > 0 && r.err == nil; n-- {
			r.skip(id)
			r.skip(time)
			r.length()
		}
		for n := r.length(); n > 0 && r.err == nil; n-- {
			if r.skipString(); t >= TypeStream3 {
				r.skip(time)
			}
			r.skip(time)
			owned := r.length()
			if r.err == nil && owned > r.Rest()/id {
				r.skip(r.Rest() / id * id) // as far as reading would come
				r.short()
			}
			r.skip(owned * id)
		}
	}
}
