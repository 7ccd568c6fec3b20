package aof

import (
	"errors"
	"io"
)

// What is wrong with a file; errors.Is finds it in an Error.
var (
	// ErrTruncated: its end is missing.
	ErrTruncated = errors.New("unexpected end of file")
	// ErrFormat: there is something in it that is no command.
	ErrFormat = errors.New("bad file format")
)

// Error says what is wrong with a file, and where.
type Error struct {
	File  string
	Class error // one of the above, or an error of the file
	At    int64 // where what is wrong begins
	Valid int64 // up to here it is whole, and no transaction is open
	// Open: what is wrong is within a transaction.
	Open bool
	// Unended: nothing is wrong but that the file ends there, between two of its commands.
	Unended bool
	// Torn says of an ErrFormat that it looks like what a loss of power leaves of the last write: what is wrong begins in the last block, and no whole
	// command stands behind it.
	Torn bool
}

func (e *Error) Error() string { return e.Class.Error() }

func (e *Error) Unwrap() error { return e.Class }

// block is the largest piece of which a loss of power may leave anything.
const block = 4096

// Part is the part that a command has in a transaction.
type Part uint8

// The parts.
const (
	Alone  Part = iota // it is in none
	Begins             // it is what begins one
	Within
	Ends   // it is what ends one
	Nested // it would begin one within another, which begins nothing
	Stray  // it would end one, and none has begun
)

// Command is a command of a file.
type Command struct {
	Args [][]byte // views of the batch
	At   int64    // its first byte
	End  int64    // the first one behind it
	Time int64    // seconds, by the last mark before it; 0: there was none
	Part Part

	first, count int // of its arguments
}

// Batch is commands that follow each other, in memory of its own: it is whoever has it that may use it, and give it to a Reader again.
type Batch struct {
	Commands []Command
	// End is how much of the file was read with this batch.
	End int64

	buf  []byte
	args [][]byte
}

const (
	// batchSize is how many bytes of a file a batch has, and what it keeps room for. A command that is longer has the room that it needs.
	batchSize = 64 << 10
	// batchCommands bounds the commands of a batch whose room is larger.
	batchCommands = 8192
	argsKept      = 2 * batchCommands
)

// reset empties the batch; room for what was unusually large goes.
func (b *Batch) reset() {
	if cap(b.args) > argsKept {
		b.args = nil
	}
	if cap(b.buf) != batchSize {
		b.buf = make([]byte, 0, batchSize)
	}
	b.Commands, b.args, b.buf = b.Commands[:0], b.args[:0], b.buf[:0]
}

// room makes room for so many bytes.
func (b *Batch) room(n int) {
	if n > cap(b.buf) {
		b.buf = append(make([]byte, 0, n), b.buf...)
	}
}

// seal has the commands see their arguments, of which there are no more to come.
func (b *Batch) seal() {
	for i := range b.Commands {
		c := &b.Commands[i]
		c.Args = b.args[c.first : c.first+c.count : c.first+c.count]
	}
}

// Reader reads the commands of a file. It may run ahead of whoever executes them, by as many batches as there are.
type Reader struct {
	src   io.Reader
	left  int64  // what src still has, by the size of the file
	rest  []byte // read, and in no batch yet
	at    int64  // where that begins in the file
	valid int64
	open  int64 // where the open transaction begins, -1: there is none
	time  int64
	err   error                  // what comes behind the batches that were given
	ask   func(more int64) error // whether there is memory for so many bytes more; nil: there is
}

// NewReader reads what src has, which is a file of a size from a place on.
func NewReader(src io.Reader, at, size int64) *Reader {
	return &Reader{src: src, left: max(size-at, 0), at: at, valid: at, open: -1}
}

// Next fills a batch. io.EOF says that the file ended, and all of it was whole; any other error is an *Error.
func (r *Reader) Next(b *Batch) error {
	b.reset()
	b.room(len(r.rest))
	b.buf = append(b.buf, r.rest...)
	if r.rest = r.rest[:0]; cap(r.rest) > batchSize {
		r.rest = nil
	}
	for want := cap(b.buf); r.err == nil; {
		failed := r.fill(b, want)
		end := r.at + int64(len(b.buf))
		done, it := r.take(b)
		if failed != nil {
			r.err = &Error{Class: failed, At: end, Valid: r.valid, Open: r.open >= 0}
		}
		if len(b.Commands) > 0 || r.err != nil || it.is == wrong {
			r.rest = append(r.rest, b.buf[done:]...)
			r.at += int64(done)
			if len(b.Commands) == 0 && it.is == wrong {
				r.wrong(it)
			}
			break
		}
		b.buf = b.buf[:copy(b.buf, b.buf[done:])] // notes alone
		r.at += int64(done)
		want = r.more(b, it)
	}
	if len(b.Commands) == 0 {
		return r.err
	}
	b.seal()
	b.End = r.at
	return nil
}

