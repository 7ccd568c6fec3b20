package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// texts is the library of strings of an interpreter.
type texts struct{ *State }

// maxText bounds the strings that a single function makes.
const maxText = 512 << 20

// library is Lua's string. It works on bytes; the interpreter's own takes them for letters of Unicode.
func (s texts) library() *glua.LTable {
	t := s.State.library(map[string]glua.LGFunction{
		"byte": textBytes, "char": textOfBytes, "find": s.find, "format": format, "gmatch": s.matches, "gsub": s.replace,
		"len":     func(vm *glua.LState) int { vm.Push(glua.LNumber(len(textAt(vm, 1, "len")))); return 1 },
		"lower":   func(vm *glua.LState) int { return pushMapped(vm, "lower", 'A', 'Z') },
		"upper":   func(vm *glua.LState) int { return pushMapped(vm, "upper", 'a', 'z') },
		"match":   s.match,
		"rep":     textRepeat,
		"reverse": textReverse,
		"sub":     textSub,
		"dump": func(vm *glua.LState) int {
			if functionAt(vm, 1, "dump").IsG {
				throw(vm, "unable to dump given function")
			}
			vm.Push(glua.LString(signature)) // which nothing loads
			return 1
		},
	})
	t.RawSetString("gfind", t.RawGetString("gmatch"))
	return t
}

// place51 is a place in a text of length n, told from its begin, or from its end if negative.
func place51(at, n int) int {
	if at < 0 {
		at += n + 1
	}
	return max(at, 0)
}

func textSub(vm *glua.LState) int {
	text := textAt(vm, 1, "sub")
	from := max(place51(integerAt(vm, 2, "sub"), len(text)), 1)
	to := min(place51(optionalInteger(vm, 3, "sub", -1), len(text)), len(text))
	if from > to {
		vm.Push(glua.LString(""))
	} else {
		vm.Push(glua.LString(text[from-1 : to]))
	}
	return 1
}

func textBytes(vm *glua.LState) int {
	text := textAt(vm, 1, "byte")
	from := place51(optionalInteger(vm, 2, "byte", 1), len(text))
	to := min(place51(optionalInteger(vm, 3, "byte", from), len(text)), len(text))
	from = max(from, 1)
	if to-from >= maxUnpack {
		throw(vm, "stack overflow (string slice too long)")
	}
	for i := from; i <= to; i++ {
		vm.Push(glua.LNumber(text[i-1]))
	}
	return max(to-from+1, 0)
}

func textOfBytes(vm *glua.LState) int {
	b := make([]byte, vm.GetTop())
	for i := range b {
		c := intAt(vm, i+1, "char")
		if b[i] = byte(c); int(b[i]) != c {
			badArgument(vm, i+1, "char", "invalid value")
		}
	}
	vm.Push(glua.LString(b))
	return 1
}

// pushMapped pushes a text whose letters between two are turned into their other case.
func pushMapped(vm *glua.LState, fn string, first, last byte) int {
	b := []byte(textAt(vm, 1, fn))
	for i, c := range b {
		if c >= first && c <= last {
			b[i] = c ^ 0x20
		}
	}
	vm.Push(glua.LString(b))
	return 1
}

func textReverse(vm *glua.LState) int {
	text := textAt(vm, 1, "reverse")
	b := make([]byte, len(text))
	for i := range len(text) {
		b[len(text)-1-i] = text[i]
	}
	vm.Push(glua.LString(b))
	return 1
}

func textRepeat(vm *glua.LState) int {
	text, n := textAt(vm, 1, "rep"), intAt(vm, 2, "rep")
	if n <= 0 || text == "" {
		vm.Push(glua.LString(""))
		return 1
	}
	if len(text) > maxText/n {
		throw(vm, "resulting string too large")
	}
	vm.Push(glua.LString(strings.Repeat(text, n)))
	return 1
}

func (s texts) matcher(vm *glua.LState, text, pattern string) matcher {
	pattern, _, _ = strings.Cut(pattern, "\x00")
	return matcher{s: s.State, vm: vm, text: text, pattern: pattern}
}

func (s texts) find(vm *glua.LState) int  { return s.search(vm, "find", true) }
func (s texts) match(vm *glua.LState) int { return s.search(vm, "match", false) }

