package lua

import (
	"encoding/binary"
	"math"

	glua "github.com/yuin/gopher-lua"
)

// msgpackDepth is how deep tables are packed; deeper ones become nil.
const msgpackDepth = 16

// msgpackLibrary is lua-cmsgpack: MessagePack.
func (s *State) msgpackLibrary() *glua.LTable {
	t := s.vm.NewTable()
	t.RawSetString("_NAME", glua.LString("cmsgpack"))
	t.RawSetString("pack", s.vm.NewFunction(func(vm *glua.LState) int {
		if vm.GetTop() == 0 {
			vm.ArgError(0, "MessagePack pack needs input.")
		}
		var b []byte
		for i := 1; i <= vm.GetTop(); i++ {
			b = packValue(b, vm.Get(i), 0)
		}
		vm.Push(glua.LString(b))
		return 1
	}))
	t.RawSetString("unpack", s.vm.NewFunction(func(vm *glua.LState) int {
		u := unpacker{vm: vm, rest: []byte(vm.CheckString(1))}
		n := 0
		for ; len(u.rest) > 0; n++ {
			vm.Push(u.value(0))
		}
		return n
	}))
	return t
}

func packValue(b []byte, v glua.LValue, depth int) []byte {
	switch v := v.(type) {
	case glua.LString:
		return append(packHead(b, len(v), 0xa0, 31, 0xd9, 0xda, 0xdb), v...)
	case glua.LNumber:
		return packNumber(b, float64(v))
	case glua.LBool:
		if v {
			return append(b, 0xc3)
		}
		return append(b, 0xc2)
	case *glua.LTable:
		if depth < msgpackDepth {
			return packTable(b, v, depth+1)
		}
	}
	return append(b, 0xc0)
}

func packTable(b []byte, t *glua.LTable, depth int) []byte {
	if n, isArray, _ := arrayLength(t); isArray && n == count(t) || count(t) == 0 {
		b = packHead(b, n, 0x90, 15, 0, 0xdc, 0xdd)
		for i := 1; i <= n; i++ {
			b = packValue(b, t.RawGetInt(i), depth)
		}
		return b
	}
	b = packHead(b, count(t), 0x80, 15, 0, 0xde, 0xdf)
	t.ForEach(func(k, v glua.LValue) { b = packValue(packValue(b, k, depth), v, depth) })
	return b
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
	vm   *glua.LState
	rest []byte
}

// take cuts n bytes off.
func (u *unpacker) take(n int) []byte {
	if n < 0 || n > len(u.rest) {
		u.vm.RaiseError("Missing bytes in input.")
	}
	b := u.rest[:n]
	u.rest = u.rest[n:]
	return b
}

// number reads an unsigned integer of size bytes.
func (u *unpacker) number(size int) uint64 {
	var n uint64
	for _, c := range u.take(size) {
		n = n<<8 | uint64(c)
	}
	return n
}

func (u *unpacker) value(depth int) glua.LValue {
	if depth > maxNested {
		u.vm.RaiseError("Too deep nesting in input.")
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
		return glua.LNumber(u.number(1 << (c - 0xcc)))
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
	case 0xc4, 0xc5, 0xc6:
		return glua.LString(u.take(int(u.number(1 << (c - 0xc4)))))
	case 0xdc, 0xdd:
		return u.list(int(u.number(2<<(c-0xdc))), depth)
	case 0xde, 0xdf:
		return u.pairs(int(u.number(2<<(c-0xde))), depth)
	case 0xc0:
		return glua.LNil
	}
	u.vm.RaiseError("Bad data format in input.")
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
		setAny(t, k, u.value(depth+1))
	}
	return t
}
