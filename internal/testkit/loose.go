package testkit

import (
	"bytes"
	"sort"
	"strconv"
	"strings"
)

// Loose says how far two replies may differ and still count as the same. Each degree has a name, so that a comparison
// says what it forgave.
type Loose uint8

const (
	Exact    Loose = iota // the same bytes
	Sorted                // arrays, sets and maps, however deep, hold the same in any order
	AnyError              // both are errors that start with the same word; otherwise Exact
	Near                  // integers at most 1 + 1 % apart, for times to live; otherwise Exact
	Shape                 // the same type and number of elements, for random picks
	Walk                  // of SCAN: Sorted, unless one of them has not come to its end: a busy shard may end a step early
	Listed                // of OBJECT ENCODING: the reference keeps every list as a quicklist, and embeds shorter strings; otherwise Exact
	Untimed               // of what tells about streams: but for times, and what the reference counts differently; otherwise Exact
	Ignore                // anything
)

func (l Loose) String() string {
	return [...]string{"Exact", "Sorted", "AnyError", "Near", "Shape", "Walk", "Listed", "Untimed", "Ignore"}[l]
}

// Same compares two raw replies.
func (l Loose) Same(a, b []byte) bool {
	if bytes.Equal(a, b) || l == Ignore || rephrased(string(a), string(b)) {
		return true
	}
	ra, err1 := Parse(a)
	rb, err2 := Parse(b)
	if err1 != nil || err2 != nil {
		return false
	}
	switch l {
	case Sorted:
		return canonical(ra) == canonical(rb)
	case Walk:
		return canonical(ra) == canonical(rb) || goesOn(ra) || goesOn(rb)
	case AnyError:
		return IsError(a) && IsError(b) && firstWord(ra.Text) == firstWord(rb.Text)
	case Near:
		return near(ra, rb)
	case Listed:
		return ra.Type == rb.Type && (strings.HasSuffix(ra.Text, "list") && rb.Text == "listpack" || ra.Text == "raw" && rb.Text == "embstr")
	case Untimed:
		return untimed(ra, false) == untimed(rb, false)
	case Shape:
		return ra.Type == rb.Type && ra.Null == rb.Null && len(ra.Elems) == len(rb.Elems)
	}
	return false
}

// rephrased knows errors that Valkey 9 words differently than the reference, a.
func rephrased(a, b string) bool {
	return a == "-ERR could not decode requested zset member\r\n" && strings.HasPrefix(b, "-ERR member ") &&
		strings.HasSuffix(b, " does not exist\r\n")
}

// canonical writes a reply with what it holds in sorted order; the values of a map stay with their keys.
func canonical(r Reply) string {
	if r.Elems == nil {
		return string(r.Type) + r.Text + "\x00" + strconv.FormatBool(r.Null)
	}
	var parts []string
	for i := 0; i < len(r.Elems); i++ {
		part := canonical(r.Elems[i])
		if r.Type == '%' {
			i++
			part += "\x01" + canonical(r.Elems[i])
		}
		parts = append(parts, part)
	}
	sort.Strings(parts)
	return string(r.Type) + "(" + strings.Join(parts, "\x02") + ")"
}

// goesOn reports whether a reply of SCAN holds a cursor to go on with.
func goesOn(r Reply) bool {
	return r.Type == '*' && len(r.Elems) == 2 && r.Elems[0].Type == '$' && r.Elems[0].Text != "0"
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

func near(a, b Reply) bool {
	x, err1 := strconv.ParseInt(a.Text, 10, 64)
	y, err2 := strconv.ParseInt(b.Text, 10, 64)
	if err1 != nil || err2 != nil || a.Type != b.Type {
		return false
	}
	d := max(x-y, y-x)
	return x > 0 && y > 0 && d <= 1+max(x, y)/100
}
