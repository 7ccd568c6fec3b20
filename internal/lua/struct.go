package lua

import (
	"math"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// structLibrary is Roberto Ierusalimschy's struct: C structures to and from strings.
func (s *State) structLibrary() *glua.LTable {
	return s.library(map[string]glua.LGFunction{"pack": structPack, "unpack": structUnpack, "size": structSize})
}

// layout walks over a format: byte order, alignment, and one item after another.
type layout struct {
	vm    *glua.LState
	fn    string // the function that walks
	rest  string
	big   bool
	align int
}

// item is one conversion: its letter, its size and the padding before it.
type item struct {
	kind      byte
	size, pad int
}

// next is the next item at offset; ok is false at the end of the format.
func (f *layout) next(offset int) (it item, ok bool) {
	for len(f.rest) > 0 {
		c := f.rest[0]
		f.rest = f.rest[1:]
		switch c {
		case ' ':
		case '<', '>':
			f.big = c == '>'
		case '!':
			if f.align = f.digits(8); f.align <= 0 || f.align&(f.align-1) != 0 {
				throw(f.vm, "alignment %d is not a power of 2", f.align)
			}
		default:
			it = item{kind: c, size: f.size(c)}
			if c != 'c' && c != 's' && c != 'x' && it.size > 1 {
				a := min(it.size, f.align)
				if a > 1 {
					it.pad = (a - offset&(a-1)) & (a - 1)
				}
			}
			return it, true
		}
	}
	return item{}, false
}

func (f *layout) size(c byte) int {
	switch c {
	case 'b', 'B', 'x':
		return 1
	case 'h', 'H':
		return 2
	case 'l', 'L', 'T', 'd':
		return 8
	case 'f':
		return 4
	case 'i', 'I':
		n := f.digits(4)
		if n > 32 {
			throw(f.vm, "integral size %d is larger than limit of %d", n, 32)
		}
		return n
	case 'c':
		return f.digits(1)
	case 's':
		return 0
	}
	if f.fn != "size" || !isDigit(c) && !inClass(c, 'a') {
		badArgument(f.vm, 1, f.fn, "invalid format option '"+string([]byte{c})+"'")
	}
	return 0
}

// digits reads the number in the format, or is the default.
func (f *layout) digits(otherwise int) int {
	if f.rest == "" || f.rest[0] < '0' || f.rest[0] > '9' {
		return otherwise
	}
	n := 0
	for ; f.rest != "" && f.rest[0] >= '0' && f.rest[0] <= '9'; f.rest = f.rest[1:] {
		if n = n*10 + int(f.rest[0]-'0'); n > math.MaxInt32 {
			throw(f.vm, "integral size overflow")
		}
	}
	return n
}

func structPack(vm *glua.LState) int {
	f := layout{vm: vm, fn: "pack", rest: layoutAt(vm, "pack"), align: 1}
	vm.Push(glua.LNil) // what is missing is told as nil
	var b []byte
	arg := 2
	for {
		it, ok := f.next(len(b))
		if !ok {
			break
		}
		for ; it.pad > 0; it.pad-- {
			b = append(b, 0)
		}
		switch it.kind {
		case 'x':
			b = append(b, 0)
			continue
		case 's':
			b = append(append(b, textAt(vm, arg, "pack")...), 0)
		case 'c':
			v := textAt(vm, arg, "pack")
			n := it.size
			if n == 0 {
				n = len(v)
			}
			if n > len(v) {
				badArgument(vm, arg+1, "pack", "string too short")
			}
			b = append(b, v[:n]...)
		case 'f':
			b = f.put(b, uint64(math.Float32bits(float32(numberAt(vm, arg, "pack")))), 4)
		case 'd', 'n':
			b = f.put(b, math.Float64bits(float64(numberAt(vm, arg, "pack"))), 8)
		default:
			b = f.put(b, toUnsigned(numberAt(vm, arg, "pack")), it.size)
		}
		arg++
	}
	vm.Push(glua.LString(b))
	return 1
}

// put appends the low bytes of n, in order; beyond eight there are zeros.
func (f *layout) put(b []byte, n uint64, size int) []byte {
	for i := 0; i < size; i++ {
		at := i
		if f.big {
			at = size - 1 - i
		}
		b = append(b, byte(n>>(8*uint(at))))
	}
	return b
}

func structSize(vm *glua.LState) int {
	f := layout{vm: vm, fn: "size", rest: layoutAt(vm, "size"), align: 1}
	total := 0
	for {
		it, ok := f.next(total)
		if !ok {
			break
		}
		if it.kind == 's' || it.kind == 'c' && it.size == 0 {
			badArgument(vm, 1, "size", "option '"+map[byte]string{'s': "s", 'c': "c0"}[it.kind]+"' has no fixed size")
		}
		total += it.pad + it.size
	}
	vm.Push(glua.LNumber(total))
	return 1
}

func structUnpack(vm *glua.LState) int {
	f := layout{vm: vm, fn: "unpack", rest: layoutAt(vm, "unpack"), align: 1}
	data := textAt(vm, 2, "unpack")
	at := optionalInteger(vm, 3, "unpack", 1) - 1
	if at == -1 {
		badArgument(vm, 3, "unpack", "offset must be 1 or greater")
	}
	n := 0
	short := func() { badArgument(vm, 2, "unpack", "data string too short") }
	if outside := at < 0 || at > len(data); outside && f.rest != "" && strings.IndexByte("bBhHlLTiIfdxcs", f.rest[0]) < 0 {
		short()
	}
	for {
		it, ok := f.next(at)
		if !ok {
			break
		}
		if at += it.pad; at < 0 || at > len(data) {
			short()
		}
		if it.kind == 'c' && it.size == 0 {
			size, ok := operand(vm.Get(-1))
			if n == 0 || !ok {
				throw(vm, "format 'c0' needs a previous size")
			}
			vm.Pop(1)
			n--
			it.size = int(truncate(float64(size)))
		}
		if it.size < 0 || it.size > len(data)-at {
			short()
		}
		at += f.get(data[at:], it, &n)
	}
	vm.Push(glua.LNumber(at + 1))
	return n + 1
}

// get pushes one item and tells how many bytes it took.
func (f *layout) get(data string, it item, n *int) int {
	var v glua.LValue
	switch it.kind {
	case 'x':
		return 1
	case 'c':
		v = glua.LString(data[:it.size])
	case 's':
		end := 0
		for end < len(data) && data[end] != 0 {
			end++
		}
		if end == len(data) {
			throw(f.vm, "unfinished string in data")
		}
		v, it.size = glua.LString(data[:end]), end+1
	case 'f':
		v = glua.LNumber(math.Float32frombits(uint32(f.unsigned(data, 4))))
	case 'd', 'n':
		v = glua.LNumber(math.Float64frombits(f.unsigned(data, 8)))
	default:
		u := f.unsigned(data, it.size)
		v = glua.LNumber(u)
		if it.kind >= 'a' {
			shift := 64 - 8*uint(min(it.size, 8))
			v = glua.LNumber(int64(u<<shift) >> shift)
		}
	}
	f.vm.Push(v)
	*n++
	return it.size
}

func (f *layout) unsigned(data string, size int) (u uint64) {
	for i := 0; i < size; i++ {
		at := size - 1 - i
		if f.big {
			at = i
		}
		u = u<<8 | uint64(data[at])
	}
	return u
}

// layoutAt is the format that is argument 1; a zero byte ends it.
func layoutAt(vm *glua.LState, fn string) string {
	text, _, _ := strings.Cut(textAt(vm, 1, fn), "\x00")
	return text
}
