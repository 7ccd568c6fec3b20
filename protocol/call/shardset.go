package call

import "math/bits"

// MaxShards bounds the shards of one node.
const MaxShards = 1024

const setWords = MaxShards / 64

// ShardSet is a set of shard numbers; iteration is ascending, the order in which
// tokens are taken. The zero value is empty.
type ShardSet struct {
	words [setWords]uint64
}

// Add puts shard s into the set.
func (v *ShardSet) Add(s int) { v.words[s>>6] |= 1 << (s & 63) }

// AddAll puts shards 0..n-1 into the set.
func (v *ShardSet) AddAll(n int) {
	for s := 0; s < n; s++ {
		v.Add(s)
	}
}

// Union adds all members of o.
func (v *ShardSet) Union(o *ShardSet) {
	for i := range v.words {
		v.words[i] |= o.words[i]
	}
}

// Has reports whether s is a member.
func (v *ShardSet) Has(s int) bool { return v.words[s>>6]&(1<<(s&63)) != 0 }

// Covers reports whether all members of o are members of v.
func (v *ShardSet) Covers(o *ShardSet) bool {
	for i := range v.words {
		if o.words[i]&^v.words[i] != 0 {
			return false
		}
	}
	return true
}

// Len counts the members.
func (v *ShardSet) Len() int {
	n := 0
	for _, w := range v.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// Next is the smallest member >= from, or -1.
func (v *ShardSet) Next(from int) int {
	if from >= MaxShards {
		return -1
	}
	i := from >> 6
	w := v.words[i] &^ (1<<(from&63) - 1)
	for w == 0 {
		if i++; i == setWords {
			return -1
		}
		w = v.words[i]
	}
	return i<<6 + bits.TrailingZeros64(w)
}
