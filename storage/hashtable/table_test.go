package hashtable

import (
	"math/rand/v2"
	"testing"

	"sigrun/internal/invariants"
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
)

// world is a table beside its model. A reference is the number of a key times
// eight; no entry is ever read, so no entry exists.
type world struct {
	t     testing.TB
	alloc Allocator
	tab   *Table
	at    offheap.Ref
	hash  func(key uint64) uint64
	want  map[uint64]bool // key to TTL bit
}

func mix(key uint64) uint64 { return rng.New(key).Uint64() }

func collide(uint64) uint64 { return 0x1234_5678_9abc_def0 }

// narrow makes many keys share buckets without sharing everything.
func narrow(key uint64) uint64 { return mix(key % 17) }

func refFor(key uint64) offheap.Ref { return offheap.Ref(key+1) << 3 }

func keyOf(r offheap.Ref) uint64 { return uint64(r>>3) - 1 }

func newWorld(t testing.TB, hash func(uint64) uint64) *world {
	g, err := offheap.NewRegion(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	w := &world{t: t, hash: hash, want: map[uint64]bool{}}
	w.alloc = Allocator{g.NewArena(), func(r offheap.Ref) uint64 { return hash(keyOf(r)) }}
	w.at = g.AllocZeroed(TableBytes).Ref
	w.tab = offheap.At[Table](w.at)
	return w
}

func (w *world) has(key uint64) bool {
	if first := w.tab.First(w.hash(key)); first == 0 || first == refFor(key) {
		return first != 0
	}
	for p := w.tab.Probe(w.hash(key)); p.Next(); {
		if p.Ref == refFor(key) {
			return true
		}
	}
	return false
}

func (w *world) set(key uint64, ttl bool) {
	if _, ok := w.want[key]; ok {
		w.tab.Replace(w.hash(key), refFor(key), refFor(key), ttl)
	} else {
		w.tab.Insert(&w.alloc, w.hash(key), refFor(key), ttl)
	}
	w.want[key] = ttl
}

func (w *world) del(key uint64) {
	w.tab.Delete(&w.alloc, w.hash(key), refFor(key))
	delete(w.want, key)
}

func (w *world) check() {
	w.t.Helper()
	seen, volatile := map[uint64]bool{}, 0
	for i := range w.tab.Pages() {
		w.tab.Page(i, func(r offheap.Ref, ttl bool) {
			k := keyOf(r)
			if want, ok := w.want[k]; !ok || want != ttl || seen[k] {
				w.t.Fatalf("key %d: present %v, ttl %v, want %v, twice %v", k, ok, ttl, want, seen[k])
			}
			seen[k] = true
			if ttl {
				volatile++
			}
		})
		w.checkPage(w.tab.page(uint32(i)))
	}
	if len(seen) != len(w.want) || w.tab.Len() != len(seen) || w.tab.Volatile() != volatile {
		w.t.Fatalf("%d seen, %d wanted, Len %d, Volatile %d of %d", len(seen), len(w.want), w.tab.Len(), w.tab.Volatile(), volatile)
	}
	if got := w.alloc.Arena.Used(); got != int64(w.tab.Bytes()) {
		w.t.Fatalf("arena holds %d bytes, table %d", got, w.tab.Bytes())
	}
}

// checkPage proves that only the last stash bucket has holes, and that who is
// in the stash left the overflowed bit behind.
func (w *world) checkPage(p page) {
	n := p.buckets(w.tab.width)
	for j := range n {
		b := p.bucket(j, w.tab.width)
		stash := j >= 1<<w.tab.width
		if stash && (j < n-1 && !b.full() || b.meta&taken == 0) {
			w.t.Fatal("a hole in the stash")
		}
		for i, word := range b.words {
			if word != 0 != (b.meta>>i&1 == 1) {
				w.t.Fatal("presence bit and word disagree")
			}
			if word != 0 && stash && p.bucket(w.tab.primary(word>>hashShift), w.tab.width).meta&overflowed == 0 {
				w.t.Fatal("overflowed bit missing")
			}
		}
	}
}

func TestAgainstModel(t *testing.T) {
	for name, hash := range map[string]func(uint64) uint64{"mix": mix, "collide": collide, "narrow": narrow} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(6) {
				run(t, seed, hash)
			}
		})
	}
}

