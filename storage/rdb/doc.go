// Package rdb reads and writes Valkey's RDB format: whole files, byte streams of the same form, and the payloads of DUMP. It knows
// bytes and no memory of the keyspace: reading hands the pieces of values to a Builder, writing takes pieces from its caller.
// docs/formats/rdb.md draws every record.
//
//	Reader    bytes with position and checksum, from an io.Reader or from a slice
//	Decoder   the records of a file, one at a time: Next says what comes, Value reads the value of a key
//	Cutter    the same, but of a value only where it lies: others decode it (Values), several at a time
//	Writer    the same in the other direction, to an io.Writer or into a slice
//	Seal      makes a payload of DUMP of a value, Open takes it apart
//
// Everything that is read is taken for hostile: a length is held against what the input can still hold before it drives an
// allocation, every listpack, ziplist, zipmap, intset and stream node is checked entry by entry before a piece of it leaves the
// package, and a Builder is asked whether an element is new. Memory is bounded by the longest single string of the file, not by
// the file.
//
// A Decoder or Writer belongs to one goroutine. Slices that they hand out live until the next call.
package rdb
