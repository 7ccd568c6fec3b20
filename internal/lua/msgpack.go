package lua

import (
	"encoding/binary"
	"math"

	glua "github.com/yuin/gopher-lua"
)

// packs is lua-cmsgpack of an interpreter.
type packs struct{ *State }

// msgpackDepth is how deep tables are packed; deeper ones become nil.
const msgpackDepth = 16

// library is lua-cmsgpack: MessagePack.
func (s packs) library() *glua.LTable {
	t := s.State.library(map[string]glua.LGFunction{
		"pack":   s.pack,
		"unpack": func(vm *glua.LState) int { return s.unpackSome(vm, "unpack", 0, 0) },
		"unpack_one": func(vm *glua.LState) int {
			return s.unpackSome(vm, "unpack_one", 1, optionalInteger(vm, 2, "unpack_one", 0))
		},
		"unpack_limit": func(vm *glua.LState) int {
			return s.unpackSome(vm, "unpack_limit", integerAt(vm, 2, "unpack_limit"), optionalInteger(vm, 3, "unpack_limit", 0))
		},
	})
	for name, text := range map[string]string{"_NAME": "cmsgpack", "_VERSION": "lua-cmsgpack 0.4.0",
		"_COPYRIGHT": "Copyright (C) 2012, Redis Ltd.", "_DESCRIPTION": "MessagePack C implementation for Lua"} {
		t.RawSetString(name, glua.LString(text))
	}
	return t
}

// pack is cmsgpack.pack.
func (s packs) pack(vm *glua.LState) int {
	if vm.GetTop() == 0 {
		badArgument(vm, 0, "pack", "MessagePack pack needs input.")
	}
	p := packer{s: s.State, vm: vm}
	for i := 1; i <= vm.GetTop(); i++ {
		p.value(vm.Get(i), 0)
	}
	vm.Push(glua.LString(p.b))
	return 1
}

// unpackSome is cmsgpack.unpack and its kin: values from an offset on, not more than a limit. Those that have one tell
// first where they stopped, -1 at the end.
func (s packs) unpackSome(vm *glua.LState, fn string, limit, offset int) int {
	text := textAt(vm, 1, fn)
	all := limit == 0 && offset == 0
	switch {
	case offset < 0 || limit < 0:
		throw(vm, "Invalid request to unpack with offset of %d and limit of %d.", int32(offset), len(text))
	case offset > len(text):
		throw(vm, "Start offset %d greater than input length %d.", int32(offset), len(text))
	}
	u := unpacker{s: s.State, vm: vm, rest: text[offset:]}
	vm.SetTop(0)
	if !all {
		vm.Push(glua.LNil)
	}
	n := 0
	for ; len(u.rest) > 0 && (all || n < limit); n++ {
		if n >= maxUnpack {
			throw(vm, "stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)")
		}
		vm.Push(u.value(0))
	}
	if all {
		return n
	}
	next := len(text) - len(u.rest)
	if len(u.rest) == 0 {
		next = -1
	}
	vm.Replace(1, glua.LNumber(next))
	return n + 1
}

// packer writes values.
type packer struct {
	s  *State
	vm *glua.LState
	b  []byte
}

func (p *packer) value(v glua.LValue, depth int) {
	p.s.spend(p.vm, 16)
	switch v := v.(type) {
	case glua.LString:
		p.b = append(packHead(p.b, len(v), 0xa0, 31, 0xd9, 0xda, 0xdb), v...)
	case glua.LNumber:
		p.b = packNumber(p.b, float64(v))
	case glua.LBool:
		if v {
			p.b = append(p.b, 0xc3)
		} else {
			p.b = append(p.b, 0xc2)
		}
	case *glua.LTable:
		if depth < msgpackDepth {
			p.table(v, depth+1)
			return
		}
		p.b = append(p.b, 0xc0)
	default:
		p.b = append(p.b, 0xc0)
	}
	if len(p.b) > maxText {
		throw(p.vm, "resulting string too large")
	}
}

func (p *packer) table(t *glua.LTable, depth int) {
	t = p.s.real(t)
	if n, items := p.s.arrayLength(p.vm, t); n == items {
		p.b = packHead(p.b, n, 0x90, 15, 0, 0xdc, 0xdd)
		for i := 1; i <= n; i++ {
			p.value(p.vm.GetTable(t, glua.LNumber(i)), depth)
		}
		return
	}
	p.b = packHead(p.b, count(t), 0x80, 15, 0, 0xde, 0xdf)
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		p.value(k, depth)
		p.value(v, depth)
	}
}