// fill reads until the batch has so many bytes, or the file no more.
func (r *Reader) fill(b *Batch, want int) error {
	for len(b.buf) < want && r.left > 0 {
		room := b.buf[len(b.buf):want]
		n, err := r.src.Read(room[:min(int64(len(room)), r.left)])
		b.buf = b.buf[:len(b.buf)+n]
		if r.left -= int64(n); err == io.EOF {
			r.left = 0
		} else if err != nil {
			return err
		}
	}
	return nil
}

// take takes commands from the front of the batch's bytes; done is how many bytes they have, and it what stands behind them.
func (r *Reader) take(b *Batch) (done int, it item) {
	for len(b.Commands) < batchCommands {
		if done == len(b.buf) {
			return done, item{is: partial, need: 1}
		}
		if b.buf[done] == '#' {
			var second int64
			if second, it = scanNote(b.buf[done:]); it.is != whole {
				break
			}
			if second != 0 {
				r.time = second
			}
			done += it.size
			continue
		}
		first := len(b.args)
		if b.args, it = scanCommand(b.buf[done:], b.args); it.is != whole {
			break
		}
		c := Command{At: r.at + int64(done), Time: r.time, first: first, count: len(b.args) - first}
		done += it.size
		c.End = r.at + int64(done)
		c.Part = r.part(b.args[first], &c)
		b.Commands = append(b.Commands, c)
	}
	return done, it
}

// askFrom is from how many bytes on the room for a command is asked for.
const askFrom = 1 << 20

// more has a batch without a command get what is missing of its first one, which must be in the file; else that ends here. A command that has no room, here and
// where it puts what it says, ends it, too.
func (r *Reader) more(b *Batch, it item) (want int) {
	most := int64(len(b.buf)) + r.left
	switch {
	case int64(it.need) <= most:
		want = int(min(max(int64(it.need), 2*int64(cap(b.buf))), most))
		if want >= askFrom && r.ask != nil {
			if err := r.ask(2 * int64(want)); err != nil {
				r.fail(err, r.at)
				return 0
			}
		}
		b.room(want)
		return want
	case len(b.buf) > 0:
		r.fail(ErrTruncated, r.at)
	case r.open >= 0:
		r.err = &Error{Class: ErrTruncated, At: r.open, Valid: r.valid, Open: true, Unended: true}
	default:
		r.err = io.EOF
	}
	return 0
}

// part is the part of a command in a transaction.
func (r *Reader) part(name []byte, c *Command) (p Part) {
	switch {
	case r.open < 0 && isWord(name, "MULTI"):
		r.open = c.At
		return Begins
	case r.open < 0 && isWord(name, "EXEC"):
		p = Stray
	case r.open < 0:
		p = Alone
	case isWord(name, "EXEC"):
		r.open = -1
		p = Ends
	case isWord(name, "MULTI"):
		return Nested
	default:
		return Within
	}
	r.valid = c.End
	return p
}

// isWord reports whether two words are the same but for the case of their letters.
func isWord(b []byte, upper string) bool {
	if len(b) != len(upper) {
		return false
	}
	for i, c := range b {
		if c&^0x20 != upper[i] {
			return false
		}
	}
	return true
}

// wrong ends at something that is no command.
func (r *Reader) wrong(it item) {
	b := Batch{buf: r.rest}
	torn := int64(len(b.buf)-it.at)+r.left <= block
	if torn {
		b.room(len(b.buf) + int(r.left))
		torn = r.fill(&b, cap(b.buf)) == nil && !hasCommand(b.buf[it.at:])
	}
	r.err = &Error{Class: ErrFormat, At: r.at + int64(it.at), Valid: r.valid, Open: r.open >= 0, Torn: torn}
}

// hasCommand reports whether a whole command stands anywhere in b.
func hasCommand(b []byte) bool {
	for i, c := range b {
		if c != '*' {
			continue
		}
		if _, it := scanCommand(b[i:], nil); it.is == whole {
			return true
		}
	}
	return false
}

func (r *Reader) fail(class error, at int64) {
	r.err = &Error{Class: class, At: at, Valid: r.valid, Open: r.open >= 0}
}
