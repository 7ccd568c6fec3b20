package zset

import (
	"sigrun/internal/num"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

// LoadPack makes a zero Set of the bytes of a listpack for which Ordered says yes.
func (s *Set) LoadPack(h *value.Allocator, lp []byte) { s.keep(value.CopyPack(h.Arena, lp)) }

// Ordered reports whether a listpack, valid as such, is that of a small set: members, each
// once, with scores that are numbers, in order. longest is the length of the longest one.
func Ordered(lp []byte) (longest int, ok bool) {
	seen := make(map[string]bool, listpack.Count(lp)/2)
	var before Bound
	var room [num.MaxIntLen]byte
	for i := listpack.HeaderSize; lp[i] != listpack.End; {
		name := string(listpack.Get(lp[i:]).Text(&room))
		if i += listpack.Next(lp[i:]); lp[i] == listpack.End {
			return 0, false
		}
		v := listpack.Get(lp[i:])
		i += listpack.Next(lp[i:])
		if _, isNumber := num.ParseDouble(v.Str); !v.IsInt && !isNumber {
			return 0, false
		}
		score := scoreIn(v)
		if seen[name] || len(seen) > 0 && before.behindText(score, []byte(name)) {
			return 0, false
		}
		seen[name] = true
		before = at(score, []byte(name))
		longest = max(longest, len(name))
	}
	return longest, true
}
