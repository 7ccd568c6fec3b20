package main

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
)

// lineReader reads a file as the tool does whose words are spoken here: by lines that are cut at a length, which end at a zero byte for whoever looks at them.
type lineReader struct {
	src *bufio.Reader
	at  int64 // bytes that were read
	bad error // not the end
}

func newLines(src io.Reader, at int64) *lineReader {
	return &lineReader{src: bufio.NewReaderSize(src, 1<<16), at: at}
}

// peek is the next byte; ok is false at the end.
func (l *lineReader) peek() (c byte, ok bool) {
	b, err := l.src.Peek(1)
	if err != nil {
		l.note(err)
		return 0, false
	}
	return b[0], true
}

func (l *lineReader) note(err error) {
	if err != io.EOF && err != bufio.ErrBufferFull {
		l.bad = err
	}
}

// line is the next line with its end, or as much of it as has room: one byte less than room. nil: there is none. It lives until the next call.
func (l *lineReader) line(room int) []byte {
	b, err := l.src.Peek(room - 1)
	l.note(err)
	if end := bytes.IndexByte(b, '\n'); end >= 0 {
		b = b[:end+1]
	}
	_, _ = l.src.Discard(len(b))
	l.at += int64(len(b))
	if len(b) == 0 {
		return nil
	}
	return b
}

// skip passes over n bytes and keeps the first and the last few; got is how many there were.
func (l *lineReader) skip(n int64, first, last []byte) (got int64) {
	head, _ := l.src.Peek(int(min(n, int64(len(first)))))
	copy(first, head)
	for rest := n - int64(len(last)); got < rest; {
		some, err := l.src.Discard(int(min(rest-got, 1<<30)))
		got += int64(some)
		if err != nil {
			l.note(err)
			l.at += got
			return got
		}
	}
	some, err := io.ReadFull(l.src, last)
	if err != io.ErrUnexpectedEOF {
		l.note(err)
	}
	got += int64(some)
	l.at += got
	return got
}

// upToZero is what stands before the first zero byte.
func upToZero(b []byte) []byte {
	if end := bytes.IndexByte(b, 0); end >= 0 {
		b = b[:end]
	}
	return b
}

// number is the number that b begins with, the nearest one where it is out of range, and what stands behind it.
func number(b []byte) (n int64, inRange bool, behind []byte) {
	b = upToZero(b)
	digits := bytes.TrimLeft(b, " \t\n\v\f\r")
	end := 0
	if end < len(digits) && (digits[end] == '-' || digits[end] == '+') {
		end++
	}
	first := end
	for end < len(digits) && digits[end] >= '0' && digits[end] <= '9' {
		end++
	}
	if end == first {
		return 0, true, b
	}
	n, err := strconv.ParseInt(string(digits[:end]), 10, 64)
	return n, err == nil, digits[end:]
}

// at is a byte of b, 0 behind its end.
func at(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}
