package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"sigrun/internal/config"
	"sigrun/storage/rdb"
)

// outcome is what became of a file of commands.
type outcome int

const (
	isValid outcome = iota
	isEmpty
	wasCut
	wasCutByTime
)

// errTold ends a check that said why.
var errTold = errors.New("told")

// Room for a line: one with a number, and one that begins with #.
const (
	numberRoom = 128
	noteRoom   = 1024
)

// commands checks files of commands, one after the other.
type commands struct {
	c *check

	in      *lineReader
	path    string
	problem string // what is wrong
	where   int64  // what was read last began there
	line    int64
	open    int // transactions
	census  census
}

func (k *commands) say(format string, args ...any) { fmt.Fprintf(k.c.out, format, args...) }

func (k *commands) stop(format string, args ...any) error {
	k.say(format, args...)
	return errTold
}

// wrong notes what is wrong where something was read.
func (k *commands) wrong(format string, args ...any) bool {
	text := string(upToZero(fmt.Appendf(nil, format, args...)))
	k.problem = fmt.Sprintf("0x%16x: %s", k.where, text[:min(len(text), 1023)])
	return false
}

// file checks a file, which lies at a path and is known by a name.
func (k *commands) file(name, path string, last, snapshot bool) (outcome, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil && !k.c.o.fix && k.c.o.to == 0 && !k.c.o.classic {
		f, err = os.Open(path) // who looks only need not be allowed more
	}
	if err != nil {
		return 0, k.stop("Cannot open file %s: %s, aborting...\n", path, config.Reason(err))
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return 0, k.stop("Cannot stat file: %s, aborting...\n", name)
	}
	size := info.Size()
	if size == 0 {
		return isEmpty, nil
	}
	src := k.c.bar.watch(f, size)
	defer k.c.bar.done()
	k.in, k.path, k.open = newLines(src, 0), path, 0
	if snapshot {
		if err := k.snapshot(src, path, size); err != nil {
			return 0, err
		}
	}
	whole, cut, err := k.read(f, name, last)
	k.c.bar.done()
	if err != nil {
		return 0, err
	}
	if cut {
		return wasCutByTime, nil
	}
	return k.judge(f, name, size, whole, last)
}

// snapshot checks what a file begins with.
func (k *commands) snapshot(src io.Reader, path string, size int64) error {
	r := rdb.NewReader(src, size)
	c := checker{check: k.c, preamble: true}
	if !c.input(path, r) {
		return k.stop("RDB preamble of AOF file is not sane, aborting.\n")
	}
	k.say("RDB preamble is OK, proceeding with AOF tail...\n")
	k.in = newLines(io.MultiReader(bytes.NewReader(bytes.Clone(r.Unread())), src), r.Pos())
	return nil
}

// read reads commands to the end, or up to something wrong, or too young. whole is how far all was well.
func (k *commands) read(f *os.File, name string, last bool) (whole int64, cut bool, err error) {
	for {
		if k.open == 0 {
			whole = k.in.at
		}
		c, ok := k.in.peek()
		switch {
		case !ok && k.in.bad != nil:
			return 0, false, k.stop("Failed to read from AOF %s, aborting...\n", name)
		case !ok:
			k.ended()
			return whole, false, nil
		case c == '#':
			if cut, err := k.note(f, last); cut || err != nil {
				return whole, cut, err
			}
		case c != '*':
			k.say("AOF %s format error\n", name)
			return whole, false, nil
		case !k.command():
			k.ended()
			return whole, false, nil
		}
	}
}

// ended notes that a transaction has no end.
func (k *commands) ended() {
	if k.open != 0 && k.problem == "" {
		k.wrong("Reached EOF before reading EXEC for MULTI")
	}
}

// judge says what was found, and cuts off what is not well if that is wanted.
func (k *commands) judge(f *os.File, name string, size, whole int64, last bool) (outcome, error) {
	if k.problem != "" {
		k.say("%s\n", k.problem)
	}
	over := size - whole
	if over == 0 && k.c.o.to != 0 {
		k.say("Truncate nothing in AOF %s to timestamp %d\n", name, k.c.o.to)
		return isValid, nil
	}
	k.say("AOF analyzed: filename=%s, size=%d, ok_up_to=%d, ok_up_to_line=%d, diff=%d\n", name, size, whole, k.line, over)
	switch {
	case over <= 0:
		return isValid, nil
	case !k.c.o.fix:
		return 0, k.stop("AOF %s is not valid. Use the --fix option to try fixing it.\n", name)
	case !last:
		return 0, k.stop("Failed to truncate AOF %s because it is not the last file\n", name)
	}
	k.say("This will shrink the AOF %s from %d bytes, with %d bytes, to %d bytes\n", name, size, over, whole)
	k.say("Continue? [y/N]: ")
	if !k.c.agreed() {
		return 0, k.stop("Aborting...\n")
	}
	if !cutFile(f, whole) {
		return 0, k.stop("Failed to truncate AOF %s\n", name)
	}
	return wasCut, nil
}

