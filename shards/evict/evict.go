// Package evict makes room when memory is over its limit. Whoever is about to run a command asks an Evictor of its own goroutine, which
// holds no token then and takes those that it needs one at a time, by Try alone: it waits for nobody.
//
// The worst keys of the whole node go, not of a shard: an Evictor draws its samples from all shards and databases, every key as often as any
// other, and keeps the best candidates of all that it has seen in a pool. A candidate is not its key's name but where the entry was found;
// under the token of its shard it is looked at again, and goes if it is as it was. Pools are not shared: two that evict at once need nothing of
// each other, and each draws as many samples for every key that goes as one alone would.
package evict

import (
	"math"
	"math/bits"
	"time"

	"sigrun/internal/account"
	"sigrun/internal/rng"
	"sigrun/internal/sim"
	"sigrun/shards/keyspace"
	"sigrun/shards/observe"
	"sigrun/storage/db"
)

// Outcome is what became of making room.
type Outcome uint8

const (
	Plenty  Outcome = iota // memory is within its limit, or must not be looked at now
	Working                // more is to go, and will
	Nobody                 // nothing more can go
)

// Host is the runner that an Evictor works for.
type Host interface {
	// Try takes the token of a shard and has the runner work under it; Release gives it back.
	Try(shard int) bool
	Release(shard int)
	// Evicted says that a key is gone to make room, Lapse that one is because its time has come; Finish has it leave.
	Evicted(s *keyspace.Shard, database int, k *db.Key)
	Lapse(s *keyspace.Shard, database int, k *db.Key)
	Finish()
	// Later has somebody go on who has time.
	Later()
}

// Evictor makes room for one goroutine.
type Evictor struct {
	k       *keyspace.Keyspace
	state   *State
	host    Host
	tally   *observe.Tally
	latency *observe.Latency

	random  rng.Rand
	policy  Policy
	now     int64 // unix ms
	pool    pool
	freeing int64 // ns that went into what was removed earlier
	freed   int64 // bytes, since Room began, by this one alone
	due     int   // keys that may go before samples are drawn again
	samples [mostSamples]db.Sampled
	scratch []byte
	key     db.Key // of what goes: the host is handed a pointer to it

	field   field
	closing closing
}

// Samples are drawn for a few keys at a time: to find the place takes longer than to look at what is there.
const (
	atATime     = 3
	mostSamples = 64 * atATime // that are drawn at a time: maxmemory-samples is 64 at most
)

// New makes one.
func New(k *keyspace.Keyspace, state *State, host Host, tally *observe.Tally, latency *observe.Latency) Evictor {
	e := Evictor{k: k, state: state, host: host, tally: tally, latency: latency}
	e.random.Seed(sim.Uint64())
	return e
}

// Room brings memory below its limit, as far as that goes in the time that there is, and tells how many bytes it has made free itself: what
// others make free is for their commands. No token is
// held.
func (e *Evictor) Room() (o Outcome, freed int64) {
	a := e.state.Memory
	if a.Excess() <= 0 || e.k.Settings.ExpirePaused.Load() {
		return Plenty, 0
	}
	e.freed = 0
	began := e.k.Clock.Mono()
	if e.high() && e.k.Settings.EvictBy.Load() != int64(Nothing) {
		e.close(began)
		began = e.k.Clock.Mono()
	}
	o = e.make(a, began)
	took := e.k.Clock.Mono() - began
	e.latency.Note(observe.EventEvictionCycle, e.k.Clock.Millis()/1000, took/1e6)
	if e.freeing > 0 {
		e.latency.Note(observe.EventEvictionFree, e.k.Clock.Millis()/1000, e.freeing/1e6)
		e.freeing = 0
	}
	e.state.became(o, e.freed, began+took)
	if o == Working {
		e.host.Later()
	}
	return o, e.freed
}

// lookAfter is how many steps are made between two looks at the clock.
const lookAfter = 16

