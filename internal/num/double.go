package num

import (
	"bytes"
	"errors"
	"math"
	"strconv"
)

// maxSafeInt bounds the doubles that are printed as integers.
const maxSafeInt = float64(math.MaxInt64 / 2)

// AppendDouble appends the text that replies use for d: an integer where d is
// one, else the shortest decimal that reads back as d, plain or with an
// exponent, and "inf", "-inf", "nan", "-0".
func AppendDouble(b []byte, d float64) []byte {
	if d > -maxSafeInt && d < maxSafeInt && d != 0 {
		if n := int64(d); float64(n) == d {
			return AppendInt(b, n)
		}
	}
	return AppendShortest(b, d)
}

// AppendShortest appends the same text without regard to integers: those with many zeros at their end get an exponent, too.
func AppendShortest(b []byte, d float64) []byte {
	switch {
	case math.IsNaN(d):
		return append(b, "nan"...)
	case math.IsInf(d, 1):
		return append(b, "inf"...)
	case math.IsInf(d, -1):
		return append(b, "-inf"...)
	case d == 0 && math.Signbit(d):
		return append(b, "-0"...)
	case d == 0:
		return append(b, '0')
	}
	if d < 0 {
		b = append(b, '-')
		d = -d
	}
	return appendPositive(b, d)
}

// appendPositive lays out the digits of a finite d > 0:
//
//	digits 123, exponent of the first digit 5   123000
//	digits 123, exponent 1                      12.3
//	digits 123, exponent -2                     0.0123
//	digits 123, exponent 40                     1.23e+40
func appendPositive(b []byte, d float64) []byte {
	var text [32]byte
	digits, exponent := shortest(text[:0], d)
	scale := exponent - len(digits) + 1 // value = digits * 10^scale
	switch {
	case scale >= 0 && exponent < len(digits)+7:
		b = append(b, digits...)
		return appendZeros(b, scale)
	case scale < 0 && (scale > -7 || max(exponent, -exponent) < 4):
		if exponent >= 0 {
			b = append(b, digits[:exponent+1]...)
			b = append(b, '.')
			return append(b, digits[exponent+1:]...)
		}
		b = append(b, '0', '.')
		b = appendZeros(b, -exponent-1)
		return append(b, digits...)
	}
	b = append(b, digits[0])
	if len(digits) > 1 {
		b = append(b, '.')
		b = append(b, digits[1:]...)
	}
	b = append(b, 'e')
	if exponent >= 0 {
		b = append(b, '+')
	}
	return AppendInt(b, int64(exponent))
}

func appendZeros(b []byte, n int) []byte {
	for ; n > 0; n-- {
		b = append(b, '0')
	}
	return b
}

// shortest gives the shortest digits that identify d and the decimal exponent
// of the first of them. The digits lie in text.
func shortest(text []byte, d float64) (digits []byte, exponent int) {
	text = strconv.AppendFloat(text, d, 'e', -1, 64)
	e := len(text) - 1
	for text[e] != 'e' {
		e--
	}
	for _, c := range text[e+2:] {
		exponent = exponent*10 + int(c-'0')
	}
	if text[e+1] == '-' {
		exponent = -exponent
	}
	digits = text[:1]
	if e > 1 { // "1.23e+04": close the gap of the point
		digits = append(digits, text[2:e]...)
	}
	return digits, exponent
}

// ParseDouble reads a floating point number that fills b wholly: decimal or, behind 0x, hexadecimal, "inf" and
// "infinity" in any case. Not a number, out of range and too small to be told from zero are
// refused.
func ParseDouble(b []byte) (d float64, ok bool) {
	d, nonzero, err := readDouble(b)
	return d, err == nil && !math.IsNaN(d) && (d != 0 || !nonzero)
}

// ReadDouble reads what C's strtod reads and is content with: hexadecimal, too, blanks may stand in front,
// numbers that are out of range are infinite or zero, and what is empty is zero. Not a
// number is refused. A zero byte ends b.
func ReadDouble(b []byte) (d float64, ok bool) {
	b, _, _ = bytes.Cut(b, []byte{0})
	if len(b) == 0 {
		return 0, true
	}
	d, _, err := readDouble(bytes.TrimLeft(b, blanks))
	return d, (err == nil || errors.Is(err, strconv.ErrRange)) && !math.IsNaN(d)
}

// ParseNormal is ParseDouble that refuses numbers so small that they lose digits. Blanks may stand in front, a zero byte
// ends b, and what is empty is zero: SORT stores that for what a pattern does not find, and is
// asked to sort it then. (Redis 7.0 takes it so, Valkey 9.1 refuses.)
func ParseNormal(b []byte) (d float64, ok bool) {
	b, _, _ = bytes.Cut(b, []byte{0})
	if len(b) == 0 {
		return 0, true
	}
	d, ok = ParseDouble(bytes.TrimLeft(b, blanks))
	return d, ok && (d == 0 || math.Abs(d) >= smallestNormal)
}

const (
	blanks         = " \t\n\v\f\r"
	smallestNormal = 0x1p-1022
	maxDoubleText  = 5 << 10
)

// readWhole reads digits alone, so few that their number is a double: what most scores are.
func readWhole(b []byte) (d float64, ok bool) {
	const exact = 15 // digits
	if len(b) == 0 || len(b) > exact {
		return 0, false
	}
	n := int64(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	return float64(n), true
}

// readDouble reads a number; nonzero says that it has a digit which is not 0.
func readDouble(b []byte) (d float64, nonzero bool, err error) {
	if d, ok := readWhole(b); ok {
		return d, d != 0, nil
	}
	if len(b) == 0 || len(b) > maxDoubleText {
		return 0, false, strconv.ErrSyntax
	}
	hex, exponent := false, false
	for i, c := range b {
		switch c | 0x20 {
		case 'x':
			hex = true
		case 'p':
			exponent = true
		case 'e':
			exponent = exponent || !hex
			nonzero = nonzero || hex
		default:
			if c == '_' { // Go's grammar, not C's
				return 0, false, strconv.ErrSyntax
			}
			nonzero = nonzero || !exponent && (c >= '1' && c <= '9' || hex && i > 1 && c >= 'A')
		}
	}
	if hex && !exponent { // Go asks for the exponent that C leaves out
		d, err = strconv.ParseFloat(string(b)+"p0", 64)
	} else {
		d, err = strconv.ParseFloat(string(b), 64)
	}
	return d, nonzero, err
}
