package upkeep

import (
	"sigrun/internal/offheap"
	"sigrun/shards/keyspace"
	"sigrun/storage/db"
	"sigrun/storage/hash"
)

// reclaimFields takes due fields out of the hashes of a database, and hashes of which
// nothing is left. It looks at nothing that is not due, but for one hash.
func (u *Upkeep) reclaimFields(s *keyspace.Shard, database int) (more bool) {
	if u.k.Space.Existing(database) == nil {
		return false
	}
	p := s.Part(database)
	left := chorePortion
	for left > 0 {
		e := p.FirstDue(u.now)
		if e == 0 {
			break
		}
		left -= 1 + u.reclaim(s, p, database, e, left)
	}
	u.host.Finish()
	return left <= 0
}

// reclaim takes at most most due fields out of the hash e.
func (u *Upkeep) reclaim(s *keyspace.Shard, p *db.Part, database int, e db.Entry, most int) (n int) {
	x, alloc := offheap.At[hash.Hash](e.Value()), u.k.Space.Allocator(s.ID)
	u.scratch = append(u.scratch[:0], e.Key()...)
	k := u.k.Space.Hasher().Key(u.scratch)
	var gone [][]byte
	for ; n < most; n++ {
		f, field, due := x.FirstDue(alloc, u.now)
		if !due {
			break
		}
		p.Changing(e)
		if u.host.Recording() {
			gone = append(gone, append([]byte(nil), field...))
		}
		x.Delete(alloc, f)
	}
	if n == 0 {
		p.Retrack(e)
		return 0
	}
	left := x.Len()
	if left == 0 {
		p.Delete(&k, e)
	} else {
		p.Retrack(e)
	}
	u.host.LapseFields(s, database, &k, n, gone, left == 0)
	return n
}
