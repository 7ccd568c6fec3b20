package lua

import (
	"bytes"
	"strconv"

	glua "github.com/yuin/gopher-lua"
)

// reader turns a reply of the server, which is well formed, into Lua values.
type reader struct{ rest []byte }

func (r *reader) line() []byte {
	end := bytes.IndexByte(r.rest, '\n')
	line := r.rest[:end-1]
	r.rest = r.rest[end+1:]
	return line
}

func (r *reader) bulk(n int) []byte {
	v := r.rest[:n]
	r.rest = r.rest[n+2:]
	return v
}

// value is the next value of the reply.
func (r *reader) value() glua.LValue {
	line := r.line()
	kind, text := line[0], line[1:]
	switch kind {
	case ':':
		n, _ := strconv.ParseInt(string(text), 10, 64)
		return glua.LNumber(n)
	case '+':
		return field("ok", glua.LString(text))
	case '-':
		return known(text)
	case '_':
		return glua.LNil
	case '#':
		return glua.LBool(text[0] == 't')
	case ',':
		d, _ := strconv.ParseFloat(string(text), 64)
		return field("double", glua.LNumber(d))
	case '(':
		return field("big_number", glua.LString(text))
	}
	n, _ := strconv.Atoi(string(text))
	if n < 0 {
		return glua.LFalse
	}
	return r.sized(kind, n)
}

// sized is a value whose size stands in front of it.
func (r *reader) sized(kind byte, n int) glua.LValue {
	switch kind {
	case '$':
		return glua.LString(r.bulk(n))
	case '=':
		v := r.bulk(n)
		t := field("format", glua.LString(v[:3]))
		t.RawSetString("string", glua.LString(v[4:]))
		return field("verbatim_string", t)
	case '%':
		t := &glua.LTable{Metatable: glua.LNil}
		for ; n > 0; n-- {
			k := r.value()
			setAny(t, k, r.value())
		}
		return field("map", t)
	case '~':
		t := &glua.LTable{Metatable: glua.LNil}
		for ; n > 0; n-- {
			setAny(t, r.value(), glua.LTrue)
		}
		return field("set", t)
	case '|':
		for ; n > 0; n-- {
			r.value()
			r.value()
		}
		return r.value()
	}
	t := &glua.LTable{Metatable: glua.LNil}
	for i := 1; i <= n; i++ {
		t.RawSetInt(i, r.value())
	}
	return t
}

// setAny stores under any key but nil.
func setAny(t *glua.LTable, k, v glua.LValue) {
	if k != glua.LNil {
		t.RawSet(k, v)
	}
}

func field(name string, v glua.LValue) *glua.LTable {
	t := &glua.LTable{Metatable: glua.LNil}
	t.RawSetString(name, v)
	return t
}

// answer writes what a script returned.
type answer struct {
	out  Reply
	resp int // dialect that the script chose: how truth values are told
}

// maxDepth bounds tables within tables.
const maxDepth = 1000

func (a *answer) value(v glua.LValue, depth int) {
	if depth > maxDepth {
		a.out.Failure("ERR reached lua stack limit", false)
		return
	}
	switch v := v.(type) {
	case glua.LString:
		a.out.Bulk([]byte(v))
	case glua.LNumber:
		a.out.Int(truncate(float64(v)))
	case glua.LBool:
		switch {
		case a.resp == 3:
			a.out.Bool(bool(v))
		case bool(v):
			a.out.Int(1)
		default:
			a.out.Null()
		}
	case *glua.LTable:
		a.table(v, depth)
	default:
		a.out.Null()
	}
}

// table writes a table: one of those with a special field, or an array up to its first
// nil.
func (a *answer) table(t *glua.LTable, depth int) {
	if a.marked(t, depth) {
		return
	}
	n := 0
	for t.RawGetInt(n+1) != glua.LNil {
		n++
	}
	a.out.Array(n)
	for i := 1; i <= n; i++ {
		a.value(t.RawGetInt(i), depth+1)
	}
}

func (a *answer) marked(t *glua.LTable, depth int) bool {
	if v, ok := stringField(t, "err"); ok {
		a.out.Failure(v, isKnown(t))
		return true
	}
	if v, ok := stringField(t, "ok"); ok {
		a.out.Simple(oneLine(v))
		return true
	}
	if d, ok := t.RawGetString("double").(glua.LNumber); ok {
		a.out.Double(float64(d))
		return true
	}
	if v, ok := stringField(t, "big_number"); ok {
		a.out.BigNumber(oneLine(v))
		return true
	}
	if v, ok := t.RawGetString("verbatim_string").(*glua.LTable); ok {
		format, known := stringField(v, "format")
		text, there := stringField(v, "string")
		if known && there {
			a.out.Verbatim((format + "   ")[:3], text)
			return true
		}
	}
	if m, ok := t.RawGetString("map").(*glua.LTable); ok {
		a.out.Map(count(m))
		for k, v := m.Next(glua.LNil); k != glua.LNil; k, v = m.Next(k) {
			a.value(k, depth+1)
			a.value(v, depth+1)
		}
		return true
	}
	if m, ok := t.RawGetString("set").(*glua.LTable); ok {
		a.out.Set(count(m))
		for k, _ := m.Next(glua.LNil); k != glua.LNil; k, _ = m.Next(k) {
			a.value(k, depth+1)
		}
		return true
	}
	return false
}

func stringField(t *glua.LTable, name string) (string, bool) {
	v, ok := t.RawGetString(name).(glua.LString)
	return string(v), ok
}

func count(t *glua.LTable) (n int) {
	for k, _ := t.Next(glua.LNil); k != glua.LNil; k, _ = t.Next(k) {
		n++
	}
	return n
}

// oneLine keeps a status from ending early.
func oneLine(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c == '\r' || c == '\n' {
			b[i] = ' '
		}
	}
	return string(b)
}
