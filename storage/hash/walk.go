package hash

import (
	"sigrun/internal/rng"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

// Each calls fn for all fields whose time has not come at now, until it returns false; with
// Never for all there are. fn must not change the hash.
func (x *Hash) Each(now int64, fn func(field, v listpack.Value, at int64) bool) {
	switch {
	case x.Empty():
	case x.Packed():
		p := x.pack()
		for at := p.First(); at != p.End(); {
			v := p.Next(at)
			if !fn(p.Get(at), p.Get(v), Never) {
				return
			}
			at = p.Next(v)
		}
	default:
		x.members().Each(func(n value.Node) bool {
			return due(n, now) || fn(listpack.Value{Str: n.Name()}, listpack.Value{Str: valueOf(n)}, expireAt(n))
		})
	}
}

// Scan calls fn for fields from a cursor on whose time has not come, and returns the cursor
// to go on with, 0 at the end: it looks at at least count of a table, at all of a listpack.
func (x *Hash) Scan(cursor uint64, count int, now int64, fn func(field, v listpack.Value)) (next uint64) {
	if !x.Empty() && !x.Packed() {
		return x.members().Scan(cursor, count, func(n value.Node) {
			if !due(n, now) {
				fn(listpack.Value{Str: n.Name()}, listpack.Value{Str: valueOf(n)})
			}
		})
	}
	x.Each(now, func(field, v listpack.Value, _ int64) bool { fn(field, v); return true })
	return 0
}

// drawn is how many fields are drawn to find one whose time has not come. Where that is in
// vain nearly all are due, and a fair one of the others is found by looking at all.
const drawn = 100

// Random is a fair choice among the fields whose time has not come; ok is false when there
// are none.
func (x *Hash) Random(r *rng.Rand, now int64) (field, v listpack.Value, ok bool) {
	if x.Empty() || x.Packed() {
		return x.randomPacked(r)
	}
	for range drawn {
		n := x.members().Random(r)
		if n == 0 {
			return field, v, false
		}
		if !due(n, now) {
			return listpack.Value{Str: n.Name()}, listpack.Value{Str: valueOf(n)}, true
		}
	}
	seen := 0
	x.Each(now, func(f, w listpack.Value, _ int64) bool {
		if seen++; r.Intn(seen) == 0 {
			field, v, ok = f, w, true
		}
		return true
	})
	return field, v, ok
}

func (x *Hash) randomPacked(r *rng.Rand) (field, v listpack.Value, ok bool) {
	if x.Len() == 0 {
		return field, v, false
	}
	p := x.pack()
	at := p.Seek(2 * r.Intn(p.Len()/2))
	return p.Get(at), p.Get(p.Next(at)), true
}

// Sample calls fn for count different fields whose time has not come, count being at most
// Live: any such choice is as likely as any other.
func (x *Hash) Sample(r *rng.Rand, count int, now int64, fn func(field, v listpack.Value)) {
	const few = 3
	left := x.Live(now)
	if x.Packed() || count*few > left || left*2 < x.Len() {
		if count == 0 {
			return
		}
		x.Each(now, func(field, v listpack.Value, _ int64) bool {
			if r.Intn(left) < count { // of the fields left, each is one of the count left
				fn(field, v)
				count--
			}
			left--
			return count > 0
		})
		return
	}
	chosen := make(map[value.Node]struct{}, count)
	for len(chosen) < count {
		n := x.members().Random(r)
		if _, twice := chosen[n]; !twice && !due(n, now) {
			chosen[n] = struct{}{}
			fn(listpack.Value{Str: n.Name()}, listpack.Value{Str: valueOf(n)})
		}
	}
}
