package study

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain is a writer for terminals: what servers say gets there, and no orders to the terminal do.
type plain struct{ w io.Writer }

func (p plain) Write(b []byte) (int, error) {
	_, err := io.WriteString(p.w, Printable(string(b)))
	return len(b), err
}

// Printable is a text in which all that a terminal would not print stands as Go writes it, but for blanks and ends of lines.
func Printable(s string) string {
	if strings.IndexFunc(s, hidden) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		c, n := utf8.DecodeRuneInString(s)
		switch {
		case c == utf8.RuneError && n == 1 || c < 0x80 && hidden(c):
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case hidden(c):
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// oneLine is a text that has no lines of its own: a server's would look like ours.
func oneLine(s string) string { return strings.ReplaceAll(s, "\n", `\n`) }

func hidden(c rune) bool { return c != '\n' && c != '\t' && !unicode.IsPrint(c) }
