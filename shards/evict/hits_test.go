package evict

import (
	"container/list"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"sigrun/internal/account"
	"sigrun/internal/clock"
	"sigrun/internal/offheap"
	"sigrun/protocol/command"
	"sigrun/shards/keyspace"
	"sigrun/shards/observe"
	"sigrun/storage/db"
	"sigrun/storage/image"
)

// cache is a keyspace that is used as a cache: what is not there is stored, and what does not fit goes.
type cache struct {
	k       *keyspace.Keyspace
	e       Evictor
	clock   *clock.Fake
	account *account.Account
	gone    int
	held    int      // a shard whose token is somebody else's, 0: none
	name    [16]byte // of the key that set stores
}

func (c *cache) Try(shard int) bool                    { return c.held == 0 || shard != c.held }
func (c *cache) Release(int)                           {}
func (c *cache) Evicted(*keyspace.Shard, int, *db.Key) { c.gone++ }
func (c *cache) Lapse(*keyspace.Shard, int, *db.Key)   {}
func (c *cache) Finish()                               {}
func (c *cache) Later()                                {}

func newCache(t *testing.T, policy string, bytes int64) *cache {
	return newCacheOf(t, 16, policy, bytes)
}

func newCacheOf(t *testing.T, shards int, policy string, bytes int64) *cache {
	region, err := offheap.NewRegion(256 << 20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = region.Close() })
	c := &cache{clock: clock.NewFake(1e12), account: account.New(nil, nil)}
	space := db.NewSpace(db.Config{Region: region, Databases: 1, Shards: shards, Values: image.Types(), Account: c.account})
	settings := &keyspace.Settings{}
	p := Named(policy)
	settings.EvictBy.Store(int64(p.By))
	settings.EvictVolatile.Store(p.Volatile)
	settings.EvictSamples.Store(5)
	settings.EvictFor.Store(math.MaxInt64)
	settings.Compact.Ceiling.Store(math.MaxInt64)
	settings.LFULogFactor.Store(10)
	settings.LFUDecayTime.Store(1)
	c.k = keyspace.New(space, shards, c.clock, settings)
	table := command.NewTable()
	var tallies observe.Tallies
	tallies.Init(table)
	c.e = New(c.k, NewState(c.account, c.clock.Mono), c, tallies.New(), &observe.Latency{})
	c.account.Limit(bytes)
	return c
}

var cached = []byte(strings.Repeat("v", 100))

// get looks a key up, stores it if it is not there, and reports whether it was.
func (c *cache) get(n uint64, lfu bool) (hit bool) {
	var name [16]byte
	binary.BigEndian.PutUint64(name[8:], n)
	k := c.k.Space.Hasher().Key(name[:])
	p := c.k.Shards[c.k.Owner(k.Slot)].Part(0)
	now := c.clock.Millis()
	used := func(old uint32) uint32 {
		if !lfu {
			return keyspace.Second(now)
		}
		counter := c.k.Settings.Decayed(old, now)
		if above := max(int64(counter)-keyspace.BornCounted, 0); counter < keyspace.MostCounted && rand.Float64()*float64(above*10+1) < 1 {
			counter++
		}
		return keyspace.Counted(now, counter)
	}
	if e := p.Find(&k); e != 0 {
		e.SetAccess(used(e.Access()))
		return true
	}
	if o, _ := c.e.Room(); o != Plenty {
		panic("no room")
	}
	e := p.SetString(&k, 0, cached, 0)
	if e.SetAccess(keyspace.Second(now)); lfu {
		e.SetAccess(keyspace.Counted(now, keyspace.BornCounted))
	}
	return false
}

// exact is a cache of so many keys, of which always the one goes that was not used for longest.
type exact struct {
	most  int
	order *list.List
	at    map[uint64]*list.Element
}

func (x *exact) get(n uint64) (hit bool) {
	if e := x.at[n]; e != nil {
		x.order.MoveToFront(e)
		return true
	}
	x.at[n] = x.order.PushFront(n)
	if x.order.Len() > x.most {
		last := x.order.Back()
		delete(x.at, last.Value.(uint64))
		x.order.Remove(last)
	}
	return false
}

// zipf draws from n keys with the exponent 0.9: the place of a number in the sums of their shares.
type zipf struct{ sums []float64 }

func newZipf(n int) *zipf {
	z := &zipf{make([]float64, n)}
	sum := 0.0
	for i := range z.sums {
		sum += 1 / math.Pow(float64(i+1), 0.9)
		z.sums[i] = sum
	}
	return z
}

func (z *zipf) draw(r *rand.Rand) uint64 {
	x := r.Float64() * z.sums[len(z.sums)-1]
	low, high := 0, len(z.sums)-1
	for low < high {
		if mid := (low + high) / 2; z.sums[mid] < x {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return uint64(low)
}

// traces are sequences of keys: popular ones always, with a scan in between of keys that nobody asks for again, and with others that become
// popular in time.
func traces(keys int) map[string]func(i int, r *rand.Rand) uint64 {
	z := newZipf(keys)
	return map[string]func(i int, r *rand.Rand) uint64{
		"zipf": func(_ int, r *rand.Rand) uint64 { return z.draw(r) },
		"scan": func(i int, r *rand.Rand) uint64 {
			if i%20000 > 14000 {
				return uint64(1e9 + i)
			}
			return z.draw(r)
		},
		"moving": func(i int, r *rand.Rand) uint64 { return z.draw(r) + uint64(i/50) },
	}
}

// TestHits compares the misses of a cache that samples with those of one that knows exactly what was not used for longest and has as many keys.
func TestHits(t *testing.T) {
	const keys, accesses, each = 60_000, 600_000, 2000 // accesses a second
	for name, draw := range traces(keys) {
		for policy, most := range map[string]float64{"allkeys-lru": 1.03, "allkeys-lfu": 1.14, "allkeys-random": 1.25} {
			t.Run(name+" "+policy, func(t *testing.T) {
				c := newCache(t, policy, 2<<20)
				var misses, exactly int
				r := rand.New(rand.NewPCG(1, 2))
				trace := make([]uint64, accesses)
				for i := range trace {
					trace[i] = draw(i, r)
				}
				for i, n := range trace {
					if i%each == 0 {
						c.clock.Step(1e9)
					}
					if !c.get(n, policy == "allkeys-lfu") && i > accesses/3 {
						misses++
					}
				}
				held := 0
				c.k.EachPart(0, func(p *db.Part) { held += p.Count() })
				x := exact{held, list.New(), map[uint64]*list.Element{}}
				for i, n := range trace {
					if !x.get(n) && i > accesses/3 {
						exactly++
					}
				}
				ratio := float64(misses) / float64(exactly)
				t.Logf("%d keys held, %d misses, %d of exact LRU: %.3f", held, misses, exactly, ratio)
				if ratio > most {
					t.Errorf("%.3f times the misses of exact LRU, %.2f are allowed", ratio, most)
				}
			})
		}
	}
}
