package rdb

import (
	"encoding/binary"

	"sigrun/internal/num"
)

// walkZiplist is the walker of what lists, hashes and sorted sets were packed in before listpacks:
//
//	| total bytes: 32 | offset of the last entry: 32 | count: 16, 65535: unknown | entry | entry … | 0xFF |   little endian
//
//	entry     size of the entry before                one byte up to 253, or 254 and 32 bits
//	          00xxxxxx                                string of 0..63 bytes
//	          01xxxxxx xxxxxxxx                       of 0..16383
//	          10000000 + 32 bits, big endian          longer
//	          0xC0 0xD0 0xE0 0xF0 0xFE + 16, 32, 64, 24, 8 bits, little endian
//	          1111xxxx                                integer xxxx - 1: 0..12
//
// Nothing is delivered before the whole has been checked.
func walkZiplist(b []byte, fn func(v []byte) bool) bool {
	const header, end, unknown = 10, 0xFF, 0xFFFF
	if len(b) < header+1 || uint64(binary.LittleEndian.Uint32(b)) != uint64(len(b)) || b[len(b)-1] != end {
		return false
	}
	entries, count, before, tail := b[:len(b)-1], 0, 0, header
	for at := header; at < len(entries); {
		e, ok := ziplistEntry(entries[at:])
		if !ok || e.before != before {
			return false
		}
		tail, before = at, e.size
		at += e.size
		count++
	}
	said := int(binary.LittleEndian.Uint16(b[8:]))
	if int(binary.LittleEndian.Uint32(b[4:])) != tail || said != unknown && said != count {
		return false
	}
	var room [num.MaxIntLen]byte
	for at := header; at < len(entries); {
		e, _ := ziplistEntry(entries[at:])
		v := e.text
		if e.isInt {
			v = num.AppendInt(room[:0], e.number)
		}
		if !fn(v) {
			return false
		}
		at += e.size
	}
	return true
}

// zipEntry is an entry of a ziplist.
type zipEntry struct {
	before, size int
	text         []byte
	number       int64
	isInt        bool
}

// ziplistEntry reads the entry at the front of b.
func ziplistEntry(b []byte) (e zipEntry, ok bool) {
	const longBefore = 254
	full := b
	switch {
	case len(b) < 2 || b[0] > longBefore:
		return e, false
	case b[0] < longBefore:
		e.before, b = int(b[0]), b[1:]
	default:
		if len(b) < 6 {
			return e, false
		}
		e.before, b = int(binary.LittleEndian.Uint32(b[1:])), b[5:]
	}
	if b[0] >= 0xC0 {
		b, ok = e.integer(b)
	} else {
		b, ok = e.string(b)
	}
	e.size = len(full) - len(b)
	return e, ok
}

// string reads a string and returns what follows it.
func (e *zipEntry) string(b []byte) (rest []byte, ok bool) {
	var n uint64
	switch b[0] >> 6 {
	case 0:
		n, b = uint64(b[0]), b[1:]
	case 1:
		if len(b) < 2 {
			return nil, false
		}
		n, b = uint64(b[0]&0x3F)<<8|uint64(b[1]), b[2:]
	default:
		if len(b) < 5 {
			return nil, false
		}
		n, b = uint64(binary.BigEndian.Uint32(b[1:])), b[5:]
	}
	if n > uint64(len(b)) {
		return nil, false
	}
	e.text = b[:n]
	return b[n:], true
}

// integer reads an integer and returns what follows it.
func (e *zipEntry) integer(b []byte) (rest []byte, ok bool) {
	e.isInt = true
	form := b[0]
	if form > 0xF0 && form < 0xFE {
		e.number = int64(form&0x0F) - 1
		return b[1:], true
	}
	width := 0
	switch form {
	case 0xFE:
		width = 1
	case 0xC0:
		width = 2
	case 0xF0:
		width = 3
	case 0xD0:
		width = 4
	case 0xE0:
		width = 8
	}
	if width == 0 || len(b) <= width {
		return nil, false
	}
	b = b[1:]
	for i := width - 1; i >= 0; i-- {
		e.number = e.number<<8 | int64(b[i])
	}
	unused := 64 - 8*width
	e.number = e.number << unused >> unused
	return b[width:], true
}
