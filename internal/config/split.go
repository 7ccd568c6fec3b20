package config

import (
	"errors"
	"strings"
)

var errQuotes = errors.New("Unbalanced quotes in configuration line")

// Words cuts a line at blanks. "Double quotes" know \n \r \t \a \b \xHH and \ before any other character, 'single
// quotes' know \' only; a closing quote must end its word.
func Words(line string) ([]string, error) {
	words := []string{}
	for {
		line = strings.TrimLeft(line, " \t\r\n\v\f")
		if line == "" {
			return words, nil
		}
		word, rest, err := takeWord(line)
		if err != nil {
			return nil, err
		}
		words, line = append(words, word), rest
	}
}

// takeWord reads the word at the front of a line that starts with no blank. A quote may open in the middle of a word.
func takeWord(line string) (word, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ' ', '\t', '\r', '\n':
			return b.String(), line[i:], nil
		case '"', '\'':
			n := takeQuoted(&b, line[i:])
			if n == 0 || i+n < len(line) && !isBlank(line[i+n]) {
				return "", "", errQuotes
			}
			return b.String(), line[i+n:], nil
		default:
			b.WriteByte(line[i])
		}
	}
	return b.String(), "", nil
}

// takeQuoted appends the inside of the quotes that open s and returns their length with both marks, 0 if unclosed.
func takeQuoted(b *strings.Builder, s string) int {
	quote := s[0]
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return i + 1
		case s[i] != '\\' || i+1 == len(s):
			b.WriteByte(s[i])
		case quote == '\'':
			if s[i+1] == '\'' {
				i++
			}
			b.WriteByte(s[i])
		case s[i+1] == 'x' && i+3 < len(s) && hexValue(s[i+2]) >= 0 && hexValue(s[i+3]) >= 0:
			b.WriteByte(byte(hexValue(s[i+2])<<4 | hexValue(s[i+3])))
			i += 3
		default:
			i++
			b.WriteByte(unescape(s[i]))
		}
	}
	return 0
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'a':
		return '\a'
	case 'b':
		return '\b'
	}
	return c
}

func hexValue(c byte) int {
	return strings.IndexByte("0123456789abcdef", c|0x20)
}

func isBlank(c byte) bool {
	return strings.IndexByte(" \t\r\n\v\f", c) >= 0
}
