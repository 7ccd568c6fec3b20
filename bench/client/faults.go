package client

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// faults are what has gone wrong, by kind, each counted however often it comes. What differs by numbers only, such as keys and addresses,
// is one kind.
type faults map[string]*kind

// kind is what has gone wrong in a way.
type kind struct {
	text   string // of the first
	sample string // what it was made of
	differ bool   // others have other numbers in it
	n      int64
}

// How many kinds are kept apart: beyond mostKinds what a server says is told apart by its first word only, and beyond mostCodes not at
// all. Wrong replies differ by command and form only, and stay apart from all that.
const (
	mostKinds = 64
	mostCodes = 128
	mostWrong = 1000
	others    = "others"
)

// count counts one of a kind, whose words are asked for when it is the first. If there are as many kinds as there may be, it counts among
// the others.
func (f faults) count(name []byte, most int, sample []byte, text func() string) {
	k := f[string(name)]
	if k == nil && len(f) >= most {
		name, sample, text = []byte(others), nil, func() string { return others }
		k = f[others]
	}
	if k == nil {
		k = &kind{text: text(), sample: string(sample)}
		f[string(name)] = k
	}
	k.n++
	k.differ = k.differ || k.sample != string(sample)
}

// knows tells whether one of a kind can be counted apart.
func (f faults) knows(name []byte, most int) bool { return f[string(name)] != nil || len(f) < most }

// join adds those of another.
func (f faults) join(o faults) {
	for name, k := range o { // in any order: which of two texts stays does not matter
		mine := f[name]
		if mine == nil {
			copied := *k
			f[name] = &copied
			continue
		}
		mine.n += k.n
		mine.differ = mine.differ || k.differ || k.sample != mine.sample
	}
}

// list is what there is to be said, most often first, and last what could not be kept apart.
func (f faults) list() (list []Fault) {
	for _, k := range f { // in any order: sorted below
		text := k.text
		if k.differ {
			text += " (or with other figures)"
		}
		list = append(list, Fault{text, k.n})
	}
	slices.SortFunc(list, func(a, b Fault) int {
		if a, b := a.Text == others, b.Text == others; a != b {
			return map[bool]int{true: 1, false: -1}[a]
		}
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Text, b.Text))
	})
	return list
}

// mostWords is how many bytes of what a server says tell its kind.
const mostWords = 100

// appendKind appends a text without the numbers in it.
func appendKind(b, text []byte) []byte {
	within := false
	for _, c := range text[:min(len(text), mostWords)] {
		digit := c >= '0' && c <= '9'
		if !digit {
			b = append(b, c)
		} else if !within {
			b = append(b, '#')
		}
		within = digit
	}
	return b
}

// code is the word that an error begins with.
func code(text []byte) []byte {
	word, _, _ := bytes.Cut(text[:min(len(text), mostWords)], []byte(" "))
	return word
}
