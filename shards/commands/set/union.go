package set

import (
	"slices"

	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/db"
	"sigrun/storage/listpack"
	"sigrun/storage/set"
	"sigrun/storage/value"
)

// sunion implements SUNION key [key ...].
func sunion(c *exec.Ctx) error {
	keys := c.Keys()
	sets, _, err := readAll(c, keys)
	if err != nil {
		return err
	}
	if err := c.Lasts(members(sets)); err != nil {
		return err
	}
	if len(sets) == 1 {
		reply(c, sets[0].Set)
		return nil
	}
	h, out := c.Allocator(&keys[0]), set.Set{}
	unite(h, c.Engine().SetLimit(), &out, sets)
	reply(c, &out)
	out.Free(h)
	return nil
}

// sunionstore implements SUNIONSTORE destination key [key ...].
func sunionstore(c *exec.Ctx) error {
	keys := c.Keys()
	sets, _, err := readAll(c, keys[1:])
	if err != nil {
		return err
	}
	if err := c.Lasts(members(sets)); err != nil {
		return err
	}
	var out set.Set
	unite(c.Allocator(&keys[0]), c.Engine().SetLimit(), &out, sets)
	store(c, &keys[0], out, "sunionstore")
	return nil
}

func unite(h *value.Allocator, m set.Limit, out *set.Set, sets []typed.Set) {
	for i := range sets {
		sets[i].Set.Each(func(v listpack.Value) bool {
			out.AddMember(h, m, v)
			return true
		})
	}
}

// sdiff implements SDIFF key [key ...].
func sdiff(c *exec.Ctx) error {
	keys := c.Keys()
	d, err := readDiff(c, keys)
	if err != nil {
		return err
	}
	if d.first.Set == nil {
		c.Out.Set(0)
		return nil
	}
	h, out := c.Allocator(&keys[0]), set.Set{}
	d.build(h, c.Engine().SetLimit(), &out)
	reply(c, &out)
	out.Free(h)
	return nil
}

// sdiffstore implements SDIFFSTORE destination key [key ...].
func sdiffstore(c *exec.Ctx) error {
	keys := c.Keys()
	d, err := readDiff(c, keys[1:])
	if err != nil {
		return err
	}
	var out set.Set
	if d.first.Set != nil {
		d.build(c.Allocator(&keys[0]), c.Engine().SetLimit(), &out)
	}
	store(c, &keys[0], out, "sdiffstore")
	return nil
}

// difference is a set less others.
type difference struct {
	first  typed.Set
	others []typed.Set // the largest first: it is the likeliest to hold a member
	nought bool        // the first is among the others
}

func readDiff(c *exec.Ctx, keys []db.Key) (d difference, err error) {
	if err = d.first.ReadAt(c, &keys[0]); err != nil {
		return d, err
	}
	if d.others, _, err = readAll(c, keys[1:]); err != nil {
		return d, err
	}
	slices.Reverse(d.others)
	n := members(d.others)
	if d.first.Set != nil {
		n += d.first.Set.Len()
	}
	for i := range d.others {
		d.nought = d.nought || d.others[i].Set == d.first.Set
	}
	return d, c.Lasts(n)
}

// build makes out the difference, in the way that looks at fewer members: each of the first
// is looked for in the others, until one has it, which may be soon, or all others are taken
// out of a copy of the first.
func (d *difference) build(h *value.Allocator, m set.Limit, out *set.Set) {
	if d.nought {
		return
	}
	lookups := d.first.Set.Len() * (len(d.others) + 1) / 2
	if lookups <= d.first.Set.Len()+members(d.others) {
		d.first.Set.Each(func(v listpack.Value) bool {
			if !d.elsewhere(v) {
				out.AddMember(h, m, v)
			}
			return true
		})
		return
	}
	d.first.Set.Each(func(v listpack.Value) bool { out.AddMember(h, m, v); return true })
	for i := range d.others {
		d.others[i].Set.Each(func(v listpack.Value) bool {
			out.Remove(h, h.Text(v))
			return out.Len() > 0
		})
	}
}

func (d *difference) elsewhere(v listpack.Value) bool {
	for i := range d.others {
		if t := &d.others[i]; t.Set.Holds(t.Allocator, v) {
			return true
		}
	}
	return false
}

// members adds up how many there are.
func members(sets []typed.Set) (n int) {
	for i := range sets {
		n += sets[i].Set.Len()
	}
	return n
}

// reply writes all members as a set.
func reply(c *exec.Ctx, s *set.Set) {
	c.Out.Set(s.Len())
	s.Each(func(v listpack.Value) bool { c.Value(v); return true })
}
