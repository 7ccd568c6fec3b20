package db

import (
	"encoding/binary"
	"strconv"

	"sigrun/internal/num"
	"sigrun/internal/offheap"
)

// Type is what a key holds.
type Type uint8

const (
	String Type = iota
	List
	Set
	Hash
	ZSet
	Stream
	NumTypes
)

// Encoding is how an entry holds it.
type Encoding uint8

const (
	Raw   Encoding = iota // a string's bytes in the entry
	Int                   // a string that is an integer
	Large                 // a string's bytes in a block
	Own                   // not a string: the value's own header
)

const (
	typeMask   = 7
	encShift   = 3
	expires    = 1 << 5
	edited     = 1 << 6
	accessAt   = 1
	lengthsAt  = 4
	maxHead    = lengthsAt + 2*binary.MaxVarintLen32 + 8
	blockBytes = 24
	intBytes   = 8
	// maxRaw is the longest string that lies in its entry.
	maxRaw = 16 << 10
)

// Entry is a key with its value; 0 is none. See the package comment for how
// long one is valid.
type Entry offheap.Ref

// shape is where the parts of an entry are.
type shape struct {
	flags                        byte
	keyLen, keyAt, valLen, valAt int
}

func makeShape(typ Type, enc Encoding, keyLen, valLen int, expire bool) shape {
	return layOut(byte(typ)|byte(enc)<<encShift, keyLen, valLen, expire)
}

// like is the shape of an entry that holds the same kind of value as s.
func (s *shape) like(keyLen, valLen int, expire bool) shape {
	return layOut(s.flags&^expires, keyLen, valLen, expire)
}

func layOut(flags byte, keyLen, valLen int, expire bool) shape {
	s := shape{flags: flags, keyLen: keyLen, valLen: valLen}
	enc := s.enc()
	s.keyAt = lengthsAt + varintLen(keyLen)
	if enc == Raw {
		s.keyAt += varintLen(valLen)
	}
	if expire {
		s.flags |= expires
		s.keyAt += 8
	}
	s.place()
	return s
}

func (s *shape) place() {
	s.valAt = s.keyAt + s.keyLen
	if s.enc() == Own {
		s.valAt = (s.valAt + 7) &^ 7
	}
}

func (s *shape) enc() Encoding { return Encoding(s.flags >> encShift & 3) }

func (s *shape) size() int { return s.valAt + s.valLen }

func varintLen(n int) int {
	k := 1
	for ; n >= 0x80; n >>= 7 {
		k++
	}
	return k
}

func (e Entry) shape() (s shape) {
	b := offheap.Ref(e).Bytes(maxHead)
	s.flags = b[0]
	at := lengthsAt
	s.keyLen, at = length(b, at)
	switch s.enc() {
	case Raw:
		s.valLen, at = length(b, at)
	case Int:
		s.valLen = intBytes
	case Large:
		s.valLen = blockBytes
	case Own:
		s.valLen = ownBytes[s.flags&typeMask]
	}
	if s.flags&expires != 0 {
		at += 8
	}
	s.keyAt = at
	s.place()
	return s
}

// ownBytes are the sizes of the value headers of the types that have one. They belong to the form of an entry, which has no
// other way to know its length; NewSpace holds them against what the types say (value.Ops).
var ownBytes = [8]int{List: 40, Set: 16, Hash: 8, Stream: 144, ZSet: 16}

func length(b []byte, at int) (n, next int) {
	if b[at] < 0x80 {
		return int(b[at]), at + 1
	}
	v, k := binary.Uvarint(b[at:])
	return int(v), at + k
}

// Type is the type of the value.
func (e Entry) Type() Type { return Type(e.flags() & typeMask) }

// Edited tells whether a string was changed in place and so keeps the form of bytes
// that can grow, however short it is or whatever number it spells.
func (e Entry) Edited() bool { return e.flags()&edited != 0 }

// Encoding is the way it is stored.
func (e Entry) Encoding() Encoding { return Encoding(e.flags() >> encShift & 3) }

func (e Entry) flags() byte { return *offheap.At[byte](offheap.Ref(e)) }

// Key is a view of the name.
func (e Entry) Key() []byte {
	s := e.shape()
	return e.bytes(s.keyAt, s.keyLen)
}

