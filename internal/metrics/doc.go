// Package metrics owns the shapes in which actors count, and the rows from which INFO is written.
//
// A Counter or a Max belongs to exactly one owner at a time: a loop, or whoever holds a shard's token. Only the owner
// writes, without a lock and without an atomic instruction; anybody may read. Ownership passes with the token, which
// orders the writes. INFO asks every row to fold its actors' counters when it is read: nothing is added up before.
package metrics
