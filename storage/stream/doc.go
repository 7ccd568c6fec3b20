// Package stream is the stream value: entries by ascending ID, and groups of consumers
// that share them.
//
//	Stream (header in the key's entry)
//	  nodes   tree: ID of the first entry -> listpack of up to some hundred entries
//	  groups  names: Group, each a tree of pending entries and names of Consumers
//
// A node is a listpack of Valkey's, as DUMP and RDB carry it:
//
//	master entry   | count | deleted | fields | name ... name | 0 |
//	entry          | flags | ms | seq | value ... value             | n |
//	or             | flags | ms | seq | fields | name value ...     | n |
//
//	ms, seq   the ID less that of the node's first entry
//	flags     1: deleted, 2: its fields are named as those of the master entry
//	n         how many elements stand before it: the way backwards
//
// Entries are appended to the last node, the tail, which has room to grow; all others
// take the size class of their length. A deleted entry keeps its place until nothing of
// its node is left.
//
// Trees are B+-trees of records of fixed size, ordered by ID: of the nodes, of the
// entries that a group has delivered and nobody has acknowledged (with consumer, time and
// number of deliveries), and of those among them that a consumer holds (the ID alone).
// Both ends are cheap, and appending fills pages to the last record.
//
// Everything lies in off-heap memory, needs the token of its shard, and is given the same
// Allocator at every call. Nothing points at a Stream, which moves with its key; Groups and
// Consumers move in Compact only. Views (of elements, names, Iters) are valid until the stream
// changes.
package stream
