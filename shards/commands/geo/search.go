package geo

import (
	"cmp"
	"slices"

	"sigrun/shards/exec"
	"sigrun/shards/typed"
	earth "sigrun/storage/geohash"
	"sigrun/storage/zset"
)

// geosearch implements GEOSEARCH key <FROMMEMBER member|FROMLONLAT longitude latitude>
// <BYRADIUS radius unit|BYBOX width height unit|BYPOLYGON n longitude latitude ...>
// [ASC|DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH].
func geosearch(c *exec.Ctx) error {
	return (&query{search: true, words: c.Args[2:]}).run(c, 1)
}

// geosearchstore implements GEOSEARCHSTORE destination source and what GEOSEARCH has, but
// STOREDIST instead of WITHCOORD and its like.
func geosearchstore(c *exec.Ctx) error {
	return (&query{search: true, store: 1, words: c.Args[3:]}).run(c, 2)
}

// georadius implements GEORADIUS key longitude latitude radius unit [WITHCOORD] [WITHDIST]
// [WITHHASH] [COUNT count [ANY]] [ASC|DESC] [STORE key|STOREDIST key].
func georadius(c *exec.Ctx) error { return aroundPoint(c, &query{}) }

// georadiusRO is georadius that stores nothing.
func georadiusRO(c *exec.Ctx) error { return aroundPoint(c, &query{fixed: true}) }

// georadiusbymember implements GEORADIUSBYMEMBER key member radius unit and what GEORADIUS
// has.
func georadiusbymember(c *exec.Ctx) error { return aroundMember(c, &query{}) }

// georadiusbymemberRO is georadiusbymember that stores nothing.
func georadiusbymemberRO(c *exec.Ctx) error { return aroundMember(c, &query{fixed: true}) }

func aroundPoint(c *exec.Ctx, q *query) (err error) {
	if err := q.find(c, 1); err != nil {
		return err
	}
	if q.center, err = parsePoint(c.Args[2], c.Args[3]); err != nil {
		return err
	}
	q.words = c.Args[4:]
	if err := q.readRadius(); err != nil {
		return err
	}
	return q.perform(c)
}

func aroundMember(c *exec.Ctx, q *query) error {
	if err := q.find(c, 1); err != nil {
		return err
	}
	q.words = c.Args[3:]
	if q.source.Set == nil {
		q.shape = 'r'
		q.take(2)
		return q.perform(c)
	}
	if err := q.fromMember(c.Args[2]); err != nil {
		return err
	}
	if err := q.readRadius(); err != nil {
		return err
	}
	return q.perform(c)
}

func (q *query) run(c *exec.Ctx, source int) error {
	if err := q.find(c, source); err != nil {
		return err
	}
	return q.perform(c)
}

// find looks the source up.
func (q *query) find(c *exec.Ctx, source int) error { return q.source.Read(c, source) }

// place is a member that was found.
type place struct {
	point    earth.Point
	distance float64
	score    float64
	name     []byte
}

// perform reads the options and searches.
func (q *query) perform(c *exec.Ctx) error {
	if err := q.options(c); err != nil {
		return err
	}
	var found []place
	if s := q.source.Set; s != nil {
		area := q.area()
		var room [9]earth.Cell
		cells := area.Cells(room[:0])
		if err := c.Lasts(candidates(s, cells)); err != nil {
			return err
		}
		found = q.collect(s, &area, cells)
	}
	found = q.pick(found)
	if q.store != 0 {
		q.storeIn(c, found)
		return nil
	}
	q.reply(c, found)
	return nil
}

// candidates is the number of members in the cells.
func candidates(s *zset.Set, cells []earth.Cell) (n int) {
	for _, cell := range cells {
		n += s.Before(zset.ByScore(cell.Max, false)) - s.Before(zset.ByScore(cell.Min, false))
	}
	return n
}

// collect finds the members in the area; with ANY, as many as are wanted.
func (q *query) collect(s *zset.Set, area *earth.Shape, cells []earth.Cell) (found []place) {
	var names []byte
	for _, cell := range cells {
		for it := s.From(s.Before(zset.ByScore(cell.Min, false))); it.Next(); {
			score := it.Score()
			if score >= cell.Max {
				break
			}
			p := earth.Decode(score)
			distance, within := area.Holds(p)
			if !within {
				continue
			}
			from := len(names)
			names = append(names, it.Name()...)
			found = append(found, place{p, distance, score, names[from:len(names):len(names)]})
			if q.any && int64(len(found)) >= q.count {
				return found
			}
		}
	}
	return found
}

// pick puts places in the order that is wanted, and lets go of those that are too many.
func (q *query) pick(found []place) []place {
	order := q.order
	if order == 0 && q.count != 0 && !q.any {
		order = 1
	}
	if order != 0 {
		slices.SortStableFunc(found, func(a, b place) int { return order * cmp.Compare(a.distance, b.distance) })
	}
	if q.count != 0 && int64(len(found)) > q.count {
		found = found[:q.count]
	}
	return found
}

func (q *query) reply(c *exec.Ctx, found []place) {
	parts := 1
	for _, with := range []bool{q.distances, q.hashes, q.points} {
		if with {
			parts++
		}
	}
	c.Out.Array(len(found))
	for i := range found {
		p := &found[i]
		if parts > 1 {
			c.Out.Array(parts)
		}
		c.Out.Bulk(p.name)
		if q.distances {
			replyDistance(c, p.distance/q.unit)
		}
		if q.hashes {
			c.Out.Int(int64(p.score))
		}
		if q.points {
			replyPoint(c, p.point)
		}
	}
}

// storeIn makes the sorted set of what was found.
func (q *query) storeIn(c *exec.Ctx, found []place) {
	event := "georadiusstore"
	if q.search {
		event = "geosearchstore"
	}
	dst := typed.DestinationZSet(c, q.store)
	var s zset.Set
	s.Draft(dst.Allocator)
	for i := range found {
		p := &found[i]
		score := p.score
		if q.byScore {
			score = p.distance / q.unit
		}
		f := s.Find(dst.Allocator, p.name)
		s.Insert(dst.Allocator, dst.Limits, &f, p.name, score)
	}
	s.Finish(dst.Allocator, dst.Limits)
	dst.Replace(c, s, event)
	c.Several(len(found))
	c.Out.Int(int64(len(found)))
}
