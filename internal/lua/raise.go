package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// errorTable makes the value that stands for an error in scripts. A text that begins
// with "-" has its code in front; others get ERR.
func errorTable(text string) *glua.LTable {
	code := "ERR"
	if strings.HasPrefix(text, "-") {
		text = text[1:]
		if before, after, found := strings.Cut(text, " "); found {
			code, text = before, after
		}
	}
	t := &glua.LTable{Metatable: glua.LNil}
	t.RawSetString("err", glua.LString(code+" "+strings.Trim(text, "\r\n")))
	return t
}

// raise ends the running function with an error table.
func raise(vm *glua.LState, text string) int {
	vm.Error(errorTable(text), 1)
	return 0
}

// fail is error of the basic library: a number counts as a text, which gets its position, and nothing is nil.
func fail(vm *glua.LState) int {
	v, level := vm.Get(1), vm.OptInt(2, 1)
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
	v := vm.Get(1)
	t, ok := v.(*glua.LTable)
	if !ok {
		t = &glua.LTable{Metatable: glua.LNil}
		t.RawSetString("err", glua.LString("ERR "+glua.LVAsString(vm.ToStringMeta(v))))
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
	e := &Error{Source: glua.LVAsString(t.RawGetString("source")), Line: int(line)}
	if e.Text = glua.LVAsString(t.RawGetString("err")); e.Text == "" {
		e.Text = "ERR execution failure"
	}
	return e
}
