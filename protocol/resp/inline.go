package resp

import "bytes"

// scanInline reads an inline command: a line of arguments parted by blanks.
func scanInline(buf []byte, dst [][]byte, lim *Limits) (args [][]byte, n int, err error) {
	window := buf
	if len(window) > lim.MaxInline+1 {
		window = window[:lim.MaxInline+1]
	}
	end := lineEnd(window)
	if end < 0 {
		if len(window) > lim.MaxInline {
			return dst, 0, ErrBigInline
		}
		return dst, 0, nil
	}
	line := buf[:end]
	if end > 0 && line[end-1] == '\r' {
		line = line[:end-1]
	}
	if bytes.IndexByte(line, '"') >= 0 || bytes.IndexByte(line, '\'') >= 0 { // what is not executed now is read again
		line = bytes.Clone(line)
	}
	args, ok := SplitArgs(line, dst)
	if !ok {
		return dst, 0, ErrUnbalancedQuote
	}
	return args, end + 1, nil
}

// lineEnd is where the LF of a line stands, -1 while it has none. A zero byte hides what is
// behind it, as in Valkey: such a line never ends, but by its length.
func lineEnd(b []byte) int {
	end := bytes.IndexByte(b, '\n')
	if end < 0 || bytes.IndexByte(b[:end], 0) >= 0 {
		return -1
	}
	return end
}

// SplitArgs cuts a line into arguments and appends them to dst. Arguments are
// parted by blanks and may be quoted, in part or whole:
//
//	SET key "a\x41\n\"b\""     double quotes: \n \r \t \b \a, \xHH, \ before anything else
//	SET key 'it\'s'            single quotes: \' alone
//	SET key 'it'"'s"           it's: what touches is one argument
//
// Arguments are unescaped in place, which never makes them longer. ok is false
// when a quote is not closed.
// Configuration files and inline commands share this grammar.
func SplitArgs(line []byte, dst [][]byte) (args [][]byte, ok bool) {
	args = dst
	for at := 0; ; {
		for at < len(line) && isBlank(line[at]) {
			at++
		}
		if at == len(line) {
			return args, true
		}
		size, next, ok := unquote(line[at:])
		if !ok {
			return dst, false
		}
		args = append(args, line[at:at+size:at+size])
		at += next
	}
}

// unquote reads one argument at the front of b and writes its value over it:
// size bytes. next is where the search for the next argument begins.
func unquote(b []byte) (size, next int, ok bool) {
	for at := 0; at < len(b); {
		c := b[at]
		switch c {
		case ' ', '\n', '\r', '\t':
			return size, at, true
		case '"', '\'':
			n, end := unquoteSpan(b[size:], b[at:], c)
			if end == 0 {
				return 0, 0, false
			}
			size += n
			at += end
			continue
		}
		b[size] = c
		size++
		at++
	}
	return size, len(b), true
}

// unquoteSpan writes the value of the quoted text at the front of src to dst,
// which lies at or before it. end is the length of the text with both quotes,
// 0 if the closing one is missing.
func unquoteSpan(dst, src []byte, quote byte) (n, end int) {
	for at := 1; at < len(src); n++ {
		c := src[at]
		at++
		switch {
		case c == quote:
			return n, at
		case c == '\\' && at < len(src) && quote == '"':
			c, at = unescape(src, at)
		case c == '\\' && at < len(src) && src[at] == '\'':
			c = '\''
			at++
		}
		dst[n] = c
	}
	return 0, 0
}

// unescape gives the byte meant by the escape whose backslash lies before at.
func unescape(src []byte, at int) (c byte, next int) {
	switch src[at] {
	case 'n':
		return '\n', at + 1
	case 'r':
		return '\r', at + 1
	case 't':
		return '\t', at + 1
	case 'b':
		return '\b', at + 1
	case 'a':
		return '\a', at + 1
	case 'x':
		if at+2 < len(src) {
			hi, okHi := hexDigit(src[at+1])
			lo, okLo := hexDigit(src[at+2])
			if okHi && okLo {
				return hi<<4 | lo, at + 3
			}
		}
	}
	return src[at], at + 1
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// isBlank is C's isspace in the C locale.
func isBlank(c byte) bool {
	return c == ' ' || c >= '\t' && c <= '\r'
}
