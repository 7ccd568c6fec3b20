package evict

import (
	"sort"

	"sigrun/internal/rng"
	"sigrun/shards/keyspace"
	"sigrun/storage/db"
)

// field is where keys are to be found: what each shard has of each database, by the number of its keys. Counts are read without tokens, and
// looked at anew when many were drawn.
type field struct {
	places []place
	total  int
	drawn  int
	dirty  int // a shard with memory that waits to be freed, -1: none
}

type place struct {
	shard, database int
	upTo            int // keys, those of all places before included
}

// drawFor is how many draws are made by the same counts.
const drawFor = 256

// draw is a place, more likely if it has more keys; nil: nobody has any.
func (f *field) draw(k *keyspace.Keyspace, r *rng.Rand, volatile bool) *place {
	if f.drawn++; f.total == 0 || f.drawn >= drawFor {
		f.count(k, volatile)
		if f.total == 0 {
			return nil
		}
	}
	n := r.Intn(f.total)
	return &f.places[sort.Search(len(f.places), func(i int) bool { return f.places[i].upTo > n })]
}

func (f *field) count(k *keyspace.Keyspace, volatile bool) {
	f.places, f.total, f.drawn = f.places[:0], 0, 0
	for i := range k.Space.Databases() {
		d := k.Space.Existing(i)
		if d == nil {
			continue
		}
		for s := range k.Shards {
			if n := keysOf(d.Part(s), volatile); n > 0 {
				f.total += n
				f.places = append(f.places, place{shard: s, database: i, upTo: f.total})
			}
		}
	}
}

func keysOf(p *db.Part, volatile bool) int {
	if volatile {
		return p.Volatiles()
	}
	return p.Estimate()
}

// garbage looks for a shard with memory that waits to be freed, from the last one on.
func (f *field) garbage(k *keyspace.Keyspace) {
	last := max(f.dirty, 0)
	f.dirty = -1
	for i := range k.Shards {
		if s := (last + 1 + i) % len(k.Shards); k.Space.Lazy(s).Pieces.Load() > 0 {
			f.dirty = s
			return
		}
	}
}
