package stream

import (
	"cmp"
	"math"

	"sigrun/internal/num"
)

// ID is the ID of an entry: a time in unix ms, and a number within it.
type ID struct{ Ms, Seq uint64 }

// MaxID is the greatest ID. The least one is the zero ID, which no entry has.
var MaxID = ID{math.MaxUint64, math.MaxUint64}

// Less is the order of IDs.
func (a ID) Less(b ID) bool { return a.Ms < b.Ms || a.Ms == b.Ms && a.Seq < b.Seq }

func (a ID) compare(b ID) int { return cmp.Or(cmp.Compare(a.Ms, b.Ms), cmp.Compare(a.Seq, b.Seq)) }

// IsZero reports whether a is 0-0.
func (a ID) IsZero() bool { return a == ID{} }

// Next is the ID behind a; false when there is none.
func (a ID) Next() (ID, bool) {
	if a == MaxID {
		return a, false
	}
	if a.Seq++; a.Seq == 0 {
		a.Ms++
	}
	return a, true
}

// Prev is the ID before a; false when there is none.
func (a ID) Prev() (ID, bool) {
	if a.IsZero() {
		return a, false
	}
	if a.Seq--; a.Seq == math.MaxUint64 {
		a.Ms--
	}
	return a, true
}

// MaxText is the length of the longest text of an ID.
const MaxText = 2*20 + 1

// Append appends the text of a, "ms-seq".
func (a ID) Append(b []byte) []byte {
	b = num.AppendUint(b, a.Ms)
	b = append(b, '-')
	return num.AppendUint(b, a.Seq)
}

func (a ID) String() string { return string(a.Append(nil)) }

// ParseID reads "ms-seq" or "ms", for which seq is the rest.
func ParseID(text []byte, seq uint64) (id ID, ok bool) {
	ms, rest, cut := text, []byte(nil), false
	for i, c := range text {
		if c == '-' {
			ms, rest, cut = text[:i], text[i+1:], true
			break
		}
	}
	if id.Ms, ok = num.ParseCursor(ms); !ok {
		return ID{}, false
	}
	id.Seq = seq
	if cut {
		id.Seq, ok = num.ParseCursor(rest)
	}
	return id, ok
}
