package call

import "io"

// Verdict says what became of a command that was run, and all that its caller has to know of it.
type Verdict struct {
	Outcome Outcome
	// Seq is the newest commit that the reply may show, 0 while nobody takes commits: of what is Finished or goes on at the NextShard.
	Seq uint64
	// Want, of NeedMore, Lasts and Apart, are the tokens that it takes; they are the caller's.
	Want *ShardSet
	// Bring, of Apart, is called with no token held; the command finds what it returns (Call.Brought).
	Bring func() io.Closer
}

// Outcome is what became of a command.
type Outcome uint8

const (
	// Finished: the reply is written.
	Finished Outcome = iota
	// Waiting: the command became a call that waits in its shards.
	Waiting
	// NeedMore: nothing was done; the command must run again with the tokens of Want added
	// to those held.
	NeedMore
	// Lasts: nothing was done; the command must run again, with the tokens of Want, on an
	// executor.
	Lasts
	// Apart: nothing was done; what takes a while and needs no token (Bring) is to be done first, then the command must run again, with the tokens
	// of Want. Only calls say so.
	Apart
	// NextShard: the command wants to go on at the shard that the Visit names.
	NextShard
	// Moved: a key's slot belongs to another shard now; route again.
	Moved
)

// Visit is where a command stands that looks at shards one after another, one token
// at a time (SCAN). The caller owns it and runs the command again for every shard.
type Visit struct {
	Begun  bool
	Stop   bool   // no further shard is to be had: finish the reply
	Slot   uint16 // a slot of the shard that is next
	Cursor uint64
	Left   int // elements still wanted
	Found  int // elements written behind Mark
	Mark   int // where the reply begins
}
