package lua

import (
	"fmt"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// format is string.format as Lua has it: the options of C's printf, and %q.
func format(vm *glua.LState) int {
	pattern := textAt(vm, 1, "format")
	var b strings.Builder
	arg := 1
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' {
			b.WriteByte(pattern[i])
			continue
		}
		if i++; i < len(pattern) && pattern[i] == '%' {
			b.WriteByte('%')
			continue
		}
		if arg++; arg > vm.GetTop() {
			badArgument(vm, arg, "format", "no value")
		}
		start := i
		if i = specEnd(vm, pattern, i); i == len(pattern) {
			throw(vm, "invalid option '%%' to 'format'")
		}
		spec := pattern[start:i]
		formatOne(vm, &b, spec, pattern[i], arg)
		if b.Len() > maxText {
			throw(vm, "resulting string too large")
		}
	}
	vm.Push(glua.LString(b.String()))
	return 1
}

// specEnd is where flags, width and precision end: two digits for each of the latter.
func specEnd(vm *glua.LState, pattern string, i int) int {
	const flags = "-+ #0"
	start := i
	for i < len(pattern) && strings.IndexByte(flags, pattern[i]) >= 0 {
		i++
	}
	if i-start > len(flags) {
		throw(vm, "invalid format (repeated flags)")
	}
	digits := func() {
		for n := 0; n < 2 && i < len(pattern) && isDigit(pattern[i]); n++ {
			i++
		}
	}
	digits()
	if i < len(pattern) && pattern[i] == '.' {
		i++
		digits()
	}
	if i < len(pattern) && isDigit(pattern[i]) {
		throw(vm, "invalid format (width or precision too long)")
	}
	return i
}

func formatOne(vm *glua.LState, b *strings.Builder, spec string, option byte, arg int) {
	switch option {
	case 'c':
		width, _, _ := strings.Cut(plain(spec), ".")
		text := padded(width, string([]byte{byte(truncate(numberAt(vm, arg, "format")))}))
		text, _, _ = strings.Cut(text, "\x00") // where C's ends
		b.WriteString(text)
	case 'd', 'i':
		fmt.Fprintf(b, "%"+spec+"d", truncate(numberAt(vm, arg, "format")))
	case 'u':
		fmt.Fprintf(b, "%"+unsigned.Replace(spec)+"d", toUnsigned(numberAt(vm, arg, "format")))
	case 'o', 'x', 'X':
		fmt.Fprintf(b, "%"+unsigned.Replace(spec)+string(option), toUnsigned(numberAt(vm, arg, "format")))
	case 'e', 'E', 'f', 'g', 'G':
		n := float64(numberAt(vm, arg, "format"))
		text := fmt.Sprintf("%"+spec+precise(spec, option)+string(option), n)
		b.WriteString(strings.NewReplacer("+Inf", "inf", "-Inf", "-inf", "NaN", "nan", "Inf", "inf").Replace(text))
	case 'q':
		quote(b, textAt(vm, arg, "format"))
	case 's':
		text := textAt(vm, arg, "format")
		if !strings.Contains(spec, ".") && len(text) >= longText {
			b.WriteString(text)
			return
		}
		text, _, _ = strings.Cut(text, "\x00")
		b.WriteString(padded(plain(spec), text))
	default:
		throw(vm, "invalid option '%%%s' to 'format'", string([]byte{option}))
	}
}

// longText is the length from which on %s writes a text as it is.
const longText = 100

// plain leaves of flags, width and precision what means something to texts.
func plain(spec string) string {
	rest := strings.TrimLeft(spec, "-+ #0")
	if strings.Contains(spec[:len(spec)-len(rest)], "-") {
		return "-" + rest
	}
	return rest
}

// padded brings a text to a width, after it was cut to a precision; both count bytes.
func padded(spec, text string) string {
	spec, left := strings.CutPrefix(spec, "-")
	before, after, precise := strings.Cut(spec, ".")
	width, _ := strconv.Atoi(before)
	if most, _ := strconv.Atoi(after); precise && most < len(text) {
		text = text[:most]
	}
	blanks := strings.Repeat(" ", max(width-len(text), 0))
	if left {
		return text + blanks
	}
	return blanks + text
}

// unsigned takes away the flags that mean nothing to numbers without sign.
var unsigned = strings.NewReplacer("+", "", " ", "")

// precise is the precision that %g has in C if none is given.
func precise(spec string, option byte) string {
	if (option == 'g' || option == 'G') && !strings.Contains(spec, ".") {
		return ".6"
	}
	return ""
}

// quote writes text so that Lua reads it back.
func quote(b *strings.Builder, text string) {
	b.WriteByte('"')
	for _, c := range []byte(text) {
		switch c {
		case '"', '\\', '\n':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\r':
			b.WriteString("\\r")
		case 0:
			b.WriteString("\\000")
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
}
