// Package value is what the values that are no strings have in common: what the
// keyspace asks of their types (Ops), where their memory lies (Allocator), and the two
// structures most of them are made of.
//
//	Pack      a listpack in one allocation: small sets, hashes, sorted sets
//	Members   a table of Nodes, each an allocation of its own: large ones
//
// A value is a header of fixed size in the entry of its key, and whatever memory
// that refers to. Headers are moved bit by bit: nothing may point at one.
//
// A Node is an element that has a name:
//
//	           | prefix (8) | name length << 1 | prefixed | name | tail |
//	                        ^ the Node
//
//	prefix    there when the lowest bit says so: a score, a time of expiry
//	length    a varint
//	tail      what belongs to the name; its owner knows how long it is
//
// Everything here needs the token of the shard whose Allocator it is given, and the
// same Allocator at every call. Views are valid until the value changes. Arguments
// must not lie in the value that they are stored in, unless a method says so.
package value
