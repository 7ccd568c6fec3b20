package num

import (
	"math/big"
	"strconv"
	"strings"
)

// LongDouble is a number in the 80-bit format of x86, in which Valkey reckons
// INCRBYFLOAT: 64 bits of mantissa. The zero value is 0. Infinity is a number, not a
// number is none.
type LongDouble struct{ f big.Float }

const (
	longDoubleBits   = 64
	longDoubleMaxExp = 16384  // 0.1b * 2^16384 is beyond the largest
	longDoubleMinExp = -16444 // of the smallest, 2^-16445, as 0.1b * 2^-16444
	longDoubleText   = 5 << 10
)

// Parse reads a number that fills b wholly, in the grammar of C's strtold. Too large,
// too small to be told from zero and not a number are refused.
func (d *LongDouble) Parse(b []byte) bool {
	if len(b) == 0 || len(b) >= longDoubleText {
		return false
	}
	text := string(b)
	d.f.SetPrec(longDoubleBits)
	if inf, sign := infinity(text); inf {
		d.f.SetInf(sign)
		return true
	}
	if !plainFloat(text) {
		return false
	}
	if _, _, err := d.f.Parse(text, 0); err != nil {
		return false
	}
	if d.f.Sign() == 0 {
		return !hasDigits(text)
	}
	exp := d.f.MantExp(nil)
	return !d.f.IsInf() && exp <= longDoubleMaxExp && exp >= longDoubleMinExp
}

// infinity recognises what C calls so.
func infinity(text string) (yes bool, sign bool) {
	rest := strings.TrimPrefix(text, "-")
	sign = rest != text
	if !sign {
		rest = strings.TrimPrefix(text, "+")
	}
	return strings.EqualFold(rest, "inf") || strings.EqualFold(rest, "infinity"), sign
}

// plainFloat keeps out what Go reads and C does not: underscores, octal and binary
// numbers, a binary exponent behind decimal digits, names.
func plainFloat(text string) bool {
	body := strings.TrimLeft(text, "+-")
	if len(text)-len(body) > 1 {
		return false
	}
	hex := len(body) > 1 && (body[:2] == "0x" || body[:2] == "0X")
	if hex {
		body = body[2:]
	}
	digits := 0
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c >= '0' && c <= '9', hex && isHexLetter(c):
			digits++
		case c == '.':
		case !hex && c|0x20 == 'e', hex && c|0x20 == 'p':
			return digits > 0 && plainExponent(body[i+1:])
		default:
			return false
		}
	}
	return digits > 0
}

func isHexLetter(c byte) bool { c |= 0x20; return c >= 'a' && c <= 'f' }

func plainExponent(text string) bool {
	if text != "" && (text[0] == '+' || text[0] == '-') {
		text = text[1:]
	}
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// hasDigits reports whether the mantissa of a number has a digit that is not zero.
func hasDigits(text string) bool {
	hex := strings.ContainsAny(text, "xX")
	for _, c := range text {
		switch {
		case c >= '1' && c <= '9', hex && c|0x20 >= 'a' && c|0x20 <= 'f':
			return true
		case c|0x20 == 'p', !hex && c|0x20 == 'e':
			return false
		}
	}
	return false
}

// IsInf reports whether d is infinite.
func (d *LongDouble) IsInf() bool { return d.f.IsInf() }

// Add adds o to d. False: the sum is no finite number, and d is of no more use.
func (d *LongDouble) Add(o *LongDouble) bool {
	if d.f.IsInf() || o.f.IsInf() {
		return false
	}
	d.f.SetPrec(longDoubleBits)
	d.f.Add(&d.f, &o.f)
	return d.f.MantExp(nil) <= longDoubleMaxExp
}

// AppendText appends the number to b with up to 17 digits behind the point and without
// an exponent, as people read it.
func (d *LongDouble) AppendText(b []byte) []byte {
	return trimHuman(d.f.Append(b, 'f', 17), len(b))
}

// AppendHuman is AppendText for a finite double.
func AppendHuman(b []byte, d float64) []byte {
	return trimHuman(strconv.AppendFloat(b, d, 'f', 17, 64), len(b))
}

// trimHuman takes zeros off the end of the number that begins at from.
func trimHuman(b []byte, from int) []byte {
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	if string(b[from:]) == "-0" {
		return append(b[:from], '0')
	}
	return b
}
