package image

import (
	"sigrun/storage/db"
	"sigrun/storage/rdb"
)

// Builder makes a value of its pieces: Start, the methods of rdb.Builder, then Finish or Drop. It may be used again.
type Builder struct {
	rdb.Discard // of types that the keyspace does not have yet
	Limits      Limits

	part     *db.Part
	key      *db.Key
	expireAt int64
	e        db.Entry
	expect   int // members that are said to follow, until the first has come
}

// Start begins an entry for a key that lives in p; expireAt is in Unix milliseconds, 0 for never. The key must stay until the end.
func (b *Builder) Start(p *db.Part, k *db.Key, expireAt int64) {
	b.part, b.key, b.expireAt, b.e = p, k, expireAt, 0
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
	b.expect = count
	if k == rdb.ZSet {
		b.zset(count)
	}
}

// Made reports whether there is a value: its type is one that the keyspace has.
func (b *Builder) Made() bool { return b.e != 0 }

// Text is a string (rdb.Builder).
func (b *Builder) Text(v []byte) { b.e = b.part.MakeString(b.key, v, b.expireAt) }
