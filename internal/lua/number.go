package lua

import (
	"math"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"sigrun/internal/num"
)

// parseNumber reads the text of a number, perhaps with blanks around it, as C's strtod does. A zero byte ends it.
func parseNumber(text string) (n glua.LNumber, ok bool) {
	text, _, _ = strings.Cut(text, "\x00")
	text = strings.Trim(text, " \t\n\v\f\r")
	if text == "" {
		return 0, false
	}
	if d, ok := num.ReadDouble([]byte(text)); ok {
		return glua.LNumber(d), true
	}
	unsigned := strings.TrimLeft(text, "+-")
	if len(text)-len(unsigned) > 1 || !isNaN(unsigned) {
		return 0, false
	}
	if text[0] == '-' {
		return glua.LNumber(math.Copysign(math.NaN(), -1)), true
	}
	return glua.LNumber(math.NaN()), true
}

// isNaN reports whether a text is C's spelling of not a number: nan, or nan with letters and digits in parentheses.
func isNaN(text string) bool {
	if len(text) < 3 || !strings.EqualFold(text[:3], "nan") {
		return false
	}
	rest := text[3:]
	if rest == "" {
		return true
	}
	if len(rest) < 2 || rest[0] != '(' || rest[len(rest)-1] != ')' {
		return false
	}
	for _, c := range []byte(rest[1 : len(rest)-1]) {
		if c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// mostPlain bounds the integers that are written without an exponent.
const mostPlain = 1e14

// numberText is a number as Lua writes it: 14 digits, as C's %.14g.
func numberText(n glua.LNumber) string {
	d := float64(n)
	switch {
	case d > -mostPlain && d < mostPlain && d == float64(int64(d)) && (d != 0 || !math.Signbit(d)):
		return strconv.FormatInt(int64(d), 10)
	case math.IsInf(d, 1):
		return "inf"
	case math.IsInf(d, -1):
		return "-inf"
	case math.IsNaN(d) && math.Signbit(d):
		return "-nan"
	case math.IsNaN(d):
		return "nan"
	}
	return strconv.FormatFloat(d, 'g', 14, 64)
}

// numberPrefix is how much of a text C's strtod would read as a number.
func numberPrefix(text string) (n int) {
	if n < len(text) && (text[n] == '-' || text[n] == '+') {
		n++
	}
	rest := text[n:]
	for _, word := range []string{"infinity", "inf", "nan"} {
		if len(rest) >= len(word) && strings.EqualFold(rest[:len(word)], word) {
			return n + len(word)
		}
	}
	digit, exponent := isDigit, byte('e')
	if len(rest) > 2 && rest[0] == '0' && rest[1]|0x20 == 'x' && (isHex(rest[2]) || rest[2] == '.' && len(rest) > 3 && isHex(rest[3])) {
		digit, exponent = isHex, 'p'
		n += 2
	}
	digits := n
	skip := func() {
		for n < len(text) && digit(text[n]) {
			n++
		}
	}
	skip()
	some := n > digits
	if n < len(text) && text[n] == '.' {
		n++
		before := n
		skip()
		if n == before && !some {
			return 0
		}
		some = true
	}
	if !some {
		return 0
	}
	if n+1 < len(text) && text[n]|0x20 == exponent {
		power := n + 1
		if text[power] == '-' || text[power] == '+' {
			power++
		}
		if power < len(text) && isDigit(text[power]) {
			for n = power; n < len(text) && isDigit(text[n]); n++ {
			}
		}
	}
	return n
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