// cutFile cuts a file, for good.
func cutFile(f *os.File, size int64) bool {
	return f.Truncate(size) == nil && f.Sync() == nil
}

// command reads a command.
func (k *commands) command() bool {
	count, ok := k.number('*')
	if !ok {
		return false
	}
	begin := k.where
	var name []byte
	for i := int64(0); i < count; i++ {
		size, ok := k.number('$')
		if !ok {
			return false
		}
		if size < 0 || size > 1<<63-3 {
			return k.wrong("Expected to read string of %d bytes, which is not in the suitable range", size)
		}
		var first [word]byte
		var end [2]byte
		k.where = k.in.at
		if got := k.in.skip(size+2, first[:], end[:]); got != size+2 {
			return k.wrong("Expected to read %d bytes, got %d bytes", size+2, got)
		}
		if !k.newline(end[:]) {
			return false
		}
		if i == 0 {
			if name = upToZero(first[:min(size, word)]); !k.transaction(name) {
				return false
			}
		}
	}
	if !k.c.o.classic {
		k.census.add(name, k.in.at-begin)
	}
	return true
}

// word is how much of the name of a command is kept.
const word = 32

// transaction notes what begins and ends one.
func (k *commands) transaction(name []byte) bool {
	switch {
	case bytes.EqualFold(name, []byte("multi")):
		if k.open++; k.open != 1 {
			return k.wrong("Unexpected MULTI in AOF %s", k.path)
		}
	case bytes.EqualFold(name, []byte("exec")):
		if k.open--; k.open != 0 {
			return k.wrong("Unexpected EXEC in AOF %s", k.path)
		}
	}
	return true
}

// number reads a line of a sign and a number.
func (k *commands) number(sign byte) (n int64, ok bool) {
	k.where = k.in.at
	b := k.in.line(numberRoom)
	if b == nil {
		return 0, false
	}
	if b[0] != sign {
		return 0, k.wrong("Expected prefix '%c', got: '%s'", sign, b[:1])
	}
	n, _, behind := number(b[1:])
	return n, k.newline(behind)
}

func (k *commands) newline(b []byte) bool {
	if at(b, 0) != '\r' || at(b, 1) != '\n' {
		return k.wrong("Expected \\r\\n, got: %02x%02x", uint32(int8(at(b, 0))), uint32(int8(at(b, 1))))
	}
	k.line++
	return true
}

// note reads a line that begins with #; cut: it is a mark of a time that is too late, and what begins there was cut off.
func (k *commands) note(f *os.File, last bool) (cut bool, err error) {
	k.where = k.in.at
	b := k.in.line(noteRoom)
	text, isMark := bytes.CutPrefix(upToZero(b), []byte("#TS:"))
	if !isMark {
		return false, nil
	}
	second, inRange, behind := number(text)
	if k.c.o.to == 0 {
		k.census.mark(second)
		return false, nil
	}
	switch {
	case !inRange || at(behind, 0) != '\r':
		return false, k.stop("Invalid timestamp annotation\n")
	case second <= k.c.o.to:
		k.census.mark(second)
		return false, nil
	case k.where == 0:
		return false, k.stop("AOF %s has nothing before timestamp %d, aborting...\n", k.path, k.c.o.to)
	case !last:
		return false, k.stop("Failed to truncate AOF %s to timestamp %d to offset %d because it is not the last file.\n"+
			"If you insist, please delete all files after this file according to the manifest file and delete the corresponding records in manifest file manually. "+
			"Then re-run valkey-check-aof.\n", k.path, k.c.o.to, k.where)
	case !cutFile(f, k.where):
		return false, k.stop("Failed to truncate AOF %s to timestamp %d\n", k.path, k.c.o.to)
	}
	return true, nil
}
