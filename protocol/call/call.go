// Package call is the common tongue of the reactor, which reads commands, and the
// shards, which execute them: the two never import each other. A Command is one
// parsed command where it stands; a Call is a Command that had to leave its
// connection's turn, with arguments of its own, which never change, and a reply buffer; a Verdict is what became of
// either. Nothing here executes anything: who does is an interface of those who have it done (actors.Runner, session.Runner).
package call

import (
	"io"
	"sync/atomic"

	"sigrun/internal/num"
	"sigrun/internal/sim"
	"sigrun/protocol/acl"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// Values of Command.Shard that are not a shard's number.
const (
	NoShard    = -1 // no key: needs no token
	ManyShards = -2 // keys of several shards: whoever routes knows them
)

// Command is a parsed command. Args lie in the connection's read buffer and live
// until the turn ends, unless a Call owns them.
type Command struct {
	Spec   *command.Spec
	Args   [][]byte
	Hash   uint64 // keyed hash of the first key, set by look-ahead
	Slot   uint16 // of the first key
	Asking bool   // it follows a redirection by ASK: a slot that is being imported serves it
	Barred bool   // admission did not let it run: it was refused, queued, or held back
	Shard  int32  // the shard of all keys, NoShard or ManyShards
}

// Selects is the database, of so many, that the command makes the selected one when it runs; ok is false for one that changes nothing.
func (c *Command) Selects(databases int) (db int, ok bool) {
	if !c.Spec.Selects {
		return 0, false
	}
	at := c.Spec.Databases(c.Args)[0]
	if at >= len(c.Args) {
		return 0, false
	}
	n, ok := num.ParseInt(c.Args[at])
	return int(n), ok && n >= 0 && n < int64(databases)
}

// Bytes is the size of the command as a client sends it.
func (c *Command) Bytes() int64 {
	n := framed(len(c.Args)) - 1
	for _, a := range c.Args {
		n += framed(len(a)) + len(a) + 1
	}
	return int64(n)
}

// framed is the size of "$n\r\n\r".
func framed(n int) int {
	size := 5
	for ; n >= 10; n /= 10 {
		size++
	}
	return size
}

// State is where a Call stands.
type State uint32

// A Call is Pending until a holder starts it, Parked while it waits in its shard
// (BLPOP), Done once its reply is complete. Whoever moves a Parked call on has
// it by compare-and-swap, so that it is served once.
const (
	Pending State = iota
	Running
	Parked
	Done
	Cancelled
)

// Call is a command, a transaction or a piece of internal work on its way to its
// shards and home again. It is owned by one party at a time: the home loop, a ring,
// the holder of its tokens, a queue of waiters.
type Call struct {
	Command
	Client   *Client
	Tx       []Command         // EXEC: the queued commands
	From     any               // the session, for those who run the call: a transaction has its own commands run there
	Work     func()            // internal work instead of a command
	Out      resp.Writer       // the reply
	Loop     int               // loop that gets the reply; < 0: nobody
	Owner    any               // the session; only its loop looks at it
	Behind   []byte            // messages that wait for the reply to be sent; only the session's loop looks at it
	Set      ShardSet          // the shards whose tokens it needs or holds
	Ready    func(c *Call)     // called once by whoever completes the claim on Set
	Executed uint64            // commands that ran for it
	Seq      uint64            // the newest commit that the reply may show
	after    func(then func()) // has to happen before the reply leaves
	Block    Block             // what a Parked call waits for
	Sent     uint64            // the reading at which it left its connection's turn, until somebody has told how long it was on its way; 0: nobody asks
	Ended    uint64            // the reading at which it had run, 0: nobody asks
	Denied   []acl.Entry       // of its commands that were refused when they ran, for the home to bring to the log
	Brought  io.Closer         // what its command asked for and has not taken yet (Verdict.Bring)

	state atomic.Uint32
	free  atomic.Bool  // it is Done and the tokens of Set are released
	gone  atomic.Bool  // its client has left while it was running
	keys  atomic.Int32 // that it waits for, for whoever asks what it takes
	size  atomic.Int64 // of the reply that is being written
	at    int          // claim: next shard to take
	next  *Call        // in a queue of waiters or a backlog, never both
}

// Block is what a Parked call waits for; written before it is Parked.
type Block struct {
	DB          int
	First, Last int   // the keys' positions, 0: it waits for no key
	Type        uint8 // of the value that serves it (storage/db.Type)
	Many        bool  // its command has several keys, perhaps of several shards
	Live        bool  // is served, too, when a key is gone or holds another type
	// Since is what the handler noted when it began to wait, for when it is tried again: where the keys' streams ended.
	Since    [][]byte
	Deadline int64 // unix milliseconds, 0 is for ever
	// Late writes what is answered when time is up; nil: a null array.
	Late func(out *resp.Writer)
}

// State reports where the call stands.
func (c *Call) State() State { return State(c.state.Load()) }

// SetState is for the call's owner.
func (c *Call) SetState(s State) {
	sim.Yield("sets a state")
	c.state.Store(uint32(s))
}

// Park sets what the call waits for, on a number of keys; SetState(Parked) comes last.
func (c *Call) Park(b Block) {
	c.Block = b
	if b.First > 0 {
		c.keys.Store(int32(b.Last - b.First + 1))
	}
}

// WaitsFor is the number of keys that the call waits for, or waited for before it was served.
func (c *Call) WaitsFor() int { return int(c.keys.Load()) }

// Move moves the call from one state to another if it still is in that state.
func (c *Call) Move(from, to State) bool {
	sim.Yield("claims a call")
	return c.state.CompareAndSwap(uint32(from), uint32(to))
}

// Abandon says that nobody waits for the reply any more: a command that replies without end stops.
// The home says so of a call that is running.
func (c *Call) Abandon() { c.gone.Store(true) }

// Addressed has the reply end when the call is abandoned, and its length be known while it is written.
func (c *Call) Addressed() { c.Out.Gone, c.Out.Size = &c.gone, &c.size }

// ReplyBytes is about how long the reply is so far, if it is a long one. Anybody may ask.
func (c *Call) ReplyBytes() int { return int(c.size.Load()) }

// Before has something happen before the reply leaves: do is called when the call is home, and
// calls then when that is done, from any goroutine. Whoever runs the call asks for it.
func (c *Call) Before(do func(then func())) {
	if earlier := c.after; earlier != nil {
		later := do
		do = func(then func()) { earlier(func() { later(then) }) }
	}
	c.after = do
}

// TakeBefore takes what has to happen yet, nil: nothing. The home does it.
func (c *Call) TakeBefore() (do func(then func())) {
	do, c.after = c.after, nil
	return do
}

// Hasty reports whether the reply may leave at once.
func (c *Call) Hasty() bool { return c.after == nil }

// SetFree marks a call that is Done and holds no tokens any more; Free asks for it.
func (c *Call) SetFree()   { c.free.Store(true) }
func (c *Call) Free() bool { return c.free.Load() }

// Adopt copies cmd and its arguments into the call, which then owns them.
func (c *Call) Adopt(cmd *Command) {
	c.Command = *cmd
	c.Args = copyArgs(cmd.Args)
}

// Clone is a copy of the command that owns its arguments, and is yet to run.
func (c *Command) Clone() Command {
	out := *c
	out.Args, out.Barred = copyArgs(c.Args), false
	return out
}

// copyArgs copies arguments into one allocation of bytes and one of headers.
func copyArgs(args [][]byte) [][]byte {
	total := 0
	for _, a := range args {
		total += len(a)
	}
	buf := make([]byte, 0, total)
	out := make([][]byte, len(args))
	for i, a := range args {
		start := len(buf)
		buf = append(buf, a...)
		out[i] = buf[start:len(buf):len(buf)]
	}
	return out
}

// PutDown closes what the command has asked for and not taken: it does not run any more.
func (c *Call) PutDown() {
	if c.Brought != nil {
		_ = c.Brought.Close()
		c.Brought = nil
	}
}

// Cursor and SetCursor are the actors': how far the claim on Set has come.
func (c *Call) Cursor() int      { return c.at }
func (c *Call) SetCursor(at int) { c.at = at }

// Queue is an intrusive first-in-first-out list of calls; not safe for concurrent
// use. A call is in at most one.
type Queue struct{ head, tail *Call }

// Empty reports whether nothing is queued.
func (q *Queue) Empty() bool { return q.head == nil }

// Push appends c.
func (q *Queue) Push(c *Call) {
	c.next = nil
	if q.tail == nil {
		q.head = c
	} else {
		q.tail.next = c
	}
	q.tail = c
}

// Pop removes the first call, nil when there is none.
func (q *Queue) Pop() *Call {
	c := q.head
	if c == nil {
		return nil
	}
	if q.head = c.next; q.head == nil {
		q.tail = nil
	}
	c.next = nil
	return c
}

// Append moves all of o behind the calls of q.
func (q *Queue) Append(o *Queue) {
	if o.head == nil {
		return
	}
	if q.tail == nil {
		q.head = o.head
	} else {
		q.tail.next = o.head
	}
	q.tail = o.tail
	*o = Queue{}
}
