package evict

import (
	"math/bits"
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
	turn   uint64 // where the next draw falls, as a part of all keys in 2^64ths
	dirty  int    // a shard with memory that waits to be freed, -1: none
}

type place struct {
	shard, database int
	upTo            int // keys, those of all places before included
}

// drawFor is how many draws are made by the same counts.
const drawFor = 256

// golden is the golden section in 2^64ths.
const golden = 0x9E3779B97F4A7C15

// draw is a place, as often as it has keys of all that there are, and the number of one of its keys; nil: nobody has any. Draws are spread over all keys by the golden section, not by
// lot: who has six keys of ten is drawn three times in a row at most, while lots would fall on him often enough for a whole pool of his keys alone,
// the best of which are no good.
func (f *field) draw(k *keyspace.Keyspace, r *rng.Rand, volatile bool) (at *place, rank int) {
	if f.drawn++; f.total == 0 || f.drawn >= drawFor {
		f.count(k, volatile)
		if f.total == 0 {
			return nil, 0
		}
	}
	if f.turn == 0 {
		f.turn = r.Uint64()
	}
	f.turn += golden
	n, _ := bits.Mul64(f.turn, uint64(f.total))
	at = &f.places[sort.Search(len(f.places), func(i int) bool { return f.places[i].upTo > int(n) })]
	return at, at.upTo - 1 - int(n)
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
