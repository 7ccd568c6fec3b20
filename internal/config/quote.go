package config

import (
	"fmt"
	"strings"
)

// quote writes a word between double quotes, as Words reads it.
func quote(word string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(word) {
		switch c := word[i]; {
		case c == '\\' || c == '"':
			b.WriteByte('\\')
			b.WriteByte(c)
		case strings.IndexByte(controls, c) >= 0:
			b.WriteByte('\\')
			b.WriteByte("nrtab"[strings.IndexByte(controls, c)])
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// controls are the characters behind \n \r \t \a \b.
const controls = "\n\r\t\a\b"
