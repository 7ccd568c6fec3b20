package lua

import (
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// errorTable makes the value that stands for an error in scripts. A text that begins
// with "-" has its code in front, or gets ERR.
func errorTable(text string) *glua.LTable {
	if rest, coded := strings.CutPrefix(text, "-"); coded {
		code, after, found := strings.Cut(rest, " ")
		if !found {
			code, after = "ERR", rest
		}
		text = code + " " + strings.Trim(after, "\r\n")
	} else {
		text = strings.Trim(text, "\r\n")
	}
	return field("err", glua.LString(text))
}

// counted marks the errors that commands answered, by the name that scripts can see in Valkey, too.
const counted = "ignore_error_stats_update"

// known makes the value that stands for an error which a command answered.
func known(text []byte) *glua.LTable {
	t := field("err", glua.LString(text))
	t.RawSetString(counted, glua.LTrue)
	return t
}

// isKnown reports whether a command answered the error that t stands for.
func isKnown(t *glua.LTable) bool { return t.RawGetString(counted) == glua.LTrue }

// raise ends the running function with an error table.
func raise(vm *glua.LState, text string) int {
	vm.Error(errorTable(text), 1)
	return 0
}

// throw raises an error of a library function. Its position is where the script calls that function; there is none if
// another function of the libraries does.
func throw(vm *glua.LState, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if caller, ok := vm.GetStack(1); ok {
		if _, err := vm.GetInfo("Sl", caller, glua.LNil); err == nil && caller.What != "G" && caller.CurrentLine > 0 {
			text = caller.Source + ":" + itoa(caller.CurrentLine) + ": " + text
		}
	}
	vm.Error(glua.LString(text), 0)
}

// fail is error of the basic library: a number counts as a text, which gets its position, and nothing is nil.
func fail(vm *glua.LState) int {
	v, level := vm.Get(1), optionalInt(vm, 2, "error", 1)
	if n, ok := v.(glua.LNumber); ok && level > 0 {
		v = glua.LString(numberText(n))
	}
	vm.Error(v, level)
	return 0
}

// position is where the innermost function written in Lua stands.
func position(vm *glua.LState) (source string, line int) {
	for level := 0; level < 8; level++ {
		d, ok := vm.GetStack(level)
		if !ok {
			break
		}
		if _, err := vm.GetInfo("Sl", d, glua.LNil); err == nil && d.What != "G" && d.CurrentLine > 0 {
			return "@" + d.Source, d.CurrentLine
		}
	}
	return "", 0
}

// located is the error handler of a script: it notes where the error happened while
// the stack still stands.
func located(vm *glua.LState) int {
	v := inLuasWords(vm.Get(1))
	t, ok := v.(*glua.LTable)
	if !ok {
		text, ok := textOf(v)
		if !ok {
			text = vm.ToStringMeta(v).String()
		}
		t = field("err", glua.LString("ERR "+text))
	}
	if source, line := position(vm); line > 0 {
		t.RawSetString("source", glua.LString(source))
		t.RawSetString("line", glua.LNumber(line))
	}
	vm.Push(t)
	return 1
}

// describe reads what the error handler left.
func describe(err error) *Error {
	api, ok := err.(*glua.ApiError)
	if !ok {
		return &Error{Text: "ERR " + err.Error()}
	}
	t, ok := api.Object.(*glua.LTable)
	if !ok {
		text, _, _ := strings.Cut(api.Error(), "\n")
		return &Error{Text: "ERR " + text}
	}
	line, _ := t.RawGetString("line").(glua.LNumber)
	e := &Error{Source: glua.LVAsString(t.RawGetString("source")), Line: int(line), Known: isKnown(t)}
	if e.Text, ok = textOf(t.RawGetString("err")); !ok {
		e.Text = "ERR unknown error"
	}
	return e
}

// inLuasWords turns an error of the interpreter's own into what Lua says.
func inLuasWords(v glua.LValue) glua.LValue {
	text, ok := v.(glua.LString)
	if !ok {
		return v
	}
	for own, words := range map[string]string{
		"attempt to call a non-function object":     "attempt to call a table value",
		"__unm undefined":                           "attempt to perform arithmetic on a table value",
		"attempt to compare table with table":       "attempt to compare two table values",
		"attempt to compare userdata with userdata": "attempt to compare two userdata values",
		"too many recursions in gettable":           "loop in gettable",
		"too many recursions in settable":           "loop in settable",
	} {
		if before, found := strings.CutSuffix(string(text), own); found {
			return glua.LString(before + words)
		}
	}
	if before, types, found := strings.Cut(string(text), "cannot perform "); found {
		_, types, _ = strings.Cut(types, " between ")
		left, right, _ := strings.Cut(types, " and ")
		if left == "number" {
			left = right
		}
		return glua.LString(before + "attempt to perform arithmetic on a " + left + " value")
	}
	if before, rest, found := strings.Cut(string(text), "attempt to index a non-table object("); found {
		kind, _, _ := strings.Cut(rest, ")")
		return glua.LString(before + "attempt to index a " + kind + " value")
	}
	return v
}