// mostMissed is how many tries for tokens may be in vain, one after the other.
const mostMissed = 64

// make does it.
func (e *Evictor) make(a *account.Account, began int64) Outcome {
	e.begin()
	most := e.k.Settings.EvictFor.Load()
	missed := 0
	for n := 1; a.Excess() > 0; n++ {
		r := e.step()
		if r == nothing {
			if e.field.garbage(e.k); e.field.dirty < 0 {
				return Nobody
			}
			r = held // by who frees it just now
		}
		switch r {
		case held:
			if missed++; missed > mostMissed {
				return Working
			}
		default:
			missed = 0
		}
		if n%lookAfter == 0 && time.Duration(e.k.Clock.Mono()-began) > time.Duration(most) {
			if a.Excess() > 0 {
				return Working
			}
		}
	}
	return Plenty
}

// begin looks at what may have changed since the last time.
func (e *Evictor) begin() {
	e.now = e.k.Clock.Millis()
	p := policyOf(e.k.Settings)
	if p != e.policy {
		e.policy, e.pool.n, e.due = p, 0, 0
		e.field.total = 0
	}
	e.field.garbage(e.k)
}

func policyOf(s *keyspace.Settings) Policy {
	if s.Unevictable() {
		return Policy{}
	}
	p := Policy{By: By(s.EvictBy.Load()), Volatile: s.EvictVolatile.Load()}
	return p
}

// result is what one step came to.
type result uint8

const (
	progress result = iota
	held            // a token was not to be had
	nothing
)

// step makes something free: what waits to be freed already, else one key.
func (e *Evictor) step() result {
	if s := e.field.dirty; s >= 0 {
		return e.clear(s)
	}
	switch e.policy.By {
	case Nothing:
		return nothing
	case Random:
		return e.any()
	}
	if e.due--; e.due < 0 || e.pool.n == 0 {
		if r := e.fill(); e.pool.n == 0 {
			return r
		}
	}
	return e.worst()
}

// mostLooks is how many draws at most are made until the pool is full.
const mostLooks = 4

// fill draws samples until the pool is full, once where it nearly is: the best of a few may be among the last that should go. A pool in which
// nobody was is full after two looks, both of which may have met those that were used last: it looks further.
func (e *Evictor) fill() (r result) {
	fresh := e.pool.n == 0
	for range mostLooks {
		if r = e.look(); r == nothing || e.pool.n == poolSize && !fresh {
			break
		}
	}
	if r == progress {
		e.due = atATime - 1
	}
	return r
}

// garbageSlice is how much of what was removed earlier is freed at a time, in entries.
const garbageSlice = 256

// clear frees memory of values that are gone.
func (e *Evictor) clear(shard int) result {
	if !e.host.Try(shard) {
		if e.field.garbage(e.k); e.field.dirty == shard { // the only one: meanwhile keys go
			e.field.dirty = -1
		}
		return held
	}
	began := e.k.Clock.Mono()
	used := e.k.Space.Arena(shard).UsedNow()
	if !e.k.Space.Step(shard, garbageSlice) {
		e.field.garbage(e.k)
	}
	e.freeing += e.k.Clock.Mono() - began
	e.freed += used - e.k.Space.Arena(shard).UsedNow()
	e.k.Space.Tell(shard)
	e.host.Release(shard)
	return progress
}

// any has any key go.
func (e *Evictor) any() result {
	at, _ := e.field.draw(e.k, &e.random, e.policy.Volatile)
	if at == nil {
		return nothing
	}
	if !e.host.Try(at.shard) {
		return held
	}
	p := e.k.Shards[at.shard].Part(at.database)
	entry := p.Random(&e.random)
	if e.policy.Volatile {
		entry = p.RandomVolatile(&e.random)
	}
	if entry == 0 {
		e.field.total = 0
	} else {
		e.scratch = append(e.scratch[:0], entry.Key()...)
		e.key = e.k.Space.Hasher().Key(e.scratch)
		e.remove(at.shard, at.database, p, entry)
	}
	e.host.Release(at.shard)
	return progress
}

