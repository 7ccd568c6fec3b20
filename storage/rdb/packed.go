package rdb

import (
	"encoding/binary"
	"math"
	"strconv"

	"sigrun/internal/num"
	"sigrun/storage/listpack"
)

// packed reads a value that lies in a single string.
func (r *Reader) packed(t Type, b Builder) {
	packed := r.string(roomValue)
	if r.err != nil {
		return
	}
	switch t {
	case TypeListZiplist:
		r.elements("List ziplist", ziplist, packed, b)
	case TypeSetIntset:
		r.members("Intset", intset, packed, b)
	case TypeSetListpack:
		r.members("Set listpack", listpacked, packed, b)
	case TypeHashZipmap:
		r.fields("Zipmap", zipmap, packed, b)
	case TypeHashZiplist:
		r.fields("Hash ziplist", ziplist, packed, b)
	case TypeHashListpack:
		if b.Begin(Hash, listpacked.count(packed)/2); !whole(packed, b) {
			r.pairwise("Hash listpack", listpacked, packed, b)
		}
	case TypeZSetZiplist:
		r.scored("Zset ziplist", ziplist, packed, b)
	case TypeZSetListpack:
		r.scored("Zset listpack", listpacked, packed, b)
	}
}

// form is how elements lie in a single string.
type form struct {
	walk walker
	// said is how many elements the header says there are. It may lie; then the walk tells.
	said func(b []byte) int
}

// walker checks a string of one form and calls fn for each element, in order and until it returns false. It returns false when fn
// did, or when the string is not of that form: elements before the fault may have been delivered then.
type walker func(b []byte, fn func(v []byte) bool) bool

var (
	listpacked = form{walkListpack, func(b []byte) int { return header16(b, 4) }}
	ziplist    = form{walkZiplist, func(b []byte) int { return header16(b, 8) }}
	zipmap     = form{walkZipmap, func(b []byte) int { return 2 * int(b[0]) }}
	intset     = form{walkIntset, func(b []byte) int { return header16(b, 4) | header16(b, 6)<<16 }}
)

func header16(b []byte, at int) int {
	if len(b) < at+2 {
		return 0
	}
	return int(binary.LittleEndian.Uint16(b[at:]))
}

// count is how many elements to expect of a string: what its header says, within what it can hold.
func (f form) count(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	return min(f.said(b), len(b))
}

// walkListpack is the walker of listpacks.
func walkListpack(b []byte, fn func(v []byte) bool) bool {
	if !listpack.Valid(b) {
		return false
	}
	var room [num.MaxIntLen]byte
	for at := listpack.HeaderSize; b[at] != listpack.End; at += listpack.Next(b[at:]) {
		if !fn(listpack.Get(b[at:]).Text(&room)) {
			return false
		}
	}
	return true
}

// checked says what came of a walk over n elements.
func (r *Reader) checked(name string, ok bool, n int) {
	if !ok {
		r.corrupt("%s integrity check failed.", name)
	} else if n == 0 {
		r.empty()
	}
}

func (r *Reader) elements(name string, f form, packed []byte, b Builder) {
	b.Begin(List, f.count(packed))
	n := 0
	ok := f.walk(packed, func(v []byte) bool {
		n++
		b.Element(v)
		r.takes(len(v))
		return r.err == nil
	})
	r.checked(name, ok, n)
}

func (r *Reader) members(name string, f form, packed []byte, b Builder) {
	b.Begin(Set, f.count(packed))
	n := 0
	ok := f.walk(packed, func(v []byte) bool {
		n++
		r.takes(len(v))
		return b.Member(v) && r.err == nil
	})
	r.checked(name, ok, n)
}

// pairs walks over elements two by two. The first of a pair is kept back when it is the text of an integer, which lies in the
// room of the walker.
func (r *Reader) pairs(name string, f form, packed []byte, fn func(first, second []byte) bool) {
	n := 0
	first := r.take(roomField, 0)
	ok := f.walk(packed, func(v []byte) bool {
		if n++; n%2 == 1 {
			first = append(first[:0], v...)
			return true
		}
		r.takes(len(first) + len(v))
		return fn(first, v) && r.err == nil
	})
	if cap(first) <= keepRoom {
		r.room[roomField] = first
	}
	r.checked(name, ok && n%2 == 0, n)
}

