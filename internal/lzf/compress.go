package lzf

import "encoding/binary"

// tableBits sizes the table of recent positions. It lies on the stack and every call clears it, which is what short strings pay
// for the matches that long ones find.
const tableBits = 12

// Compress puts src into dst and answers how much of dst it takes, or false when it does not fit: whoever only wants what gets
// smaller gives a smaller dst. The two must not overlap.
func Compress(dst, src []byte) (n int, ok bool) {
	var table [1 << tableBits]uint32 // position+1 of the last string with that hash

	out := output{dst: dst}
	literals := 0 // where those begin that are not put out yet
	for at := 0; at+minMatch < len(src); {
		entry := &table[hash(src[at:])]
		last := int(*entry) - 1
		*entry = uint32(at + 1)
		if last < 0 || at-last > maxDistance || src[last] != src[at] || src[last+1] != src[at+1] || src[last+2] != src[at+2] {
			at++
			continue
		}
		length := matching(src, last, at)
		if !out.literals(src[literals:at]) || !out.match(at-last, length) {
			return 0, false
		}
		// The end of a match is where the next one probably begins; the strings within it are left out.
		end := at + length
		for at = max(at+1, end-2); at < end && at+minMatch < len(src); at++ {
			table[hash(src[at:])] = uint32(at + 1)
		}
		at, literals = end, end
	}
	if !out.literals(src[literals:]) {
		return 0, false
	}
	return out.n, true
}

// hash maps the first three of at least four bytes to a place in the table.
func hash(b []byte) uint32 {
	return binary.LittleEndian.Uint32(b) << 8 * 2654435761 >> (32 - tableBits)
}

// matching is how many bytes from at on are those from last on; it knows that three are.
func matching(src []byte, last, at int) int {
	most := min(len(src)-at, maxMatch)
	n := minMatch
	for n < most && src[last+n] == src[at+n] {
		n++
	}
	return n
}

// output is a buffer that may be too small.
type output struct {
	dst []byte
	n   int
}

func (o *output) literals(b []byte) bool {
	if len(b)+(len(b)+maxLiterals-1)/maxLiterals > len(o.dst)-o.n {
		return false
	}
	for len(b) > 0 {
		some := min(len(b), maxLiterals)
		o.dst[o.n] = byte(some - 1)
		copy(o.dst[o.n+1:], b[:some])
		o.n += 1 + some
		b = b[some:]
	}
	return true
}

func (o *output) match(distance, length int) bool {
	distance--
	length -= 2
	high, low := byte(distance>>8), byte(distance)
	if length < 7 {
		return o.put(byte(length)<<5|high, low)
	}
	return o.put(7<<5|high, byte(length-7), low)
}

func (o *output) put(b ...byte) bool {
	if len(b) > len(o.dst)-o.n {
		return false
	}
	o.n += copy(o.dst[o.n:], b)
	return true
}