// packHead writes a length in the shortest of its forms; a form 0 does not exist.
func packHead(b []byte, n int, fix byte, fixMax int, one, two, four byte) []byte {
	switch {
	case n <= fixMax:
		return append(b, fix|byte(n))
	case one != 0 && n <= math.MaxUint8:
		return append(b, one, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, two), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(b, four), uint32(n))
}

func packNumber(b []byte, d float64) []byte {
	be := binary.BigEndian
	n := int64(d)
	switch {
	case float64(n) != d || d < -(1<<63) || d >= 1<<63:
		if f := float32(d); float64(f) == d {
			return be.AppendUint32(append(b, 0xca), math.Float32bits(f))
		}
		return be.AppendUint64(append(b, 0xcb), math.Float64bits(d))
	case n >= 0 && n < 128, n < 0 && n >= -32:
		return append(b, byte(n))
	case n >= 0 && n <= math.MaxUint8:
		return append(b, 0xcc, byte(n))
	case n >= 0 && n <= math.MaxUint16:
		return be.AppendUint16(append(b, 0xcd), uint16(n))
	case n >= 0 && n <= math.MaxUint32:
		return be.AppendUint32(append(b, 0xce), uint32(n))
	case n >= 0:
		return be.AppendUint64(append(b, 0xcf), uint64(n))
	case n >= math.MinInt8:
		return append(b, 0xd0, byte(n))
	case n >= math.MinInt16:
		return be.AppendUint16(append(b, 0xd1), uint16(n))
	case n >= math.MinInt32:
		return be.AppendUint32(append(b, 0xd2), uint32(n))
	}
	return be.AppendUint64(append(b, 0xd3), uint64(n))
}

// unpacker reads MessagePack from bytes that anybody may have written.
type unpacker struct {
	s    *State
	vm   *glua.LState
	rest string
}

// take cuts n bytes off.
func (u *unpacker) take(n int) string {
	if n < 0 || n > len(u.rest) {
		throw(u.vm, "Missing bytes in input.")
	}
	b := u.rest[:n]
	u.rest = u.rest[n:]
	return b
}

// number reads an unsigned integer of size bytes.
func (u *unpacker) number(size int) uint64 {
	var n uint64
	for _, c := range []byte(u.take(size)) {
		n = n<<8 | uint64(c)
	}
	return n
}

func (u *unpacker) value(depth int) glua.LValue {
	u.s.spend(u.vm, 16)
	if depth > maxNested {
		throw(u.vm, "stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)")
	}
	c := u.take(1)[0]
	switch {
	case c < 0x80:
		return glua.LNumber(c)
	case c < 0x90:
		return u.pairs(int(c&15), depth)
	case c < 0xa0:
		return u.list(int(c&15), depth)
	case c < 0xc0:
		return glua.LString(u.take(int(c & 31)))
	case c >= 0xe0:
		return glua.LNumber(int8(c))
	}
	switch c {
	case 0xc2, 0xc3:
		return glua.LBool(c == 0xc3)
	case 0xca:
		return glua.LNumber(math.Float32frombits(uint32(u.number(4))))
	case 0xcb:
		return glua.LNumber(math.Float64frombits(u.number(8)))
	case 0xcc, 0xcd, 0xce, 0xcf:
		return glua.LNumber(int64(u.number(1 << (c - 0xcc)))) // the largest are negative
	case 0xd0:
		return glua.LNumber(int8(u.number(1)))
	case 0xd1:
		return glua.LNumber(int16(u.number(2)))
	case 0xd2:
		return glua.LNumber(int32(u.number(4)))
	case 0xd3:
		return glua.LNumber(int64(u.number(8)))
	case 0xd9, 0xda, 0xdb:
		return glua.LString(u.take(int(u.number(1 << (c - 0xd9)))))
	case 0xdc, 0xdd:
		return u.list(int(u.number(2<<(c-0xdc))), depth)
	case 0xde, 0xdf:
		return u.pairs(int(u.number(2<<(c-0xde))), depth)
	case 0xc0:
		return glua.LNil
	}
	throw(u.vm, "Bad data format in input.")
	return glua.LNil
}

func (u *unpacker) list(n, depth int) glua.LValue {
	t := u.vm.NewTable()
	for i := 1; i <= n; i++ {
		t.RawSetInt(i, u.value(depth+1))
	}
	return t
}

func (u *unpacker) pairs(n, depth int) glua.LValue {
	t := u.vm.NewTable()
	for ; n > 0; n-- {
		k := u.value(depth + 1)
		v := u.value(depth + 1)
		u.vm.SetTable(t, k, v)
	}
	return t
}