func (r *Reader) fields(name string, f form, packed []byte, b Builder) {
	b.Begin(Hash, f.count(packed)/2)
	r.pairwise(name, f, packed, b)
}

func (r *Reader) pairwise(name string, f form, packed []byte, b Builder) {
	r.pairs(name, f, packed, func(field, v []byte) bool { return b.Field(field, v, 0) })
}

// whole reports whether a builder takes a listpack as it is.
func whole(packed []byte, b Builder) bool { return listpack.Exact(packed) && b.Pack(packed) }

func (r *Reader) scored(name string, f form, packed []byte, b Builder) {
	b.Begin(ZSet, f.count(packed)/2)
	r.pairs(name, f, packed, func(member, text []byte) bool {
		score, err := strconv.ParseFloat(string(text), 64)
		if err != nil || math.IsNaN(score) {
			r.corrupt("%s with NAN score detected", name)
			return false
		}
		return b.Scored(member, score)
	})
}

// walkIntset is the walker of sets of integers:
//
//	| width: 32 bits, 2, 4 or 8 | count: 32 | integer | integer … |   all little endian, the integers ascending
func walkIntset(b []byte, fn func(v []byte) bool) bool {
	const header = 8
	if len(b) < header {
		return false
	}
	width, count := binary.LittleEndian.Uint32(b), uint64(binary.LittleEndian.Uint32(b[4:]))
	b = b[header:]
	if width != 2 && width != 4 && width != 8 || uint64(len(b)) != count*uint64(width) || count == 0 {
		return false
	}
	var room [num.MaxIntLen]byte
	last := int64(math.MinInt64)
	for i := 0; len(b) > 0; i++ {
		var n int64
		switch width {
		case 2:
			n = int64(int16(binary.LittleEndian.Uint16(b)))
		case 4:
			n = int64(int32(binary.LittleEndian.Uint32(b)))
		case 8:
			n = int64(binary.LittleEndian.Uint64(b))
		}
		if i > 0 && n <= last || !fn(num.AppendInt(room[:0], n)) {
			return false
		}
		last = n
		b = b[width:]
	}
	return true
}

// walkZipmap is the walker of the hashes of very old files:
//
//	| count: 8 bits, 254: unknown | length | field | length | free: 8 bits | value | free bytes … | 0xFF |
//
//	length    one byte up to 253, or 254 and 32 bits, little endian
func walkZipmap(b []byte, fn func(v []byte) bool) bool {
	const unknown, end = 254, 0xFF
	if len(b) < 2 {
		return false
	}
	said, pairs := int(b[0]), 0
	b = b[1:]
	for len(b) > 0 && b[0] != end {
		field, rest, ok := zipmapString(b, 0)
		if !ok {
			return false
		}
		value, rest, ok := zipmapString(rest, 1)
		if !ok || !fn(field) || !fn(value) {
			return false
		}
		pairs++
		b = rest
	}
	return len(b) == 1 && pairs > 0 && (said >= unknown || said == pairs)
}

// zipmapString cuts a string off; extra is how many bytes stand between its length and it, the last of which says how many are
// free behind it.
func zipmapString(b []byte, extra int) (s, rest []byte, ok bool) {
	const long, end = 254, 0xFF
	if len(b) == 0 || b[0] == end {
		return nil, nil, false
	}
	n, head := uint64(b[0]), 1
	if b[0] == long {
		if len(b) < 5 {
			return nil, nil, false
		}
		n, head = uint64(binary.LittleEndian.Uint32(b[1:])), 5
	}
	free := uint64(0)
	if extra > 0 {
		if len(b) <= head {
			return nil, nil, false
		}
		free = uint64(b[head])
	}
	b = b[head+extra:]
	if n+free > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:n], b[n+free:], true
}
