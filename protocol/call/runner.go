package call

import (
	"sigrun/internal/offheap"
	"sigrun/protocol/resp"
)

// Verdict says what became of a command that a Runner ran, and all that its caller has to know of it.
type Verdict struct {
	Outcome Outcome
	// Seq is the newest commit that the reply may show, 0 while nobody takes commits: of what is Finished or goes on at the NextShard.
	Seq uint64
	// Want, of NeedMore and Lasts, are the tokens that it takes; they are the caller's.
	Want *ShardSet
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

// Caller is the connection's side of a command that may have to wait: it makes a
// Call out of the command that is running, with arguments of its own.
type Caller interface {
	Detach() *Call
	// RunHere runs a command of the session or of control that stands in a
	// transaction; the reply is appended to out.
	RunHere(cmd *Command, out *resp.Writer)
	// TakeBlock gives away the block in which argument arg of the running command
	// arrived, n bytes long; ok is false when it lies elsewhere.
	TakeBlock(arg int) (b offheap.Block, n int, ok bool)
	// Visit is the walk over shards that the running command is part of, nil when it
	// has only the tokens that are held.
	Visit() *Visit
}

// Runner executes commands for one goroutine (a loop, an executor, a worker). It is
// not safe for concurrent use. The caller holds the tokens of every shard that a
// command touches, from before Run until after it.
type Runner interface {
	// Prepare looks ahead: routes and hashes cmds and touches the memory that they
	// will need, for a connection whose selected database is db.
	Prepare(cmds []Command, db int)
	// Route adds the shards of cmd to set. A command whose keys cannot be told from
	// its arguments gets none: its handler answers with the error.
	Route(cmd *Command, set *ShardSet)
	// Run executes cmd for cl and appends the reply to out. held is nil when only
	// cmd.Shard is held.
	Run(cmd *Command, cl *Client, out *resp.Writer, held *ShardSet, from Caller) Verdict
	// RunTx executes a transaction's queue, whose tokens are all in held.
	RunTx(queue []Command, cl *Client, out *resp.Writer, held *ShardSet, from Caller) Verdict
	// RunCall executes a call whose whole Set is held, into call.Out.
	RunCall(c *Call) Verdict
	// Began is the reading at which a command begins that another floor is about to run:
	// the end of the one before, unless there was a Lap since.
	Began(cmd *Command) uint64
	// Lap ends the time of the commands that ran so far and starts that of the next; what
	// counts commands shows them from then on. The reading that it returns is for Book.
	Lap() uint64
	// Book counts a command that another floor ran, with its reply, since a reading.
	Book(cmd *Command, cl *Client, since uint64, reply []byte)
	// Show shows a command that another floor is about to run to the readers of MONITOR.
	Show(cmd *Command, cl *Client)
	// Refused counts a command that admission refused with an error.
	Refused(cmd *Command, err string)
	// MayWrite reports whether cmd may change keys or reach replicas, for a script by what
	// its first line declares. It needs no token.
	MayWrite(cmd *Command) bool
	// Owned checks, with the tokens of set held, that cmd needs no others: slots may
	// have moved since it was routed.
	Owned(cmd *Command, set *ShardSet) bool
	// WatchSet adds the shards of everything that is watched to set; Unwatch removes all of
	// it from them, under their tokens; false: slots have moved, others are needed, too, and
	// nothing was done.
	WatchSet(w *Watching, set *ShardSet)
	Unwatch(w *Watching, held *ShardSet) (all bool)
	// Forget removes a call that no longer waits from the tables of the shards in set,
	// whose tokens are held; false: slots have moved, and others are needed, too.
	Forget(waiting *Call, set *ShardSet) (all bool)
	// Owner is the shard of a slot; without its token the answer may be old.
	Owner(slot uint16) int
	// Loop is the loop that this runner belongs to, -1 for other goroutines.
	Loop() int
	// Chores does a slice of shard's background work, if there is any; its token is held.
	Chores(shard int) (did, more bool)
	// Tidy does background work that belongs to no shard; no token is held. more: call
	// again soon.
	Tidy() (more bool)
}
