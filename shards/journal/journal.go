// Package journal is the seam between execution and everything that wants the
// stream of changes: the append-only file, the replication backlog, slot migration.
// The epilogue of a command hands over what changed, under the tokens of the shards
// that it changed; consumers come later. Only shards/exec records.
package journal

// Record is one command or transaction as it must be repeated elsewhere. Args are
// views that live until Append returns.
type Record struct {
	DB   int
	Args [][]byte
}

// Sink takes the records of the shards. Append is called under the shard's token and
// must not block: writers are held back at admission, never here. Records of a
// transaction come in one call.
type Sink interface {
	Append(shard int, records []Record)
}

// Null is the sink when nobody listens. Exec recognises it and records nothing.
type Null struct{}

// Append forgets the records.
func (Null) Append(int, []Record) {}
