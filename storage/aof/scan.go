package aof

import (
	"bytes"
	"math"
)

// mark is what a mark of time begins with.
const mark = "#TS:"

// longestNote is how long a line may be that begins with #, its end included.
const longestNote = 1024

// What stands at the front of some bytes.
type found uint8

const (
	whole   found = iota // a command or a note
	partial              // the beginning of one
	wrong                // neither
)

// item is what was found.
type item struct {
	is   found
	size int // whole: how many bytes it has
	need int // partial: how many it has at least; more than there are
	at   int // wrong: what is wrong stands there
}

// scanCommand reads a command at the front of b and appends its arguments, which are views, to args.
func scanCommand(b []byte, args [][]byte) ([][]byte, item) {
	count, at, it := scanLength(b, 0, '*')
	if it.is != whole {
		return args, it
	}
	if count == 0 {
		return args, item{is: wrong}
	}
	from := len(args)
	for ; count > 0; count-- {
		size, next, it := scanLength(b, at, '$')
		if it.is != whole {
			return args[:from], it
		}
		if size > math.MaxInt-int64(next)-2 {
			return args[:from], item{is: partial, need: math.MaxInt}
		}
		end := next + int(size)
		if end+2 > len(b) {
			return args[:from], item{is: partial, need: end + 2}
		}
		if b[end] != '\r' || b[end+1] != '\n' {
			return args[:from], item{is: wrong, at: end}
		}
		args = append(args, b[next:end:end])
		at = end + 2
	}
	return args, item{size: at}
}

// scanLength reads a line of a sign and a number, which begins at a place; next is where the one behind it begins.
func scanLength(b []byte, at int, sign byte) (n int64, next int, it item) {
	if at >= len(b) {
		return 0, 0, item{is: partial, need: at + 1}
	}
	if b[at] != sign {
		return 0, 0, item{is: wrong, at: at}
	}
	i := at + 1
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		if n > (math.MaxInt64-9)/10 {
			return 0, 0, item{is: wrong, at: at}
		}
		n = 10*n + int64(b[i]-'0')
	}
	switch {
	case i-at > 20, i < len(b) && (i == at+1 || b[i] != '\r'), i+1 < len(b) && b[i+1] != '\n':
		return 0, 0, item{is: wrong, at: at}
	case i+2 > len(b):
		return 0, 0, item{is: partial, need: i + 2}
	}
	return n, i + 2, item{}
}

// scanNote reads a line that begins with #; second is the time it tells, 0: none.
func scanNote(b []byte) (second int64, it item) {
	line := firstLine(b, longestNote-1)
	switch {
	case line[len(line)-1] == '\n':
	case len(line) == longestNote-1:
		return 0, item{is: wrong}
	default:
		return 0, item{is: partial, need: len(line) + 1}
	}
	if text, ok := bytes.CutPrefix(line, []byte(mark)); ok {
		second = parseSeq(text)
	}
	return second, item{size: len(line)}
}
