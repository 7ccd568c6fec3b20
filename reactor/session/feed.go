package session

import (
	"strconv"
	"time"
)

// MonitorLine is one line of MONITOR: time, database and source of a command ("lua"
// for scripts), and its words in quotes.
func MonitorLine(at time.Time, db int, source string, args [][]byte) []byte {
	b := make([]byte, 0, 64)
	b = append(b, '+')
	b = strconv.AppendInt(b, at.Unix(), 10)
	b = append(b, '.')
	micros := strconv.Itoa(at.Nanosecond()/1000 + 1e6)
	b = append(b, micros[1:]...)
	b = append(b, " ["...)
	b = strconv.AppendInt(b, int64(db), 10)
	b = append(b, ' ')
	b = append(b, source...)
	b = append(b, ']')
	for _, a := range args {
		b = appendQuoted(append(b, ' '), a)
	}
	return append(b, "\r\n"...)
}

// appendQuoted writes a word in double quotes, with \xHH for what cannot be printed.
func appendQuoted(b, word []byte) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, c := range word {
		switch c {
		case '\\', '"':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		case '\a':
			b = append(b, `\a`...)
		case '\b':
			b = append(b, `\b`...)
		default:
			if c >= ' ' && c < 127 {
				b = append(b, c)
			} else {
				b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
			}
		}
	}
	return append(b, '"')
}
