// Package glob matches names against the patterns of KEYS, SCAN, PSUBSCRIBE,
// ACLs and CONFIG GET, with every quirk that Valkey's matcher has, because
// clients rely on them without knowing:
//
//   - any bytes, also none, but never an empty name as a whole
//     ?        one byte
//     [abc]    one of these; [^abc] none of these; [a-z] also as [z-a]
//     [abc     a class without its end goes to the end of the pattern
//     \x       x itself, also within a class; a lone \ at the end is itself
//
// Bytes of a range compare as signed numbers. Without case, a range is turned
// around before its ends are lowered and an escaped byte in a class keeps its
// case. Everything is bytes; nothing is allocated. Any goroutine may call.
package glob

import "bytes"

// maxDepth bounds the stars that are tried inside each other. A name that
// would need more does not match.
const maxDepth = 1000

// Match tells whether the whole of name matches pattern; nocase takes ASCII
// letters of both cases for the same.
//
// The time is bounded by the product of both lengths, not an exponential of
// the number of stars: once a star fails to match anywhere in the rest of the
// name, longer matches of the stars before it would only leave less of it.
func Match(pattern, name []byte, nocase bool) bool {
	m := matcher{nocase: nocase}
	return m.match(pattern, name, 0)
}

type matcher struct {
	nocase   bool
	hopeless bool // a star found nothing in the rest: no earlier star can help
}

func (m *matcher) match(p, s []byte, depth int) bool {
	if depth > maxDepth {
		return false
	}
	for len(p) > 0 && len(s) > 0 {
		switch p[0] {
		case '*':
			return m.star(p, s, depth)
		case '?':
			p = p[1:]
		case '[':
			rest, ok := m.class(p[1:], s[0])
			if !ok {
				return false
			}
			p = rest
		default:
			if p[0] == '\\' && len(p) > 1 {
				p = p[1:]
			}
			if !m.same(p[0], s[0]) {
				return false
			}
			p = p[1:]
		}
		if s = s[1:]; len(s) == 0 {
			p = bytes.TrimLeft(p, "*")
		}
	}
	return len(p) == 0 && len(s) == 0
}

// star matches what follows the stars at the front of p at every place of s.
func (m *matcher) star(p, s []byte, depth int) bool {
	p = bytes.TrimLeft(p, "*")
	if len(p) == 0 {
		return true
	}
	literal := !m.nocase && bytes.IndexByte([]byte(`*?[\`), p[0]) < 0
	for len(s) > 0 {
		if literal { // places without it would fail at once
			at := bytes.IndexByte(s, p[0])
			if at < 0 {
				break
			}
			s = s[at:]
		}
		if m.match(p, s, depth+1) {
			return true
		}
		if m.hopeless {
			return false
		}
		s = s[1:]
	}
	m.hopeless = true
	return false
}

// class matches c against the class whose '[' lies before p, and gives the
// pattern behind its end.
func (m *matcher) class(p []byte, c byte) (rest []byte, ok bool) {
	inverted := len(p) > 0 && p[0] == '^'
	if inverted {
		p = p[1:]
	}
	match := false
	for len(p) > 0 && p[0] != ']' {
		switch {
		case p[0] == '\\' && len(p) >= 2:
			match = match || p[1] == c
			p = p[2:]
		case len(p) >= 3 && p[1] == '-':
			match = match || m.within(p[0], p[2], c)
			p = p[3:]
		default:
			match = match || m.same(p[0], c)
			p = p[1:]
		}
	}
	if len(p) > 0 {
		p = p[1:]
	}
	return p, match != inverted
}

func (m *matcher) within(first, last, c byte) bool {
	if int8(first) > int8(last) {
		first, last = last, first
	}
	if m.nocase {
		first, last, c = lower(first), lower(last), lower(c)
	}
	return int8(c) >= int8(first) && int8(c) <= int8(last)
}

func (m *matcher) same(a, b byte) bool {
	return a == b || m.nocase && lower(a) == lower(b)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}
