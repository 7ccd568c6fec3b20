package listpack

import "sigrun/internal/num"

// Valid tells whether bytes from outside are a listpack: every entry lies
// within, is as long forwards as backwards, and their number is what the header
// says. After it, the functions of this package are safe on lp. It neither
// panics nor reads beyond lp, whatever the bytes.
//
// Integers in a longer form than needed are let pass, as Valkey does.
func Valid(lp []byte) bool {
	count, said := look(lp, false)
	return count >= 0 && (said == count || said == unknownCount)
}

// look is how many entries there are, -1: it is no listpack, and how many the header says.
func look(lp []byte, exact bool) (count, said int) {
	if len(lp) < Overhead || len(lp) > MaxSize || Size(lp) != len(lp) || lp[len(lp)-1] != End {
		return -1, 0
	}
	return walk(lp[HeaderSize:len(lp)-1], exact), int(lp[4]) | int(lp[5])<<8
}

// walk counts entries, -1: they are none. exact: each is the one that PutEntry makes.
func walk(b []byte, exact bool) (count int) {
	for ; len(b) > 0; count++ {
		size := brief(b, exact)
		if size == 0 {
			if size = validEntry(b); size == 0 || exact && !shortest(b) {
				return -1
			}
		}
		b = b[size:]
	}
	return count
}

// brief is the size of an entry of the most frequent forms, a small integer or a short string that is none, 0: look closer.
func brief(b []byte, exact bool) int {
	c := b[0]
	if c < 0x80 {
		if len(b) < 2 || b[1] != 1 {
			return 0
		}
		return 2
	}
	data := 1 + int(c&0x3F)
	if c >= 0xC0 || len(b) <= data || b[data] != byte(data) {
		return 0
	}
	if exact && data > 1 && b[1] <= '9' { // it may spell an integer
		return 0
	}
	return data + 1
}

// validEntry is the size of the entry at the front of b, 0 if it is none.
func validEntry(b []byte) int {
	need := 1
	switch c := b[0]; {
	case c > int64Tag:
		return 0
	case c == str32:
		need = 5
	case c >= 0xE0 && c < str32:
		need = 2
	}
	if len(b) < need {
		return 0
	}
	data := dataSize(b)
	size := data + backSize(data)
	if size > len(b) {
		return 0
	}
	if back, width := readBack(b[data:size]); back != data || width != size-data {
		return 0
	}
	return size
}

// Exact reports whether b is a listpack, byte for byte as Append makes it of its elements: no integer is longer than it has to be, or stands as a
// string, and the header tells how many there are. So elements are equal where their entries are.
func Exact(lp []byte) bool {
	count, said := look(lp, true)
	return count >= 0 && count == said && said != unknownCount
}

// shortest reports whether an entry is the one that PutEntry makes.
func shortest(b []byte) bool {
	v := Get(b)
	if v.IsInt {
		return intSize(v.Int) == dataSize(b)
	}
	_, integer := num.ParseInt(v.Str)
	return !integer && stringSize(len(v.Str)) == dataSize(b)
}
