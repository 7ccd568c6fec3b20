package exec

import (
	"sigrun/internal/num"
	"sigrun/internal/rng"
	"sigrun/protocol/resp"
	"sigrun/shards/commit"
	"sigrun/shards/keyspace"
	"sigrun/shards/watch"
	"sigrun/storage/db"
)

// What commands do with whole databases. All tokens are held.

// EachPart calls fn for what every shard holds of database n, unless nothing ever
// asked for that database.
func (c *Step) EachPart(n int, fn func(p *db.Part)) { c.k.EachPart(n, fn) }

// Databases is how many databases there are.
func (c *Step) Databases() int { return c.k.Space.Databases() }

// Numbered is the database whose number an argument is.
func (c *Step) Numbered(arg []byte) (int, error) {
	n, ok := num.ParseInt(arg)
	switch {
	case !ok:
		return 0, resp.ErrNotInteger
	case n != int64(int32(n)):
		return 0, resp.ErrNoInt32
	case n < 0 || n >= int64(c.Databases()):
		return 0, resp.ErrDBIndex
	}
	return int(n), nil
}

// Count is the number of keys in database n, due ones among them.
func (c *Step) Count(n int) (keys int) {
	c.EachPart(n, func(p *db.Part) { keys += p.Count() })
	return keys
}

// Random is a fair choice among the keys of the database whose time has not come, 0
// when there are none. It needs the token of one shard only, the one it was aimed at,
// unless nothing is found there; then it asks for all. Where keys stay although their time has
// come, and all have one, it may be one of those.
func (c *Step) Random() (db.Entry, error) {
	if c.cmd.Shard >= 0 && !c.holdsAll(c.k.All()) {
		p := c.k.Shards[c.cmd.Shard].Part(c.db)
		if e := c.randomOf(p); e != 0 {
			return e, nil
		}
		c.wanted = *c.k.All()
		return 0, errMore
	}
	total, stays := c.Count(c.db), db.Entry(0)
	for tries := 0; tries < randomTries && total > 0; tries++ {
		at := c.Rand().Intn(total)
		for s := range c.k.Shards {
			p := c.k.Shards[s].Part(c.db)
			if at -= p.Count(); at >= 0 {
				continue
			}
			e := p.Random(c.Rand())
			if !c.due(e) {
				return e, nil
			}
			stays = e
			break
		}
	}
	if stays != 0 && c.k.Settings.DueStays() {
		volatile := 0
		c.EachPart(c.db, func(p *db.Part) { volatile += p.Volatile() })
		if volatile == total {
			return stays, nil
		}
	}
	return 0, nil
}

// randomTries bounds how often a key is chosen anew because its time has come.
const randomTries = 100

func (c *Step) randomOf(p *db.Part) db.Entry {
	for tries := 0; tries < randomTries; tries++ {
		if e := p.Random(c.Rand()); e == 0 || !c.due(e) {
			return e
		}
	}
	return 0
}

// Rand is this runner's source of chance.
func (c *Router) Rand() *rng.Rand {
	if c.rand == nil {
		c.rand = rng.New(uint64(c.k.Clock.Mono()) ^ uint64(c.loop+1)<<56)
	}
	return c.rand
}

// Flush empties database n. Who watches one of its keys learns of it; the memory is
// freed in slices of background work.
func (c *Effects) Flush(n int) (removed int) {
	removed = c.Count(n)
	if removed == 0 {
		return 0
	}
	c.k.EachWatchedIn(n, func(s *keyspace.Shard, k *db.Key) {
		c.commit.Touch(commit.Touch{DB: n, Slot: k.Slot, Name: k.Name, Stale: true, Flushed: true})
		c.stirred = true
	})
	for i := range c.k.Shards {
		s := &c.k.Shards[i]
		s.Blocked.Each(func(database int, name string) {
			if database == n && s.Blocked.Live(n, []byte(name)) {
				c.signal(n, []byte(name), true, false)
			}
		})
	}
	c.k.Space.Database(n).Flush()
	c.e.Actors.UpkeepDue() // to free it
	c.changed(removed)
	return removed
}

// Emptied is called by FLUSHALL when nothing is left. Its command is marked Long: so it runs for a
// call, whose reply can wait until no file brings back what was removed.
func (c *Effects) Emptied() {
	c.count() // what goes to a file now is not to be saved once more
	if await := c.e.Flushed(); await != nil {
		c.running.Before(await)
	}
}

// Swap exchanges two databases: clients stay where they are, so who watches or waits
// for a key of either is told in the same instant.
func (c *Effects) Swap(i, j int) {
	if i == j {
		return
	}
	for s := range c.k.Shards {
		c.touchSwapped(&c.k.Shards[s], i, j)
		c.touchSwapped(&c.k.Shards[s], j, i)
	}
	c.k.Space.Swap(i, j)
	for s := range c.k.Shards {
		c.k.Shards[s].Blocked.Each(func(database int, name string) {
			if database != i && database != j {
				return
			}
			k := c.k.Space.Hasher().Key([]byte(name))
			e, _ := c.peek(database, &k)
			if e != 0 && e.Type() != db.String || c.k.Shards[s].Blocked.Live(database, []byte(name)) {
				c.signal(database, []byte(name), true, false)
			}
		})
	}
	c.changed(1)
}

// touchSwapped tells who watches a key of database old that this becomes database new.
func (c *Effects) touchSwapped(s *keyspace.Shard, old, new int) {
	s.Watched.Each(func(database int, name string) {
		if database == old {
			s.Watched.Replaced(old, name, c.state(old, name), c.state(new, name))
		}
	})
}

func (c *Effects) state(database int, name string) watch.State {
	k := c.k.Space.Hasher().Key([]byte(name))
	switch e, due := c.peek(database, &k); {
	case e == 0:
		return watch.Absent
	case due:
		return watch.Stale
	}
	return watch.Live
}
