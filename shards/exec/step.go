package exec

import (
	"io"

	"sigrun/internal/offheap"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/keyspace"
	"sigrun/shards/observe"
	"sigrun/storage/db"
	"sigrun/storage/value"
)

// Step is the command that is running as its handler finds it: arguments, client, reply, time, database, and the tokens that
// are held.
type Step struct {
	Router
	Spec   *command.Spec
	Args   [][]byte // the command's name first
	Client *call.Client
	Out    *resp.Writer
	Now    int64 // unix ms; the same for a whole transaction or script

	cmd    *call.Command
	held   *call.ShardSet // tokens held; nil: only cmd.Shard's
	from   Caller
	inTx   bool
	asked  bool        // ASKING stands before the command in its transaction
	by     call.Origin // of background work, which has no client
	micros int64       // what TIME told last
	db     int         // the database that the command works on
	tally  *observe.Tally

	first   db.Key // the key at position 1 when the command has a single key
	other   db.Key // a key that is none by the command's specification
	walk    call.Visit
	wait    waitRequest
	serving *call.Call       // the waiting call that is being tried
	running *call.Call       // the call that is running, nil in place
	said    uint64           // the number of the last commit without a token: a message
	wanted  call.ShardSet    // of one that has to run again
	bring   func() io.Closer // of one that goes apart before
	Script  *ScriptRun
}

// Loop is the loop this runner belongs to, -1 for other goroutines.
func (c *Router) Loop() int { return c.loop }

// Keyspace is what the commands run on.
func (c *Router) Keyspace() *keyspace.Keyspace { return c.k }

// Engine is the node's shards.
func (c *Router) Engine() *Engine { return c.e }

// Key is the key at argument i, hashed once. It is valid until the handler returns.
// Keys are handed around by pointer: a struct that was just put together and is copied
// at once stalls the processor until all loads before it are done.
func (c *Step) Key(i int) *db.Key {
	if i == 1 && c.cmd.Shard >= 0 {
		return &c.first
	}
	return c.key(i)
}

// key keeps Key small enough to be inlined.
func (c *Step) key(i int) *db.Key {
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
func (c *Step) Keys() []db.Key {
	if c.keysOf != &c.Args[0] {
		c.hashKeys(c.Spec, c.Args)
	}
	return c.keys
}

// shardOf is the shard that owns k; its token is held, or the script has to start
// again with all tokens.
func (c *Step) shardOf(k *db.Key) *keyspace.Shard { return &c.k.Shards[c.k.Slots.Owner(k.Slot)] }

// Part is what the key's shard holds of the database that the command works on.
func (c *Step) Part(k *db.Key) *db.Part { return c.shardOf(k).Part(c.db) }

// Allocator is where the values of the key's shard live.
func (c *Step) Allocator(k *db.Key) *value.Allocator { return c.k.Space.Allocator(c.shardOf(k).ID) }

// Database is the number of the database that the command works on: the selected one
// until Use chooses another, for the rest of the command.
func (c *Step) Database() int    { return c.db }
func (c *Step) Use(database int) { c.db = database }

// Block gives away the block in which argument i arrived, for the storage to adopt; ok
// is false for small arguments and those that the caller needs himself.
func (c *Step) Block(i int) (b offheap.Block, n int, ok bool) {
	if len(c.Args[i]) < adoptFrom || c.inTx {
		return offheap.Block{}, 0, false
	}
	return c.from.TakeBlock(i)
}

// adoptFrom is the least size of an argument that may have a block of its own.
const adoptFrom = 32 << 10