// search is string.find, which tells where, and string.match.
func (s texts) search(vm *glua.LState, fn string, find bool) int {
	text, pattern := textAt(vm, 1, fn), textAt(vm, 2, fn)
	from := min(max(place51(optionalInteger(vm, 3, fn, 1), len(text))-1, 0), len(text))
	m := s.matcher(vm, text, pattern)
	if find && (glua.LVAsBool(vm.Get(4)) || !strings.ContainsAny(m.pattern, "^$*+?.([%-")) {
		if i := strings.Index(text[from:], pattern); i >= 0 {
			vm.Push(glua.LNumber(from + i + 1))
			vm.Push(glua.LNumber(from + i + len(pattern)))
			return 2
		}
		vm.Push(glua.LNil)
		return 1
	}
	p, anchored := m.anchor()
	for at := from; at <= len(text); at++ {
		m.level = 0
		end := m.match(at, p)
		switch {
		case end >= 0 && find:
			vm.Push(glua.LNumber(at + 1))
			vm.Push(glua.LNumber(end))
			return 2 + m.push(at, end, false)
		case end >= 0:
			return m.push(at, end, true)
		}
		if anchored {
			break
		}
	}
	vm.Push(glua.LNil)
	return 1
}

// anchor is where the pattern begins, behind its anchor if it has one.
func (m *matcher) anchor() (p int, anchored bool) {
	if strings.HasPrefix(m.pattern, "^") {
		return 1, true
	}
	return 0, false
}

// matches is string.gmatch.
func (s texts) matches(vm *glua.LState) int {
	m := s.matcher(vm, textAt(vm, 1, "gmatch"), textAt(vm, 2, "gmatch"))
	next := 0
	vm.Push(vm.NewFunction(func(vm *glua.LState) int {
		m.vm, m.depth = vm, 0
		for at := next; at <= len(m.text); at++ {
			m.level = 0
			if end := m.match(at, 0); end >= 0 {
				if next = end; end == at {
					next++
				}
				return m.push(at, end, true)
			}
		}
		next = len(m.text) + 1
		return 0
	}))
	return 1
}

// replace is string.gsub.
func (s texts) replace(vm *glua.LState) int {
	text, pattern := textAt(vm, 1, "gsub"), textAt(vm, 2, "gsub")
	by := vm.Get(3)
	switch by.Type() {
	case glua.LTNumber, glua.LTString, glua.LTFunction, glua.LTTable:
	default:
		badArgument(vm, 3, "gsub", "string/function/table expected")
	}
	most := optionalInt(vm, 4, "gsub", len(text)+1)
	m := s.matcher(vm, text, pattern)
	p, anchored := m.anchor()
	var out strings.Builder
	n, at := 0, 0
	for n < most {
		m.level = 0
		end := m.match(at, p)
		if end >= 0 {
			n++
			m.replace(&out, by, at, end)
		}
		switch {
		case end > at:
			at = end
		case at < len(text):
			out.WriteByte(text[at])
			at++
		default:
			at++
		}
		if at > len(text) || anchored {
			break
		}
		if out.Len() > maxText {
			m.fail("resulting string too large")
		}
	}
	if at < len(text) {
		out.WriteString(text[at:])
	}
	vm.Push(glua.LString(out.String()))
	vm.Push(glua.LNumber(n))
	return 2
}

// replace writes what stands for a match.
func (m *matcher) replace(out *strings.Builder, by glua.LValue, start, end int) {
	var v glua.LValue
	switch by := by.(type) {
	case *glua.LFunction:
		m.vm.Push(by)
		m.vm.Call(m.push(start, end, true), 1)
		v = m.vm.Get(-1)
		m.vm.Pop(1)
	case *glua.LTable:
		v = m.vm.GetTable(by, m.capture(0, start, end))
	default:
		text, _ := textOf(by)
		m.expand(out, text, start, end)
		return
	}
	if glua.LVIsFalse(v) {
		out.WriteString(m.text[start:end])
		return
	}
	text, ok := textOf(v)
	if !ok {
		m.fail("invalid replacement value (a " + v.Type().String() + ")")
	}
	out.WriteString(text)
}

// expand writes a replacement, in which %1 is the first capture and %0 the match.
func (m *matcher) expand(out *strings.Builder, by string, start, end int) {
	m.spend(len(by))
	for i := 0; i < len(by); i++ {
		c := by[i]
		if c != escape {
			out.WriteByte(c)
			continue
		}
		if i++; i == len(by) {
			out.WriteByte(0)
			return
		}
		switch c = by[i]; {
		case c == '0':
			out.WriteString(m.text[start:end])
		case isDigit(c):
			text, _ := textOf(m.capture(int(c-'1'), start, end))
			out.WriteString(text)
		default:
			out.WriteByte(c)
		}
	}
}