func run(t *testing.T, seed uint64, hash func(uint64) uint64) {
	r := rand.New(rand.NewPCG(seed, 3))
	w := newWorld(t, hash)
	space := uint64(20 + r.IntN(3000))
	for step := range 12000 {
		key := r.Uint64N(space)
		growing := step/3000%2 == 0
		_, present := w.want[key]
		if w.has(key) != present {
			t.Fatalf("seed %d step %d: has %v, want %v", seed, step, !present, present)
		}
		switch {
		case present && (!growing || r.IntN(4) == 0):
			w.del(key)
		case !present && (growing || r.IntN(4) == 0), present:
			w.set(key, r.IntN(3) == 0)
		}
		if step%500 == 0 {
			w.check()
		}
	}
	w.check()
	for key := range w.want {
		w.del(key)
	}
	w.check()
	if w.alloc.Arena.Used() != 0 {
		t.Fatal("an empty table holds memory")
	}
}

// Keys that stay are all returned, whatever comes and goes beside them.
func TestScanWhileGrowingAndShrinking(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 9))
		w := newWorld(t, mix)
		const stay = 300
		for k := range uint64(stay) {
			w.set(k, false)
		}
		others := uint64(r.IntN(4000))
		if seed%2 == 1 {
			for k := range others {
				w.set(stay+k, false)
			}
		}
		seen := map[uint64]int{}
		for cursor, k := uint64(0), uint64(0); ; {
			i, next := w.tab.ScanPage(cursor)
			w.tab.Page(i, func(ref offheap.Ref, _ bool) { seen[keyOf(ref)]++ })
			if cursor = next; cursor == 0 {
				break
			}
			for range r.IntN(300) {
				if k < others && seed%2 == 0 {
					w.set(stay+k, false)
				} else if k < others {
					w.del(stay + k)
				}
				k++
			}
		}
		for k := range uint64(stay) {
			if seen[k] == 0 {
				t.Fatalf("seed %d: key %d was not returned", seed, k)
			}
		}
	}
}

func TestScanOfAQuietTableReturnsOnce(t *testing.T) {
	for _, n := range []uint64{1, 7, 30, 57, 200, 1000, 5000} {
		w := newWorld(t, mix)
		for k := range n {
			w.set(k, false)
		}
		seen := map[uint64]int{}
		for cursor := uint64(0); ; {
			i, next := w.tab.ScanPage(cursor)
			w.tab.Page(i, func(ref offheap.Ref, _ bool) { seen[keyOf(ref)]++ })
			if cursor = next; cursor == 0 {
				break
			}
		}
		for k := range n {
			if seen[k] != 1 {
				t.Fatalf("%d keys: key %d returned %d times", n, k, seen[k])
			}
		}
	}
}

func TestRandomIsFair(t *testing.T) {
	w := newWorld(t, mix)
	const n = 90 // more than one page, of unequal load
	for k := range uint64(n) {
		w.set(k, k%9 == 0)
	}
	r := rng.New(5)
	counts, volatile := map[uint64]int{}, map[uint64]int{}
	for range n * 1000 {
		counts[keyOf(w.tab.Random(r, false))]++
		volatile[keyOf(w.tab.Random(r, true))]++
	}
	for k := range uint64(n) {
		if c := counts[k]; c < 800 || c > 1200 {
			t.Errorf("key %d drawn %d times of 1000", k, c)
		}
		if c := volatile[k]; k%9 == 0 != (c > 8000 && c < 12000) {
			t.Errorf("key %d drawn %d times among the volatile", k, c)
		}
	}
}