func (e Entry) bytes(at, n int) []byte {
	return (offheap.Ref(e) + offheap.Ref(at)).Bytes(n)
}

// is tells whether the entry is that of a name. Names and values of less than
// 128 bytes have one-byte lengths: those are compared without decoding more.
func (e Entry) is(name []byte) bool {
	b := offheap.At[[8]byte](offheap.Ref(e))
	at := lengthsAt + 1
	if b[0]>>encShift&3 == byte(Raw) {
		at++
	}
	if len(name) >= 0x80 || b[at-1] >= 0x80 {
		return string(e.Key()) == string(name)
	}
	if b[0]&expires != 0 {
		at += 8
	}
	return int(b[lengthsAt]) == len(name) && string(e.bytes(at, len(name))) == string(name)
}

// Expires reports whether the entry expires at all.
func (e Entry) Expires() bool { return e.flags()&expires != 0 }

// ExpireAt is when the entry expires, in Unix milliseconds, 0 for never.
func (e Entry) ExpireAt() int64 {
	if !e.Expires() {
		return 0
	}
	s := e.shape()
	return int64(binary.LittleEndian.Uint64(e.bytes(s.keyAt-8, 8)))
}

// Access is the 24-bit access clock that eviction keeps; a new key has 0.
func (e Entry) Access() uint32 {
	return *offheap.At[uint32](offheap.Ref(e)) >> (8 * accessAt)
}

// SetAccess stores the lower 24 bits of the access clock.
func (e Entry) SetAccess(clock uint32) {
	w := offheap.At[uint32](offheap.Ref(e))
	*w = *w&0xFF | clock<<(8*accessAt)
}

// Int is the value of a string held as an integer; false for any other.
func (e Entry) Int() (int64, bool) {
	if e.Encoding() != Int {
		return 0, false
	}
	s := e.shape()
	return int64(binary.LittleEndian.Uint64(e.bytes(s.valAt, intBytes))), true
}

// String is a view of a string's bytes. An integer is formatted into buf.
func (e Entry) String(buf *[20]byte) []byte {
	s := e.shape()
	switch s.enc() {
	case Raw:
		return e.bytes(s.valAt, s.valLen)
	case Int:
		n, _ := e.Int()
		return strconv.AppendInt(buf[:0], n, 10)
	case Large:
		b, n := e.Block()
		return b.Ref.Bytes(n)
	}
	panic("BUG: the string of what is no string")
}

// Len is the length of a string in bytes.
func (e Entry) Len() int {
	s := e.shape()
	switch s.enc() {
	case Raw:
		return s.valLen
	case Large:
		_, n := e.Block()
		return n
	}
	n, _ := e.Int()
	return num.IntLen(n)
}

// Block is the block that holds a Large string, and its length.
func (e Entry) Block() (offheap.Block, int) {
	s := e.shape()
	v := e.bytes(s.valAt, blockBytes)
	u := binary.LittleEndian
	return offheap.Block{Ref: offheap.Ref(u.Uint64(v)), Cap: int(u.Uint64(v[16:]))}, int(u.Uint64(v[8:]))
}

// Value is where the header of a value that is no string lies.
func (e Entry) Value() offheap.Ref {
	s := e.shape()
	return offheap.Ref(e) + offheap.Ref(s.valAt)
}

// Bytes is the memory of the entry and, for a large string, of its block. What
// other values have allocated for themselves is not in it.
func (e Entry) Bytes() int {
	s := e.shape()
	n := offheap.ClassSize(s.size())
	if s.enc() == Large {
		b, _ := e.Block()
		n += b.Cap
	}
	return n
}

// integer is the number a string stands for when it is what formatting that
// number gives: no signs, zeros or spaces to spare.
func integer(v []byte) (n int64, ok bool) {
	digits := v
	if len(v) > 0 && v[0] == '-' {
		digits = v[1:]
	}
	if len(digits) == 0 || len(digits) > 19 || digits[0] == '0' && len(v) > 1 {
		return 0, false
	}
	var u uint64
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		u = u*10 + uint64(c)
	}
	if len(digits) < len(v) {
		return -int64(u), u <= 1<<63
	}
	return int64(u), u < 1<<63
}
