// Package aof reads and writes the append-only file: a set of files in one directory, in which a manifest says which of them are in force. It knows
// bytes, files and their order, and neither the keyspace nor what a command does. docs/formats/aof.md draws all of it.
//
//	Manifest  the list of the files, as text
//	Dir       the set on disk: which files come and go, in an order that leaves a set that loads whenever power is lost
//	Tail      the file of the set that is written to
//	Framer    the bytes of commands, with SELECT, MULTI, EXEC and marks of time
//	Rephrase  a snapshot as the commands that make the same
//	Reader    the commands of one file, in batches that own their memory
//	Loading   the files of a set, one after the other
//
// A server that starts:
//
//	Open ▸ Upgrade ▸ Sweep ▸ Empty? Rewrite(…, Afresh), a base of what there is, Finish, its Tail
//	                         else   Load, Next … io.EOF, all of it executed, Finish, Start, its Tail
//	▸ Clean ▸ Framer ▸ Tail.Write, Tail.Sync
//
// One that writes a new base: Rewrite(…, Onward) ▸ in the moment of the base, Sync and Close of the former Tail (a set may be cut in the last
// file that holds anything, and nowhere else), Framer.Reset ▸ Write … ▸ Finish ▸ Clean.
//
// Everything that is read is taken for hostile: memory is taken for what a file holds, and never for what it says that it holds.
//
// A Dir, Framer, Reader or Loading belongs to one goroutine at a time. A Tail may be synced by one while another writes.
package aof