// Beyond 2^16 pages the words do not hold enough of the hash.
func TestHugeTableAsksForHashes(t *testing.T) {
	if testing.Short() {
		t.Skip("four million keys")
	}
	w := newWorld(t, mix)
	asked := false
	w.alloc.Hash = func(r offheap.Ref) uint64 { asked = true; return mix(keyOf(r)) }
	const n = 4_200_000
	for k := range uint64(n) {
		w.tab.Insert(&w.alloc, mix(k), refFor(k), false)
	}
	for k := range uint64(n) {
		if k%7 == 0 && !w.has(k) {
			t.Fatal(k)
		}
	}
	if !asked || w.has(n+1) {
		t.Fatal("no hash was asked for, or a stranger found")
	}
}

func TestNoGoAllocations(t *testing.T) {
	w := newWorld(t, mix)
	for k := range uint64(1000) {
		w.tab.Insert(&w.alloc, mix(k), refFor(k), false)
	}
	k := uint64(1000)
	if n := testing.AllocsPerRun(2000, func() {
		w.tab.Insert(&w.alloc, mix(k), refFor(k), false)
		w.has(k)
		w.tab.Replace(mix(k), refFor(k), refFor(k), true)
		w.tab.Delete(&w.alloc, mix(k-1000), refFor(k-1000))
		k++
	}); n > 0 && !invariants.Enabled && !offheap.RaceBuild {
		t.Fatal(n)
	}
}

func TestTouchFollowsTheTable(t *testing.T) {
	w := newWorld(t, mix)
	g := w.alloc.Arena.Region()
	at := w.at
	for k := range uint64(2000) {
		w.set(k, false)
		p := w.tab.page(w.tab.pageOf(mix(k)))
		want := uint64(p.at) + bucketBytes*uint64(w.tab.primary(mix(k)))
		if got := Touch(g, at, mix(k)); got != want && !invariants.Enabled && !offheap.RaceBuild {
			t.Fatalf("%d keys: touched %x, the bucket is at %x", k, got, want)
		}
	}
	// Rubbish must not fault.
	r := rand.New(rand.NewPCG(1, 1))
	junk := g.AllocZeroed(4096)
	for range 10000 {
		for i := range 8 {
			*offheap.At[uint64](junk.Ref + offheap.Ref(8*i)) = r.Uint64() >> r.IntN(64)
		}
		TouchEntry(g, junk.Ref, Touch(g, junk.Ref, r.Uint64()), r.Uint64())
		TouchEntry(g, junk.Ref, r.Uint64(), r.Uint64())
	}
}

// FuzzTable reads operations from bytes: two for the key, the lowest bits of
// the third choose what to do.
func FuzzTable(f *testing.F) {
	f.Add([]byte{1, 2, 0, 1, 2, 1, 3, 3, 2}, uint8(0))
	f.Add([]byte("a long enough run of operations over keys that repeat, repeat, repeat"), uint8(1))
	f.Fuzz(func(t *testing.T, ops []byte, kind uint8) {
		w := newWorld(t, []func(uint64) uint64{mix, collide, narrow}[kind%3])
		for ; len(ops) >= 3; ops = ops[3:] {
			key := uint64(ops[0])<<4 | uint64(ops[1]&15)
			_, present := w.want[key]
			if w.has(key) != present {
				t.Fatal("lookup disagrees with the model")
			}
			if ops[2]&1 == 1 && present {
				w.del(key)
			} else {
				w.set(key, ops[2]&2 != 0)
			}
		}
		w.check()
	})
}

func BenchmarkFindHot(b *testing.B) {
	w := newWorld(b, mix)
	hashes := make([]uint64, 256)
	for k := range uint64(256) {
		w.set(k, false)
		hashes[k] = mix(k)
	}
	i := 0
	for b.Loop() {
		w.tab.First(hashes[i&255])
		i++
	}
}

func BenchmarkInsertDelete(b *testing.B) {
	w := newWorld(b, mix)
	for k := range uint64(300) {
		w.tab.Insert(&w.alloc, mix(k), refFor(k), false)
	}
	k := uint64(300)
	for b.Loop() {
		w.tab.Insert(&w.alloc, mix(k), refFor(k), false)
		w.tab.Delete(&w.alloc, mix(k-300), refFor(k-300))
		k++
	}
}
