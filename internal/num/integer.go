// Package num turns numbers into the texts that clients see and back, strictly:
// a number and its text stand for each other, so that a value or an element may
// be kept as a number without loss. Nothing is allocated. Any goroutine may call.
package num

import "math"

// MaxIntLen is the longest text of an int64: "-9223372036854775808".
const MaxIntLen = 20

const digitPairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

// AppendInt appends the decimal text of n to b.
func AppendInt(b []byte, n int64) []byte {
	u := uint64(n)
	if n < 0 {
		b = append(b, '-')
		u = -u
	}
	return AppendUint(b, u)
}

// AppendUint appends the decimal text of u to b.
func AppendUint(b []byte, u uint64) []byte {
	if u < 10 {
		return append(b, byte('0'+u))
	}
	if u < 100 {
		return append(b, digitPairs[2*u], digitPairs[2*u+1])
	}
	var text [MaxIntLen]byte
	i := len(text)
	for u >= 100 {
		q := u / 100
		r := 2 * (u - q*100)
		i -= 2
		text[i], text[i+1] = digitPairs[r], digitPairs[r+1]
		u = q
	}
	if u >= 10 {
		i -= 2
		text[i], text[i+1] = digitPairs[2*u], digitPairs[2*u+1]
	} else {
		i--
		text[i] = byte('0' + u)
	}
	return append(b, text[i:]...)
}

// IntLen is the number of bytes that AppendInt appends for n.
func IntLen(n int64) int {
	u, size := uint64(n), 1
	if n < 0 {
		u, size = -u, 2
	}
	for ; u >= 10; u /= 10 {
		size++
	}
	return size
}

// ParseInt reads a decimal int64 that fills b wholly. It is strict: no plus
// sign, no blanks, no leading zeros, no "-0", so that a number and its text
// stand for each other and a value may be kept as a number without loss.
func ParseInt(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > MaxIntLen {
		return 0, false
	}
	negative := b[0] == '-'
	if negative {
		b = b[1:]
		if len(b) == 0 {
			return 0, false
		}
	}
	first := uint64(b[0]) - '0'
	if first-1 > 8 { // not 1..9
		return 0, first == 0 && len(b) == 1 && !negative
	}
	// 18 digits cannot overflow; the rare rest is checked digit by digit.
	u, head := first, min(len(b), 18)
	for _, c := range b[1:head] {
		d := uint64(c) - '0'
		if d > 9 {
			return 0, false
		}
		u = u*10 + d
	}
	for _, c := range b[head:] {
		d := uint64(c) - '0'
		if d > 9 || u > (math.MaxUint64-d)/10 {
			return 0, false
		}
		u = u*10 + d
	}
	return signed(u, negative)
}

// ParseUint reads a decimal uint64 that fills b wholly, as strictly as ParseInt.
func ParseUint(b []byte) (n uint64, ok bool) {
	if len(b) == 0 || len(b) > MaxIntLen || b[0] == '0' && len(b) > 1 {
		return 0, false
	}
	for _, c := range b {
		d := uint64(c) - '0'
		if d > 9 || n > (math.MaxUint64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// ParseCursor reads a cursor of SCAN: what ParseUint reads, and what C's strtoull reads
// besides, which is blanks in front, a sign and leading zeros; a minus sign counts from
// 2^64 down. A number that ParseInt reads must not be negative.
func ParseCursor(b []byte) (n uint64, ok bool) {
	if i, integer := ParseInt(b); integer {
		return uint64(i), i >= 0
	}
	for len(b) > 0 && (b[0] == ' ' || b[0] >= '\t' && b[0] <= '\r') {
		b = b[1:]
	}
	negative := len(b) > 0 && b[0] == '-'
	if negative || len(b) > 0 && b[0] == '+' {
		b = b[1:]
	}
	for len(b) > 1 && b[0] == '0' {
		b = b[1:]
	}
	if n, ok = ParseUint(b); negative {
		n = -n
	}
	return n, ok
}

// signed gives the int64 of a magnitude and a sign, if there is one.
func signed(u uint64, negative bool) (int64, bool) {
	if negative {
		return int64(-u), u <= 1<<63
	}
	return int64(u), u <= math.MaxInt64
}