// look draws samples, and keeps the best.
func (e *Evictor) look() result {
	at, rank := e.field.draw(e.k, &e.random, e.policy.Volatile)
	if at == nil {
		return nothing
	}
	if !e.host.Try(at.shard) {
		return held
	}
	p := db.Sampler{Part: e.k.Shards[at.shard].Part(at.database)}
	n := p.Sample(&e.random, rank, e.policy.Volatile, e.samples[:min(atATime*e.k.Settings.EvictSamples.Load(), mostSamples)])
	for _, s := range e.samples[:n] {
		worth := e.worth(s.Entry)
		if e.pool.wants(worth) {
			e.pool.add(&candidate{Sampled: s, worth: worth, hash: p.HashOf(s.Entry), database: int32(at.database), access: s.Entry.Access()})
		}
	}
	if n == 0 {
		e.field.total = 0 // it is not what it was
	}
	e.host.Release(at.shard)
	return progress
}

// worth is how good it is that an entry goes.
func (e *Evictor) worth(entry db.Entry) uint64 {
	switch e.policy.By {
	case LRU:
		return uint64(1<<40 + keyspace.Idle(entry, e.now) - e.now/1000) // the time of its use: who came into the pool earlier has aged since
	case LFU:
		return keyspace.MostCounted - uint64(e.k.Settings.Decayed(entry.Access(), e.now))
	}
	return math.MaxUint64 - uint64(entry.ExpireAt())
}

// worst has the best candidate go whose shard is to be had, if it still is as it was. Who is left after many are gone or held is not the worst
// of the node but what remained of the pool: then samples are drawn before the next one goes.
func (e *Evictor) worst() result {
	for leftOut := uint32(0); ; {
		at := e.pool.best(leftOut)
		if at < 0 || bits.OnesCount32(leftOut) > e.pool.n/2 {
			return held
		}
		c := &e.pool.list[at]
		shard := e.k.Owner(c.Slot)
		if !e.host.Try(shard) {
			leftOut |= 1 << at
			e.due = 0
			continue
		}
		one := *c
		e.pool.remove(at)
		p := db.Sampler{Part: e.k.Shards[shard].Part(int(one.database))}
		k, there := p.Locate(one.Sampled, one.hash)
		if there && one.Entry.Access() == one.access && (!e.policy.Volatile || one.Entry.Expires()) {
			e.scratch = append(e.scratch[:0], k.Name...)
			k.Name = e.scratch
			e.key = k
			e.remove(shard, int(one.database), p.Part, one.Entry)
		} else {
			e.due = 0
		}
		e.host.Release(shard)
		return progress
	}
}

// remove has a key go, whose name is e.key; its token is held. One whose time has come goes for that.
func (e *Evictor) remove(shard, database int, p *db.Part, entry db.Entry) {
	s, k := &e.k.Shards[shard], &e.key
	began := int64(0)
	if e.latency.Threshold.Load() > 0 {
		began = e.k.Clock.Mono()
	}
	due := entry.Expires() && entry.ExpireAt() <= e.now
	used := e.k.Space.Arena(shard).UsedNow()
	p.Delete(k, entry)
	e.freed += used - e.k.Space.Arena(shard).UsedNow()
	if due {
		e.host.Lapse(s, database, k)
	} else {
		e.tally.Evicted.Inc()
		e.host.Evicted(s, database, k)
	}
	e.host.Finish()
	if began != 0 {
		e.latency.Note(observe.EventEvictionDel, e.now/1000, (e.k.Clock.Mono()-began)/1e6)
	}
	if e.k.Space.Garbage(shard) {
		e.field.dirty = shard
	}
	e.k.Space.Tell(shard)
}
