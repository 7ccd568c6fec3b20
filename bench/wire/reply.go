// Package wire is what a load generator needs of the protocol: commands become bytes, and replies are found, checked for their
// form and shown where they lie. Nothing is copied and nothing is allocated. A reply that has not come whole is gone on with where
// it broke off, so that one of many elements is looked at once.
package wire

import (
	"bytes"
	"fmt"
)

// Bounds of what is believed. A server that goes beyond them is told to be broken.
const (
	deepest = 32              // aggregates within each other
	longest = 1 << 29         // bytes of a string
	widest  = 1 << 30         // elements of an aggregate
	line    = 64 << 10        // bytes of a line
	largest = longest + 1<<26 // bytes of a whole reply
)

// Reply is one reply where it lies. It is valid as long as the buffer is left alone.
type Reply struct {
	Kind byte   // the byte it begins with; 0: there is none yet
	Null bool   // $-1, *-1 or _
	Int  int64  // of an integer its value; of a string or aggregate its size
	Text []byte // of a string its bytes; of a line what it says
	Raw  []byte // all of it
}

// IsError tells whether the server refuses.
func (r *Reply) IsError() bool { return r.Kind == '-' || r.Kind == '!' }

// ProtocolError says what is wrong with bytes that are no reply.
type ProtocolError struct{ Text string }

func (e *ProtocolError) Error() string { return e.Text }

func broken(format string, args ...any) error { return &ProtocolError{fmt.Sprintf(format, args...)} }

// Scanner finds replies. Its zero value stands before the first.
type Scanner struct {
	at    int // so much of the reply under way has been looked at
	depth int
	left  [deepest]int64 // elements that are missing, by depth
	first Reply          // what it began with, without its text
	from  int            // where the text of first lies
	to    int
	need  int // no use to look before there are so many bytes
}

// Next finds the reply at the front of buf, whose first bytes are those of the call before if that had found none. n is its
// length; 0 with a Kind of 0 means that more is needed.
func (s *Scanner) Next(buf []byte) (r Reply, n int, err error) {
	if len(buf) < s.need {
		return Reply{}, 0, nil
	}
	for {
		took, err := s.element(buf)
		if err == nil && took == 0 && len(buf) > largest {
			err = broken("a reply of more than %d bytes", largest)
		}
		if err != nil || took == 0 {
			return Reply{}, 0, err
		}
		s.at += took
		if s.depth == 0 {
			break
		}
	}
	r, n = s.first, s.at
	r.Text, r.Raw = buf[s.from:s.to], buf[:n]
	s.at, s.need = 0, 0
	return r, n, nil
}

// Needs is how many bytes there have to be, at least, for Next to be of use.
func (s *Scanner) Needs() int { return s.need }

// element takes the next element, without those that are in it. 0 means that more is needed.
func (s *Scanner) element(buf []byte) (took int, err error) {
	rest := buf[s.at:]
	end := bytes.IndexByte(rest, '\n')
	if end < 0 {
		if len(rest) > line {
			return 0, broken("a line of more than %d bytes, beginning with %q", line, rest[:32])
		}
		return 0, nil
	}
	if end > line {
		return 0, broken("a line of more than %d bytes, beginning with %q", line, rest[:32])
	}
	if end < 2 || rest[end-1] != '\r' {
		return 0, broken("%q is no reply", rest[:min(end+1, 64)])
	}
	r := Reply{Kind: rest[0], Text: rest[1 : end-1]}
	took = end + 1
	children := int64(0)
	switch r.Kind {
	case '+', '-', ',', '#', '(':
	case ':':
		r.Int, err = number(r.Text)
	case '_':
		r.Null = true
	case '$', '!', '=':
		took, err = s.bulk(&r, rest, took)
		if took == 0 {
			return 0, err
		}
	case '*', '~', '>', '%', '|':
		children, err = aggregate(&r)
	default:
		err = broken("%q is no reply", rest[:min(end+1, 64)])
	}
	if err != nil {
		return 0, err
	}
	if s.at == 0 || s.first.Kind == '|' && s.depth == 1 && s.left[0] == 1 {
		s.begins(r, took)
	}
	return took, s.descend(r.Kind, children)
}

// begins notes the first element of a reply, which lies before so many bytes.
func (s *Scanner) begins(r Reply, took int) {
	s.from, s.to = s.at, s.at
	if len(r.Text) > 0 {
		s.to = s.at + took - 2
		s.from = s.to - len(r.Text)
	}
	r.Text = nil
	s.first = r
}

// bulk takes a string.
func (s *Scanner) bulk(r *Reply, rest []byte, head int) (took int, err error) {
	if r.Int, err = number(r.Text); err != nil {
		return 0, err
	}
	switch {
	case r.Int == -1 && r.Kind == '$':
		r.Null, r.Text = true, nil
		return head, nil
	case r.Int < 0 || r.Int > longest:
		return 0, broken("a string of %d bytes", r.Int)
	}
	end := head + int(r.Int)
	if s.at+end > largest {
		return 0, broken("a reply of more than %d bytes", largest)
	}
	if len(rest) < end+2 {
		s.need = s.at + end + 2
		return 0, nil
	}
	if rest[end] != '\r' || rest[end+1] != '\n' {
		return 0, broken("a string of %d bytes that ends in %q", r.Int, rest[end:end+2])
	}
	r.Text = rest[head:end]
	return end + 2, nil
}

// aggregate is how many elements follow.
func aggregate(r *Reply) (children int64, err error) {
	if r.Int, err = number(r.Text); err != nil {
		return 0, err
	}
	r.Text = nil
	switch {
	case r.Int == -1 && r.Kind == '*':
		r.Null = true
		return 0, nil
	case r.Int < 0 || r.Int > widest:
		return 0, broken("an aggregate of %d elements", r.Int)
	case r.Kind == '%' || r.Kind == '|':
		return 2 * r.Int, nil
	}
	return r.Int, nil
}

// descend counts an element, and goes into it if there are some in it. An attribute is none: what it describes follows.
func (s *Scanner) descend(kind byte, children int64) error {
	if kind == '|' {
		children++
	}
	if children > 0 {
		if s.depth == deepest {
			return broken("a reply of more than %d levels", deepest)
		}
		s.left[s.depth] = children
		s.depth++
		return nil
	}
	for s.depth > 0 {
		if s.left[s.depth-1]--; s.left[s.depth-1] > 0 {
			return nil
		}
		s.depth--
	}
	return nil
}

// number is a decimal number with a sign.
func number(b []byte) (n int64, err error) {
	text := b
	negative := len(b) > 0 && b[0] == '-'
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 19 {
		return 0, broken("%q is no number", text[:min(len(text), 32)])
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, broken("%q is no number", text[:min(len(text), 32)])
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, nil
}

// Strings are the strings and numbers in a reply, in their order, as Next has found it. It allocates.
func Strings(raw []byte) (list []string) {
	for len(raw) > 0 {
		end := bytes.IndexByte(raw, '\n')
		if end < 2 {
			return list
		}
		kind, text := raw[0], raw[1:end-1]
		raw = raw[end+1:]
		switch kind {
		case '+', '-', ':', ',', '(', '#':
			list = append(list, string(text))
		case '_':
			list = append(list, "")
		case '$', '=', '!':
			n, err := number(text)
			if err != nil || n > int64(len(raw))-2 {
				return list
			}
			if n < 0 {
				list = append(list, "")
				continue
			}
			list = append(list, string(raw[:n]))
			raw = raw[n+2:]
		}
	}
	return list
}
