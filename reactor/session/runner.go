package session

import (
	"sigrun/actors"
	"sigrun/internal/offheap"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// Runner executes commands for a loop. The caller holds the tokens of every shard that a
// command touches, from before Run until after it.
type Runner interface {
	actors.Runner
	// Prepare looks ahead: routes and hashes cmds and touches the memory that they
	// will need, for a connection whose selected database is db.
	Prepare(cmds []call.Command, db int)
	// Samples reports whether anybody looks for hot keys, and Sample shows him those of commands that have run in a database.
	Samples() bool
	Sample(cmds []call.Command, db int)
	// Route adds the shards of cmd to set. A command whose keys cannot be told from
	// its arguments gets none: its handler answers with the error.
	Route(cmd *call.Command, set *call.ShardSet)
	// Owned checks, with the tokens of set held, that cmd needs no others: slots may
	// have moved since it was routed.
	Owned(cmd *call.Command, set *call.ShardSet) bool
	// Placed is why commands that run together may not run on this node, as far as can be said without their tokens; nil: they may.
	Placed(cmds []call.Command, cl *call.Client) *resp.Error
	// Unkept is why the node refuses writes, as it cannot keep what they do; nil: it does not.
	Unkept() *resp.Error
	// SlotPaused reports whether a command that may change keys concerns a slot that is paused, or may.
	SlotPaused(cmd *call.Command) bool
	// Stranded is why a command waits in vain for keys here; nil: they may come.
	Stranded(cmd *call.Command, cl *call.Client) *resp.Error
	// Owner is the shard of a slot; without its token the answer may be old.
	Owner(slot uint16) int
	// MayWrite reports whether cmd may change keys or reach replicas, for a script by what
	// its first line declares. It needs no token.
	MayWrite(cmd *call.Command) bool

	// MakeRoom brings memory below its limit before a command of so many bytes runs. enough: it may; none: nothing more can go. No token is
	// held.
	MakeRoom(bytes int64) (enough, none bool)
	// Grows reports whether cmd is a script that may take more memory, by what its first line declares.
	Grows(cmd *call.Command) bool

	// Run executes cmd for cl and appends the reply to out. held is nil when only
	// cmd.Shard is held.
	Run(cmd *call.Command, cl *call.Client, out *resp.Writer, held *call.ShardSet, from sender) call.Verdict
	// RunTx executes a transaction's queue, whose tokens are all in held.
	RunTx(queue []call.Command, cl *call.Client, out *resp.Writer, held *call.ShardSet, from sender) call.Verdict

	// TooManyTracked reports whether more keys are remembered for clients that hold them than may be; TrimTracked forgets some of a
	// shard, whose token is held.
	TooManyTracked() bool
	TrimTracked(shard int)

	accounts
}

// accounts tell whoever counts commands of those that the loop runs itself.
type accounts interface {
	// Began is the reading at which a command begins that the loop is about to run:
	// the end of the one before, unless there was a Lap since.
	Began(cmd *call.Command) uint64
	// Lap ends the time of the commands that ran so far and starts that of the next; what
	// counts commands shows them from then on. The reading that it returns is for Book.
	Lap() uint64
	// Book counts a command that the loop ran, with its reply, since a reading.
	Book(cmd *call.Command, cl *call.Client, since uint64, reply []byte)
	// Show shows a command that the loop is about to run to the readers of MONITOR.
	Show(cmd *call.Command, cl *call.Client)
	// Refused counts a command that admission refused with an error.
	Refused(cmd *call.Command, err string)
	// Stamp is a reading for who is asked how long commands wait, 0 where nobody is. Written counts a reply that has gone to the socket, with
	// the reading at which its command had run.
	Stamp() uint64
	Written(id command.ID, ended uint64)
}

// sender is what a Runner may ask of the connection that sent a command; a Session is one. It is written out here and where it is asked
// (exec.Caller), since neither floor imports the other, and to Go both are the same type.
type sender = interface {
	Detach() *call.Call
	RunHere(cmd *call.Command, out *resp.Writer)
	TakeBlock(arg int) (b offheap.Block, n int, ok bool)
	Visit() *call.Visit
}

// Tables are those of the shards in which clients stand that watch keys or wait for them. Whoever asks holds the tokens of what is
// removed; false: slots have moved, others are needed, too.
type Tables interface {
	// WatchSet adds the shards of everything that is watched to set; Unwatch removes all of it, or nothing.
	WatchSet(w *call.Watching, set *call.ShardSet)
	Unwatch(w *call.Watching, held *call.ShardSet) (all bool)
	// TrackingBegan and TrackingEnded count who tracks keys, and give each a place among them. Listen has a client hear of the changes of all keys with a prefix, Leave no more. These
	// four need no token.
	TrackingBegan(client uint64) (place int)
	TrackingEnded(client uint64, place int)
	Listen(id uint64, noLoop bool, prefixes []string)
	Leave(id uint64, prefixes []string)
	// Forget removes a call that does not wait any more.
	Forget(waiting *call.Call, held *call.ShardSet) (all bool)
}
