// Package db is the keyspace: numbered databases of keys with values and
// times of expiry.
//
//	Space      a node: region, hasher, one arena and garbage list per shard
//	Database   one numbered database: a kvstore.Store, and a Part per shard
//	Part       what one shard holds of it; needs the shard's token
//	Entry      one key with its value: a single off-heap allocation
//
// An entry:
//
//	| flags | access (3) | key length | [value length] | [expire (8)] | key | value |
//
//	flags     bits 0-2 type, 3-4 encoding, 5 has an expire, 6 a string that was
//	          changed in place, 7 whether it was saved since the last mark (Mark)
//	lengths   varints; the value's only for a raw string
//	value     raw string: its bytes
//	          integer: 8 bytes
//	          block: address, length, capacity of an offheap.Block (24 bytes)
//	          other types: their fixed-size header, 8-aligned
//
// A key of 16 bytes with a value of 32 takes 54 bytes, the class of 56; a time
// of expiry 8 more. There is no second table for those: the table's word has a
// bit that says the entry expires, and per slot and shard these are counted.
//
// Lifetimes. A view of a key or value (Key, String) is valid until the next
// change in the same shard. Methods that store bytes read their arguments
// before they free anything: v of SetString and the name in a Key may be views
// of any live entry, also of the very one that is being replaced. An Entry is
// invalid once its key is set, moved, deleted or given an expire: use what the
// method returned.
//
// Memory. What a Part frees goes back to the shard's arena at once when that
// is cheap. Large values and flushed tables become the shard's garbage, which
// Space.Step frees in slices.
//
// Look-ahead (Touch...) is the only thing that may be called without a token.
package db
