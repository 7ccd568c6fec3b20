package lua

import (
	"bytes"

	glua "github.com/yuin/gopher-lua"

	"sigrun/internal/num"
)

// toNumber is tonumber of the basic library. The interpreter's own takes text without a
// point for an integer, and so 1e5 for none.
func toNumber(other *glua.LFunction) glua.LGFunction {
	return func(vm *glua.LState) int {
		text, ok := vm.CheckAny(1).(glua.LString)
		if base := vm.OptInt(2, 10); !ok || base != 10 {
			top := vm.GetTop()
			vm.Push(other)
			for i := 1; i <= top; i++ {
				vm.Push(vm.Get(i))
			}
			vm.Call(top, 1)
			return 1
		}
		if n, ok := parseNumber(string(text)); ok {
			vm.Push(n)
		} else {
			vm.Push(glua.LNil)
		}
		return 1
	}
}

// parseNumber reads the text of a number, perhaps with blanks around it.
func parseNumber(text string) (n glua.LNumber, ok bool) {
	trimmed := bytes.Trim([]byte(text), " \t\n\v\f\r")
	d, ok := num.ReadDouble(trimmed)
	return glua.LNumber(d), ok && len(trimmed) > 0
}
