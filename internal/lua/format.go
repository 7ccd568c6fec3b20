package lua

import (
	"fmt"
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
		start := i
		for i < len(pattern) && strings.IndexByte("-+ #0123456789.", pattern[i]) >= 0 {
			i++
		}
		spec := pattern[start:i]
		if len(spec) > maxSpec || i == len(pattern) {
			vm.RaiseError("invalid option '%%%s' to 'format'", pattern[start:min(i+1, len(pattern))])
		}
		if arg++; arg > vm.GetTop() {
			vm.RaiseError("bad argument #%d to 'format' (%s expected, got no value)", arg, kindOf(pattern[i]))
		}
		formatOne(vm, &b, spec, pattern[i], arg)
		if b.Len() > maxText {
			vm.RaiseError("resulting string too large")
		}
	}
	vm.Push(glua.LString(b.String()))
	return 1
}

// maxSpec bounds flags, width and precision, as Lua does: two digits for each of the latter.
const maxSpec = 10

func kindOf(option byte) string {
	if option == 's' || option == 'q' {
		return "string"
	}
	return "number"
}

func formatOne(vm *glua.LState, b *strings.Builder, spec string, option byte, arg int) {
	switch option {
	case 'c':
		fmt.Fprintf(b, "%"+strings.Trim(spec, "0")+"s", string([]byte{byte(numberAt(vm, arg, "format"))}))
	case 'd', 'i':
		fmt.Fprintf(b, "%"+spec+"d", int64(numberAt(vm, arg, "format")))
	case 'u':
		fmt.Fprintf(b, "%"+spec+"d", uint64(int64(numberAt(vm, arg, "format"))))
	case 'o', 'x', 'X':
		fmt.Fprintf(b, "%"+spec+string(option), uint64(int64(numberAt(vm, arg, "format"))))
	case 'e', 'E', 'f', 'g', 'G':
		n := float64(numberAt(vm, arg, "format"))
		text := fmt.Sprintf("%"+spec+precise(spec, option)+string(option), n)
		b.WriteString(strings.NewReplacer("+Inf", "inf", "-Inf", "-inf", "NaN", "nan", "Inf", "inf").Replace(text))
	case 'q':
		quote(b, textAt(vm, arg, "format"))
	case 's':
		text := textAt(vm, arg, "format")
		if spec == "" {
			b.WriteString(text)
			return
		}
		fmt.Fprintf(b, "%"+spec+"s", text)
	default:
		vm.RaiseError("invalid option '%%%s%c' to 'format'", spec, option)
	}
}

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
