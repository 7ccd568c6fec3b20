package rdb

import (
	"encoding/binary"
	"math"
	"strconv"

	"sigrun/internal/lzf"
	"sigrun/internal/num"
)

func (r *Reader) byte() byte {
	b := r.need(1)
	if b == nil {
		return 0
	}
	return b[0]
}

func (r *Reader) uint32() uint32 {
	b := r.need(4)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint32(b)
}

func (r *Reader) uint64() uint64 {
	b := r.need(8)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

// lengthOr reads a length, or what stands for one in front of a string that is stored in another way.
func (r *Reader) lengthOr() (n uint64, special bool) {
	first := r.byte()
	switch first >> 6 {
	case len6:
		return uint64(first & 0x3F), false
	case len14:
		return uint64(first&0x3F)<<8 | uint64(r.byte()), false
	case encoded:
		return uint64(first & 0x3F), true
	}
	switch first {
	case len32:
		if b := r.need(4); b != nil {
			return uint64(binary.BigEndian.Uint32(b)), false
		}
	case len64:
		if b := r.need(8); b != nil {
			return binary.BigEndian.Uint64(b), false
		}
	default:
		r.corrupt("Unknown length encoding %d", first)
	}
	return 0, false
}

func (r *Reader) length() uint64 {
	n, special := r.lengthOr()
	if special {
		r.corrupt("Unexpected encoding of a length")
		return 0
	}
	return n
}

// string reads a string in whatever way it is stored.
func (r *Reader) string(room int) []byte {
	b := r.text(room)
	r.takes(len(b))
	return b
}

func (r *Reader) text(room int) []byte {
	n, special := r.lengthOr()
	if !special {
		return r.raw(n, room)
	}
	switch n {
	case encInt8:
		return r.format(int64(int8(r.byte())), room)
	case encInt16:
		if b := r.need(2); b != nil {
			return r.format(int64(int16(binary.LittleEndian.Uint16(b))), room)
		}
		return nil
	case encInt32:
		return r.format(int64(int32(r.uint32())), room)
	case encLZF:
		return r.compressed(room)
	}
	r.corrupt("Unknown RDB string encoding type %d", n)
	return nil
}

func (r *Reader) format(n int64, room int) []byte {
	if r.err != nil {
		return nil
	}
	return num.AppendInt(r.take(room, num.MaxIntLen)[:0], n)
}

func (r *Reader) compressed(room int) []byte {
	packed, full := r.length(), r.length()
	from := r.raw(packed, roomPacked)
	if r.err != nil {
		return nil
	}
	if full > uint64(lzf.MaxDecompressed(len(from))) {
		r.corrupt("Invalid LZF compressed string")
		return nil
	}
	b := r.take(room, int(full))
	if r.err != nil {
		return nil
	}
	if lzf.Decompress(b, from) != nil {
		r.corrupt("Invalid LZF compressed string")
		return nil
	}
	return b
}

// double reads a score of the kind that is text.
func (r *Reader) double() float64 {
	switch n := r.byte(); n {
	case 255:
		return math.Inf(-1)
	case 254:
		return math.Inf(1)
	case 253:
		return math.NaN()
	default:
		text := r.need(int(n))
		if r.err != nil {
			return 0
		}
		d, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			r.corrupt("Bad score %q", text)
		}
		return d
	}
}

func (r *Reader) binaryDouble() float64 { return math.Float64frombits(r.uint64()) }
