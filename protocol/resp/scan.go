package resp

import (
	"bytes"
	"encoding/binary"
)

// Scan reads ONE command at the front of buf. Its arguments are appended to
// dst as views into buf, none of which can grow over its neighbour. n is the
// number of bytes the command took.
//
//	n > 0, nothing appended   an empty command (blank line, *0, *-1): skip n
//	n == 0, err == nil        the command is not whole yet; dst comes back as it was
//	err                       a *ProtocolError; dst comes back as it was
//
// Quoted arguments of an inline command lie elsewhere, unescaped: buf stays as it is, since a command that cannot run yet is read again.
func Scan(buf []byte, dst [][]byte, lim *Limits) (args [][]byte, n int, err error) {
	if len(buf) == 0 {
		return dst, 0, nil
	}
	if buf[0] != '*' {
		return scanInline(buf, dst, lim)
	}
	count, at := shortCount(buf)
	if at == 0 {
		if count, at, err = countHeader(buf, lim); at == 0 {
			return dst, 0, err
		}
	}
	args = dst
	for ; count > 0; count-- {
		size, head := 0, 0
		if len(buf) >= at+6 { // the CRLF before it and the short header of an argument at once
			w := binary.LittleEndian.Uint64(buf[at-2:])
			x, y := w>>24&0xff-'0', w>>32&0xff-'0'
			if w&oneMask == oneDigit && x <= 9 {
				size, head = int(x), 4
			} else if w&twoMask == twoDigits && x-1 <= 8 && y <= 9 {
				size, head = int(x*10+y), 5
			}
		}
		if head == 0 {
			if !ends(buf[at-2:]) {
				return dst, 0, ErrCRLF
			}
			if size, head, err = bulkHeader(buf[at:], lim); head == 0 {
				return dst, 0, err
			}
		}
		start := at + head
		at = start + size + 2
		if len(buf) < at {
			return dst, 0, nil
		}
		args = append(args, buf[start:at-2:at-2])
	}
	if !ends(buf[at-2:]) {
		return dst, 0, ErrCRLF
	}
	return args, at, nil
}

// ends reports whether b, two bytes or more, begins with CRLF.
func ends(b []byte) bool { return binary.LittleEndian.Uint16(b) == '\r'|'\n'<<8 }

// shortCount reads the count of a command of 1 to 9 arguments, which no limit
// forbids; at == 0 sends every other one to countHeader.
func shortCount(b []byte) (count, at int) {
	if len(b) < 4 || !ends(b[2:]) || b[1]-'1' > 8 {
		return 0, 0
	}
	return int(b[1] - '0'), 4
}

// What eight bytes look like that begin with the end of what stood before and with the header of an argument whose length has one
// digit, or two, without the digits. No limit forbids such lengths.
const (
	oneDigit, oneMask  = '\r' | '\n'<<8 | '$'<<16 | '\r'<<32 | '\n'<<40, 0x0000ffff00ffffff
	twoDigits, twoMask = '\r' | '\n'<<8 | '$'<<16 | '\r'<<40 | '\n'<<48, 0x00ffff0000ffffff
)

// countHeader reads "*<count>\r\n" at the front of b. head is its length, 0 while
// it is not whole or when it is wrong.
func countHeader(b []byte, lim *Limits) (count, head int, err error) {
	text, head, err := headerLine(b, lim.MaxInline, ErrBigCount)
	if head == 0 {
		return 0, 0, err
	}
	if b[head-1] != '\n' {
		return 0, 0, ErrCRLF
	}
	count, err = lim.count(text[1:])
	if err != nil {
		return 0, 0, err
	}
	return count, head, nil
}

// bulkHeader reads "$<size>\r\n" at the front of b. head is its length, 0 while
// it is not whole or when it is wrong.
func bulkHeader(b []byte, lim *Limits) (size, head int, err error) {
	text, head, err := headerLine(b, lim.MaxInline, ErrBigBulkLength)
	if head == 0 {
		return 0, 0, err
	}
	if len(text) == 0 || text[0] != '$' {
		return 0, 0, ExpectedDollar(b[0])
	}
	if b[head-1] != '\n' {
		return 0, 0, ErrCRLF
	}
	size, err = lim.bulk(text[1:])
	if err != nil {
		return 0, 0, err
	}
	return size, head, nil
}

// headerLine gives the text up to the first CR and the length of the line with
// its CR and the byte behind; 0 while these have not arrived. A text of more
// than longest bytes is the error tooLong.
func headerLine(b []byte, longest int, tooLong *ProtocolError) (text []byte, n int, err error) {
	window := b
	if len(window) > longest+1 {
		window = window[:longest+1]
	}
	switch cr := bytes.IndexByte(window, '\r'); {
	case cr < 0 && len(window) > longest:
		return nil, 0, tooLong
	case cr < 0 || cr+1 == len(b):
		return nil, 0, nil
	default:
		return b[:cr], cr + 2, nil
	}
}
