package zset

import (
	"bytes"

	"sigrun/storage/value"
)

// Bound is a place between members: some lie before it, all others behind.
type Bound struct {
	kind  boundKind
	after bool // what is equal lies before it
	score float64
	name  []byte
}

type boundKind uint8

const (
	atStart boundKind = iota
	atEnd
	byScore
	byName
	byBoth
)

// Start is the bound before all members, End the one behind them.
func Start() Bound { return Bound{kind: atStart} }
func End() Bound   { return Bound{kind: atEnd} }

// ByScore is the bound before the members with a score, or behind them.
func ByScore(score float64, after bool) Bound {
	return Bound{kind: byScore, score: score, after: after}
}

// ByName is the bound before the member of a name, or behind it, in a set whose members
// all have the same score. In another one it is some bound.
func ByName(name []byte, after bool) Bound { return Bound{kind: byName, name: name, after: after} }

// at is the bound before a member.
func at(score float64, name []byte) Bound { return Bound{kind: byBoth, score: score, name: name} }

// behind reports whether a member lies before the bound.
func (b *Bound) behind(score float64, n value.Node) bool {
	switch b.kind {
	case byScore:
		return score < b.score || b.after && score == b.score
	case byBoth:
		if score != b.score {
			return score < b.score
		}
	case atStart, atEnd:
		return b.kind == atEnd
	}
	return b.behindName(n.Name())
}

// search is how many of the members of a node, which are in order, lie before the bound.
func (b *Bound) search(scores []float64, nodes []value.Node) int {
	low, high := 0, len(scores)
	if high > 0 && b.behind(scores[high-1], nodes[high-1]) {
		return high // the way of members that come in order
	}
	if b.kind == byBoth { // names, which lie elsewhere, only matter among equals
		low, high = equals(scores, b.score)
	}
	for low < high {
		if i := int(uint(low+high) >> 1); b.behind(scores[i], nodes[i]) {
			low = i + 1
		} else {
			high = i
		}
	}
	return low
}

// equals is where the scores that are the same begin and end.
func equals(scores []float64, score float64) (from, to int) {
	from, to = 0, len(scores)
	for from < to {
		if i := int(uint(from+to) >> 1); scores[i] < score {
			from = i + 1
		} else {
			to = i
		}
	}
	if from == len(scores) || scores[from] != score {
		return from, from
	}
	for high := len(scores); to < high; {
		if i := int(uint(to+high) >> 1); scores[i] == score {
			to = i + 1
		} else {
			high = i
		}
	}
	return from, to
}

// behindName is behind where the name decides.
func (b *Bound) behindName(name []byte) bool {
	c := bytes.Compare(name, b.name)
	return c < 0 || c == 0 && b.after
}

// behindText is behind for a member whose name is at hand.
func (b *Bound) behindText(score float64, name []byte) bool {
	switch b.kind {
	case byName:
		return b.behindName(name)
	case byBoth:
		if score == b.score {
			return b.behindName(name)
		}
	}
	return b.behind(score, 0)
}
