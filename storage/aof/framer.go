package aof

import (
	"sigrun/internal/num"
)

// Record is a command as the file has it. A database below 0 says that it is the same in all.
type Record struct {
	DB   int
	Args [][]byte
}

// Framer makes the bytes of a file of commands: it knows which database is selected there, and of which second the last mark of time is. Nothing is
// allocated but for dst to grow. The zero Framer begins a file.
type Framer struct {
	selected int   // the database, and 1
	second   int64 // of the last mark
}

// Reset has the next command select its database: another file begins, or nobody knows what is selected.
func (f *Framer) Reset() { f.selected = 0 }

// Append adds what one step did: as a transaction where that is more than one command and none may be there without the others (together).
func (f *Framer) Append(dst []byte, together bool, records ...Record) []byte {
	together = together && len(records) > 1
	if together {
		dst = f.Begin(dst)
	}
	for i := range records {
		dst = f.Command(dst, records[i].DB, records[i].Args)
	}
	if together {
		dst = f.End(dst)
	}
	return dst
}

// Mark adds a mark of time, in seconds, where the last one is older (aof-timestamp-enabled). It goes before a step, and never into one.
func (f *Framer) Mark(dst []byte, second int64) []byte {
	if second <= f.second {
		return dst
	}
	f.second = second
	dst = num.AppendInt(append(dst, mark...), second)
	return append(dst, '\r', '\n')
}

// Begin adds what begins a transaction.
func (*Framer) Begin(dst []byte) []byte { return append(dst, "*1\r\n$5\r\nMULTI\r\n"...) }

// End adds what ends a transaction.
func (*Framer) End(dst []byte) []byte { return append(dst, "*1\r\n$4\r\nEXEC\r\n"...) }

// Command adds a command, and what selects its database.
func (f *Framer) Command(dst []byte, database int, args [][]byte) []byte {
	return AppendCommand(f.Select(dst, database), args...)
}

// Select adds what selects a database, if another one is selected; below 0: any will do.
func (f *Framer) Select(dst []byte, database int) []byte {
	if database < 0 || f.selected == database+1 {
		return dst
	}
	f.selected = database + 1
	dst = append(dst, "*2\r\n$6\r\nSELECT\r\n"...)
	dst = appendLength(dst, '$', num.IntLen(int64(database)))
	dst = num.AppendInt(dst, int64(database))
	return append(dst, '\r', '\n')
}

// AppendCommand adds the bytes of a command.
func AppendCommand(dst []byte, args ...[]byte) []byte {
	dst = appendLength(dst, '*', len(args))
	for _, a := range args {
		dst = appendArg(dst, a)
	}
	return dst
}

func appendArg(dst, a []byte) []byte {
	dst = appendLength(dst, '$', len(a))
	dst = append(dst, a...)
	return append(dst, '\r', '\n')
}

func appendLength(dst []byte, sign byte, n int) []byte {
	if n < 10 {
		return append(dst, sign, byte('0'+n), '\r', '\n')
	}
	dst = num.AppendInt(append(dst, sign), int64(n))
	return append(dst, '\r', '\n')
}

// CommandSize is how many bytes AppendCommand adds.
func CommandSize(args [][]byte) int {
	size := lengthSize(len(args))
	for _, a := range args {
		size += lengthSize(len(a)) + len(a) + len("\r\n")
	}
	return size
}

func lengthSize(n int) int { return len("*\r\n") + num.IntLen(int64(n)) }
