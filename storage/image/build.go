package image

import (
	"sigrun/storage/db"
	"sigrun/storage/hash"
	"sigrun/storage/quicklist"
	"sigrun/storage/rdb"
)

// Builder makes a value of its pieces: Start, the methods of rdb.Builder, then Finish or Drop. It may be used again.
type Builder struct {
	Limits Limits
	// Now has fields of hashes left out whose time has come, Unix milliseconds; 0 leaves none out.
	Now int64
	// Expired is how many fields of the last hash were left out.
	Expired int

	part     *db.Part
	key      *db.Key
	expireAt int64
	e        db.Entry
	kind     rdb.Kind
	expect   int // members that are said to follow, until the first has come
	distinct hash.Distinct
	streamBuilder
}

// Start begins an entry for a key that lives in p; expireAt is in Unix milliseconds, 0 for never. The key must stay until the end.
func (b *Builder) Start(p *db.Part, k *db.Key, expireAt int64) {
	b.part, b.key, b.expireAt, b.e, b.Expired = p, k, expireAt, 0, 0
}

// Finish puts the entry in, in the place of old, what is found under its key.
func (b *Builder) Finish(old db.Entry) db.Entry {
	e := b.e
	b.part.Restore(b.key, old, e)
	b.e = 0
	return e
}

// Drop frees what was made of a value that did not become whole.
func (b *Builder) Drop() {
	if b.e != 0 {
		b.part.Discard(b.e)
		b.e = 0
	}
}

// kinds are the types of rdb in terms of the keyspace.
var kinds = [...]db.Type{rdb.String: db.String, rdb.List: db.List, rdb.Set: db.Set, rdb.Hash: db.Hash, rdb.ZSet: db.ZSet, rdb.Stream: db.Stream}

// Begin makes the empty value (rdb.Builder).
func (b *Builder) Begin(k rdb.Kind, count int) {
	if k == rdb.String {
		return
	}
	b.e = b.part.Make(b.key, kinds[k], b.expireAt)
	b.kind, b.expect = k, count
	if k == rdb.ZSet {
		b.zset(count)
	}
}

// Pack takes a listpack as it is (rdb.Builder).
func (b *Builder) Pack(lp []byte) bool {
	h := b.part.Allocator()
	if b.kind == rdb.List {
		return quicklist.Adopt(listOf(b.e), h.Arena, b.Limits.List, lp)
	}
	return hashOf(b.e).Adopt(h, b.Limits.Hash, lp, &b.distinct)
}

// Empty reports whether nothing is left of the value, since the time of all its fields has come.
func (b *Builder) Empty() bool { return b.Expired > 0 && hashOf(b.e).Len() == 0 }

// Text is a string (rdb.Builder).
func (b *Builder) Text(v []byte) { b.e = b.part.MakeString(b.key, v, b.expireAt) }
