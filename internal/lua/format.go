package lua

import (
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// format is string.format as Lua has it: the options of C's printf, and %q.
func format(vm *glua.LState) int {
	pattern := vm.CheckString(1)
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
		fmt.Fprintf(b, "%"+strings.Trim(spec, "0")+"s", string([]byte{byte(numberAt(vm, arg))}))
	case 'd', 'i':
		fmt.Fprintf(b, "%"+spec+"d", int64(numberAt(vm, arg)))
	case 'u':
		fmt.Fprintf(b, "%"+spec+"d", uint64(int64(numberAt(vm, arg))))
	case 'o', 'x', 'X':
		fmt.Fprintf(b, "%"+spec+string(option), uint64(int64(numberAt(vm, arg))))
	case 'e', 'E', 'f', 'g', 'G':
		n := float64(numberAt(vm, arg))
		text := fmt.Sprintf("%"+spec+precise(spec, option)+string(option), n)
		b.WriteString(strings.NewReplacer("+Inf", "inf", "-Inf", "-inf", "NaN", "nan", "Inf", "inf").Replace(text))
	case 'q':
		quote(b, textAt(vm, arg))
	case 's':
		text := textAt(vm, arg)
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

func numberAt(vm *glua.LState, arg int) glua.LNumber {
	switch v := vm.Get(arg).(type) {
	case glua.LNumber:
		return v
	case glua.LString:
		if n, ok := parseNumber(string(v)); ok {
			return n
		}
	}
	vm.RaiseError("bad argument #%d to 'format' (number expected, got %s)", arg, vm.Get(arg).Type())
	return 0
}

func textAt(vm *glua.LState, arg int) string {
	switch v := vm.Get(arg).(type) {
	case glua.LNumber:
		return numberText(v)
	case glua.LString:
		return string(v)
	}
	vm.RaiseError("bad argument #%d to 'format' (string expected, got %s)", arg, vm.Get(arg).Type())
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

// concat is table.concat.
func concat(vm *glua.LState) int {
	t, between := vm.CheckTable(1), vm.OptString(2, "")
	from, to := vm.OptInt(3, 1), vm.OptInt(4, t.Len())
	var b strings.Builder
	for i := from; i <= to; i++ {
		switch v := t.RawGetInt(i).(type) {
		case glua.LString:
			b.WriteString(string(v))
		case glua.LNumber:
			b.WriteString(numberText(v))
		default:
			vm.RaiseError("invalid value (%s) at index %d in table for 'concat'", v.Type(), i)
		}
		if i != to {
			b.WriteString(between)
		}
		if b.Len() > maxText {
			vm.RaiseError("resulting string too large")
		}
	}
	vm.Push(glua.LString(b.String()))
	return 1
}
