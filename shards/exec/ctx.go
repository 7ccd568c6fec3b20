package exec

import (
	"errors"

	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/commit"
	"sigrun/shards/keyspace"
	"sigrun/shards/observe"
	"sigrun/shards/upkeep"
	"sigrun/storage/db"
	"sigrun/storage/value"
)

// Ctx runs commands for one goroutine and is what handlers see. The exported fields
// describe the command that is running; they and everything that methods return live
// until the handler returns, and views of values only until the next change.
type Ctx struct {
	Spec   *command.Spec
	Args   [][]byte // the command's name first
	Client *call.Client
	Out    *resp.Writer
	Now    int64 // unix ms; the same for a whole transaction or script

	e      *Engine
	k      *keyspace.Keyspace // the engine's: one step nearer
	tally  *observe.Tally
	laps   laps
	clock  uint32 // the access clock at Now, counts under LFU
	line   []byte // of the running command, for MONITOR
	lineDB int    // the database that line names
	shown  bool   // somebody reads MONITOR while a call runs
	loop   int    // of the goroutine, -1: not a loop

	cmd     *call.Command
	held    *call.ShardSet // tokens held; nil: only cmd.Shard's
	from    call.Caller
	inTx    bool
	micros  int64 // what TIME told last
	db      int   // the database that the command works on
	changes int
	counted observe.Taken // of the tally, when a command began that may have to begin again

	first   db.Key   // the key at position 1 when the command has a single key
	other   db.Key   // a key that is none by the command's specification
	keys    []db.Key // the keys of the command routed last
	keysOf  *[]byte  // identifies that command
	at      []int    // scratch: positions of keys
	buckets []uint64 // scratch: of Prepare
	scratch []byte
	walk    call.Visit
	rand    *rng.Rand
	touched uint64 // keeps the loads of look-ahead alive

	upkeep    upkeep.Upkeep
	wait      waitRequest
	serving   *call.Call // the waiting call that is being tried
	running   *call.Call // the call that is running, nil in place
	wanted    call.ShardSet
	need      call.ShardSet   // of a Ctx that serves waiters: what the present one takes
	commit    commit.Commit   // of the command, transaction or script under way
	ready     []commit.Signal // of finished commits; whose waiters are to be tried
	stirred   bool            // one of these two is not empty
	own       call.ShardSet   // of a Ctx that does chores: the shard whose token it holds
	channel   []byte          // scratch of tell
	rewritten [][]byte
	sub       *Ctx // runs waiters
	images    *Images
	Script    *ScriptRun
	Local     any // what the family of scripts keeps for this goroutine: its interpreter
}

// Outcomes that handlers return as errors; they never reach a client.
var (
	errWait = errors.New("exec: wait")
	errMore = errors.New("exec: more tokens")
	errLong = errors.New("exec: an executor")

	errNextShard = errors.New("exec: next shard")
)

// NewCtx makes the runner of one goroutine, for as long as the engine lives: its counters are
// never forgotten. Who needs one for a moment borrows it.
func (e *Engine) NewCtx(loop int) *Ctx {
	c := &Ctx{e: e, k: e.Keyspace, tally: e.Tallies.New(), loop: loop, Now: e.Clock.Millis()}
	c.upkeep = upkeep.New(e.Keyspace, background{c}, c.tally, &e.Latency)
	return c
}

// Borrow takes a runner that belongs to no loop, until GiveBack. There are as many as were
// ever out at once.
func (e *Engine) Borrow() *Ctx {
	e.runnerMu.Lock()
	defer e.runnerMu.Unlock()
	if n := len(e.idle); n > 0 {
		c := e.idle[n-1]
		e.idle = e.idle[:n-1]
		return c
	}
	return e.NewCtx(-1)
}

// GiveBack returns a runner that was borrowed.
func (e *Engine) GiveBack(c *Ctx) {
	e.runnerMu.Lock()
	defer e.runnerMu.Unlock()
	e.idle = append(e.idle, c)
}

// Loop is the loop this runner belongs to, -1 for other goroutines.
func (c *Ctx) Loop() int { return c.loop }

// Keyspace is what the commands run on.
func (c *Ctx) Keyspace() *keyspace.Keyspace { return c.k }

// Engine is the node's shards.
func (c *Ctx) Engine() *Engine { return c.e }

// Key is the key at argument i, hashed once. It is valid until the handler returns.
// Keys are handed around by pointer: a struct that was just put together and is copied
// at once stalls the processor until all loads before it are done.
func (c *Ctx) Key(i int) *db.Key {
	if i == 1 && c.cmd != nil && c.cmd.Shard >= 0 {
		return &c.first
	}
	keys := c.Keys()
	for n, at := range c.at {
		if at == i {
			return &keys[n]
		}
	}
	c.other = c.k.Space.Hasher().Key(c.Args[i])
	return &c.other
}

// Keys are all keys of the command in the order of its arguments, hashed by routing.
func (c *Ctx) Keys() []db.Key {
	if c.keysOf != &c.Args[0] {
		c.hashKeys(c.Spec, c.Args)
	}
	return c.keys
}

// shardOf is the shard that owns k; its token is held, or the script has to start
// again with all tokens.
func (c *Ctx) shardOf(k *db.Key) *keyspace.Shard { return &c.k.Shards[c.k.Slots.Owner(k.Slot)] }

// Part is what the key's shard holds of the database that the command works on.
func (c *Ctx) Part(k *db.Key) *db.Part { return c.shardOf(k).Part(c.db) }

// Home is where the values of the key's shard live.
func (c *Ctx) Home(k *db.Key) *value.Home { return c.k.Space.Home(c.shardOf(k).ID) }

// Database is the number of the database that the command works on: the selected one
// until Use chooses another, for the rest of the command.
func (c *Ctx) Database() int    { return c.db }
func (c *Ctx) Use(database int) { c.db = database }

// Block gives away the block in which argument i arrived, for the storage to adopt; ok
// is false for small arguments and those that the caller needs himself.
func (c *Ctx) Block(i int) (b offheap.Block, n int, ok bool) {
	if len(c.Args[i]) < adoptFrom || c.inTx {
		return offheap.Block{}, 0, false
	}
	return c.from.TakeBlock(i)
}

// adoptFrom is the least size of an argument that may have a block of its own.
const adoptFrom = 32 << 10

// InTx reports whether the command runs inside EXEC or a script.
func (c *Ctx) InTx() bool { return c.inTx }
