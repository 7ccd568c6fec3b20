package lua

import (
	"errors"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// loadString is loadstring of the basic library. The interpreter's own would compile without adapting.
func (s *State) loadString(vm *glua.LState) int {
	text := textAt(vm, 1, "loadstring")
	return s.loaded(vm, text, optionalText(vm, 2, "loadstring", text))
}

// load is load of the basic library: the text comes in pieces from a function, until one is empty.
func (s *State) load(vm *glua.LState) int {
	pieces, name := functionAt(vm, 1, "load"), optionalText(vm, 2, "load", "=(load)")
	var b strings.Builder
	for {
		vm.Push(pieces)
		vm.Call(0, 1)
		piece := vm.Get(-1)
		vm.Pop(1)
		text, ok := textOf(piece)
		switch {
		case piece == glua.LNil, ok && text == "":
			return s.loaded(vm, b.String(), name)
		case !ok:
			vm.Push(glua.LNil)
			vm.Push(glua.LString("reader function must return a string"))
			return 2
		case b.Len()+len(text) > maxText:
			throw(vm, "not enough memory")
		}
		b.WriteString(text)
	}
}

// signature begins compiled code, which scripts must not bring along.
const signature = "\x1bLua"

// loaded pushes the function that a text is, or nil and what is wrong with it.
func (s *State) loaded(vm *glua.LState, text, name string) int {
	proto, err := compile(text, shownName(name))
	if strings.HasPrefix(text, signature[:1]) {
		err = errors.New(shownName(name) + ": bad header in precompiled chunk")
	}
	if err != nil {
		vm.Push(glua.LNil)
		vm.Push(glua.LString(err.Error()))
		return 2
	}
	fn := vm.NewFunctionFromProto(proto)
	fn.Env = s.env
	vm.Push(fn)
	return 1
}

// The most that positions tell of a text's name, and of the text itself where it has none.
const (
	maxNamed, maxFile, maxQuoted = 59, 52, 43
)

// shownName is how positions name a text: "=" and "@" lead a name, anything else is the text itself.
func shownName(name string) string {
	name, _, _ = strings.Cut(name, "\x00")
	if named, ok := strings.CutPrefix(name, "="); ok {
		return named[:min(len(named), maxNamed)]
	}
	if file, ok := strings.CutPrefix(name, "@"); ok {
		if len(file) > maxFile {
			file = "..." + file[len(file)-maxFile:]
		}
		return file
	}
	line := name
	if end := strings.IndexAny(line, "\r\n"); end >= 0 {
		line = line[:end]
	}
	if line = line[:min(len(line), maxQuoted)]; len(line) < len(name) {
		line += "..."
	}
	return `[string "` + line + `"]`
}
