package acl

import (
	"encoding/binary"
	"strings"

	"sigrun/internal/glob"
)

// pattern is one of keys or channels, compiled so that most of them are a comparison or two.
type pattern struct {
	lead   uint64 // the first bytes of head,
	mask   uint64 // and which of eight those are
	text   string // as it was given
	access access // of keys
	kind   kind
	head   string // what every name begins with
	tail   string // what it ends with
	rest   []byte // what matches behind head
}

type kind uint8

const (
	literal kind = iota // head alone
	prefix              // head, and anything
	around              // head, anything, tail
	globbed             // head, and what rest matches
)

// compile reads a pattern.
func compile(text string, a access) pattern {
	head, rest := plain(text)
	p := pattern{text: text, access: a, head: head, lead: leadOf([]byte(head))}
	for i := range min(len(head), leading) {
		p.mask |= 0xff << (8 * i)
	}
	if rest == "" {
		return p
	}
	star := rest[0] == '*'
	after := strings.TrimLeft(rest, "*")
	tail, left := plain(after)
	switch {
	case star && after == "":
		p.kind = prefix
	case star && left == "":
		p.kind, p.tail = around, tail
	default:
		p.kind, p.rest = globbed, []byte(rest)
	}
	return p
}

// plain takes what stands before the first sign, without its backslashes.
func plain(text string) (head, rest string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '*', '?', '[':
			return b.String(), text[i:]
		case '\\':
			if i+1 < len(text) {
				i++
			}
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// leading is how many bytes of a name are compared at once, before anything else: most patterns are not those of most names.
const leading = 8

// leadOf is the first bytes of a name as one number.
func leadOf(name []byte) (lead uint64) {
	if len(name) >= leading {
		return binary.LittleEndian.Uint64(name)
	}
	for i, c := range name {
		lead |= uint64(c) << (8 * i)
	}
	return lead
}

// matches is what glob.Match says of the whole pattern; lead is the name's. No sign matches an empty name.
func (p *pattern) matches(name []byte, lead uint64) bool {
	n := len(p.head)
	if lead&p.mask != p.lead || len(name) < n || n > leading && string(name[leading:n]) != p.head[leading:] {
		return false
	}
	switch p.kind {
	case literal:
		return len(name) == n
	case prefix:
		return len(name) > 0
	case around:
		at := len(name) - len(p.tail)
		return at >= n && string(name[at:]) == p.tail
	}
	return glob.Match(p.rest, name[n:], false)
}

// access is what may be done with a key.
type access uint8

const (
	reads access = 1 << iota
	writes
)

// mark stands before a pattern of keys.
func (a access) mark() string {
	switch a {
	case reads:
		return "%R~"
	case writes:
		return "%W~"
	}
	return "~"
}
