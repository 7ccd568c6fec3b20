package set

import (
	"math"
	"slices"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/db"
	"sigrun/storage/listpack"
	"sigrun/storage/set"
)

// sinter implements SINTER key [key ...].
func sinter(c *exec.Ctx) error {
	sets, missing, err := readAll(c, c.Keys())
	if err != nil {
		return err
	}
	if missing > 0 {
		c.Out.Set(0)
		return nil
	}
	if err := c.Lasts(sets[0].Set.Len() * len(sets)); err != nil {
		return err
	}
	mark, n := c.Out.Mark(), 0
	intersect(sets, func(v listpack.Value) bool {
		c.Value(v)
		n++
		return true
	})
	c.Out.InsertSet(mark, n)
	return nil
}

// sintercard implements SINTERCARD numkeys key [key ...] [LIMIT limit].
func sintercard(c *exec.Ctx) error {
	numKeys, ok := num.ParseInt(c.Args[1])
	if !ok || numKeys < 1 {
		return resp.ErrNumKeys
	}
	if numKeys > int64(len(c.Args)-2) {
		return resp.ErrManyScriptKeys
	}
	limit := int64(0)
	for i := 2 + int(numKeys); i < len(c.Args); i += 2 {
		if !exec.Is(c.Args[i], "LIMIT") || i+1 == len(c.Args) {
			return resp.ErrSyntax
		}
		if limit, ok = num.ParseInt(c.Args[i+1]); !ok || limit < 0 {
			return errLimit
		}
	}
	if limit == 0 {
		limit = math.MaxInt64
	}
	sets, missing, err := readAll(c, c.Keys())
	if err != nil {
		return err
	}
	if missing > 0 {
		c.Out.Int(0)
		return nil
	}
	if err := c.Lasts(sets[0].Set.Len() * len(sets)); err != nil {
		return err
	}
	n := int64(0)
	intersect(sets, func(listpack.Value) bool {
		n++
		return n < limit
	})
	c.Out.Int(n)
	return nil
}

var errLimit = &resp.Error{Text: "ERR LIMIT can't be negative"}

// sinterstore implements SINTERSTORE destination key [key ...].
func sinterstore(c *exec.Ctx) error {
	keys := c.Keys()
	sets, missing, err := readAll(c, keys[1:])
	if err != nil {
		return err
	}
	var out set.Set
	if missing == 0 {
		if err := c.Lasts(sets[0].Set.Len() * len(sets)); err != nil {
			return err
		}
		h, m := c.Allocator(&keys[0]), c.Engine().SetLimit()
		intersect(sets, func(v listpack.Value) bool {
			out.AddMember(h, m, v)
			return true
		})
	}
	store(c, &keys[0], out, "sinterstore")
	return nil
}

// readAll looks sets up for reading. Those that exist come back, the smallest first.
func readAll(c *exec.Ctx, keys []db.Key) (sets []typed.Set, missing int, err error) {
	c.TouchKeys(keys)
	sets = make([]typed.Set, 0, len(keys))
	for i := range keys {
		n := len(sets)
		sets = append(sets, typed.Set{})
		if err := sets[n].ReadAt(c, &keys[i]); err != nil {
			return nil, 0, err
		}
		if sets[n].Set == nil {
			missing++
			sets = sets[:n]
		}
	}
	slices.SortStableFunc(sets, func(a, b typed.Set) int { return a.Set.Len() - b.Set.Len() })
	return sets, missing, nil
}

// intersect calls fn for what is in all of the sets, until it returns false.
func intersect(sets []typed.Set, fn func(listpack.Value) bool) {
	first, others := &sets[0], sets[1:]
	first.Set.Each(func(v listpack.Value) bool {
		for i := range others {
			if t := &others[i]; t.Set != first.Set && !t.Set.Holds(t.Allocator, v) {
				return true
			}
		}
		return fn(v)
	})
}

// store gives k the set that was made in its Allocator, removes k when there is nothing in it,
// and replies the number of members.
func store(c *exec.Ctx, k *db.Key, s set.Set, event string) {
	n := s.Len()
	if n > 0 {
		typed.StoreSet(c, k, s)
		c.Touched(k, event)
	} else {
		c.Clear(k)
	}
	c.Out.Int(int64(n))
}
