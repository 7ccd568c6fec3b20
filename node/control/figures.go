package control

import (
	"runtime"
	"time"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/reactor/session"
	"sigrun/shards/exec"
)

// figures is what INFO knows of the shards and connections as of the last look.
type figures struct {
	mu      sim.Mutex // held while INFO is written
	shards  []shardFigures
	clients clientFigures
	memory  runtime.MemStats
	rss     uint64
	peak    uint64
}

// shardFigures need the shard's token, and so may be old. What a client may have changed himself just now, keys and memory, is no
// part of them: that is read from counters of the owners. tables is by database, nil until MEMORY STATS asks.
type shardFigures struct {
	tables []int64
}

// clientFigures are folded over all connections.
type clientFigures struct {
	blocked, timed, pubsub, watching int
	bytes, maxIn, maxOut             int
}

// look takes the figures anew with runner r. held are tokens that the caller holds. Of shards whose
// token is not to be had for a while, what needs it (the holes in their memory) is as of the last time: nobody who
// asks for INFO waits for a script.
func (k *Control) look(held *call.ShardSet, r *exec.Ctx) {
	f := &k.figures
	if f.shards == nil {
		f.shards = make([]shardFigures, k.Tokens.Shards())
	}
	k.visit(held, r, k.lookAtShard)
	f.clients = k.lookAtClients()
	readHeap(&f.memory)
	f.rss = ResidentBytes()
	f.peak = max(f.peak, k.usedMemory())
}

// visit calls fn for the shards whose tokens are among those held, or to be had soon.
func (k *Control) visit(held *call.ShardSet, r *exec.Ctx, fn func(shard int)) {
	start := time.Now()
	for s := range k.figures.shards {
		if held != nil && held.Has(s) {
			fn(s)
		} else if k.trySince(start, s) {
			fn(s)
			k.Tokens.Release(s, r)
		}
	}
}

// passing is how long a look at all shards waits for tokens.
const passing = 200 * time.Microsecond

// overdueFreed is how much of a shard's garbage, in entries, a look frees.
const overdueFreed = 4096

func (k *Control) trySince(start time.Time, shard int) bool {
	for ; ; sim.Gosched() {
		if k.Tokens.Try(shard) {
			return true
		}
		if time.Since(start) > passing {
			return false
		}
	}
}

func (k *Control) lookAtShard(s int) {
	if !k.Engine.Space.Owed(s) {
		k.Engine.Space.Step(s, overdueFreed) // what nobody can reach any more is not to be counted for long
	}
	k.Engine.Space.Tell(s)
	k.Engine.Space.Account(s)
}

// lookAtTables is no part of lookAtShard: its cost grows with the number of keys.
func (k *Control) lookAtTables(s int) {
	sp := k.Engine.Space
	f := &k.figures.shards[s]
	f.tables = make([]int64, sp.Databases())
	for i := range f.tables {
		if d := sp.Existing(i); d != nil {
			f.tables[i] = d.Part(s).TableBytes()
		}
	}
}

func (k *Control) lookAtClients() (sum clientFigures) {
	var mu sim.Mutex
	k.Reactor.Everybody(func(l *session.Loop) {
		var own clientFigures
		l.Each(func(s *session.Session) { own.add(s) })
		mu.Lock()
		sum.fold(own)
		mu.Unlock()
	})
	return sum
}

func (f *clientFigures) add(s *session.Session) {
	s.Weigh()
	d := s.Describe()
	one := clientFigures{bytes: d.Weight(), maxIn: s.InBytes(), maxOut: s.OutBytes()}
	if d.Waits() {
		one.blocked = 1
		if d.Timed() {
			one.timed = 1
		}
	}
	if s.Subs.Any() {
		one.pubsub = 1
	}
	if d.Watches() > 0 {
		one.watching = 1
	}
	f.fold(one)
}

func (f *clientFigures) fold(o clientFigures) {
	f.blocked += o.blocked
	f.timed += o.timed
	f.pubsub += o.pubsub
	f.watching += o.watching
	f.bytes += o.bytes
	f.maxIn, f.maxOut = max(f.maxIn, o.maxIn), max(f.maxOut, o.maxOut)
}

// BaseBytes is what an empty server counts for: tables of commands and configuration,
// loops, rings. Like used_memory as a whole it is a logical figure; used_memory_rss
// tells what the process takes.
const BaseBytes = 1 << 20

// usedMemory is the account that maxmemory is compared with: data, and what is held
// for connections, messages on their way and scripts.
func (k *Control) usedMemory() uint64 { return k.overhead() + uint64(k.dataBytes()) }

// overhead is what is no data of it.
func (k *Control) overhead() uint64 {
	return BaseBytes + uint64(k.figures.clients.bytes) + k.Reactor.Hub.InTransit() + uint64(k.Scripts.Bytes()) + uint64(max(k.Engine.Tracking.Bytes()+k.Engine.Hot.Bytes(), 0)) + uint64(k.Engine.Space.Retired()) +
		uint64(k.Users.Bytes()+k.Denials.Bytes()+max(k.Engine.Log.Memory.Bytes(), 0)+k.Engine.Payloads.Bytes())
}

func (k *Control) dataBytes() (n int64) {
	for s := range k.Tokens.Shards() {
		n += k.Engine.Space.Arena(s).UsedNow()
	}
	return n
}

// keys folds a database over the shards.
func (k *Control) keys(db int) (keys, volatile, tracked int) {
	d := k.Engine.Space.Existing(db)
	for s := 0; d != nil && s < k.Tokens.Shards(); s++ {
		p := d.Part(s)
		keys += p.Estimate()
		volatile += p.Volatiles()
		tracked += p.Trackeds()
	}
	return keys, volatile, tracked
}
