package offheap

import (
	"math/rand/v2"
	"testing"

	"sigrun/internal/invariants"
)

func newRegion(t testing.TB, size uint64) *Region {
	t.Helper()
	g, err := NewRegion(size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func TestClassesHoldWhatTheyPromise(t *testing.T) {
	for n := 0; n <= 40<<10; n++ {
		c := ClassSize(n)
		if c < n || c%8 != 0 {
			t.Fatalf("ClassSize(%d) = %d", n, c)
		}
		if n >= 128 && n <= 4096 && c > n+n/8+8 {
			t.Fatalf("ClassSize(%d) = %d wastes more than an eighth", n, c)
		}
	}
	if ClassSize(54) != 56 {
		t.Fatal("the commonest entry does not take 56 bytes")
	}
}

func TestRegionIsAlignedAndBounded(t *testing.T) {
	g := newRegion(t, 100<<20)
	if g.size != 128<<20 || g.base%hugePage != 0 {
		t.Fatalf("base %x size %d", g.base, g.size)
	}
	if !g.Contains(uint64(g.base)) || g.Contains(uint64(g.base)-1) || g.Contains(uint64(g.base)+g.size) {
		t.Fatal("Contains is wrong at the ends")
	}
	if g.Touch(12345) != 0 || g.Touch(1<<63) != 0 {
		t.Fatal("Touch followed a wild address")
	}
}

// object is the model's side of an allocation: what was asked for, and the
// byte every position of it must hold.
type object struct {
	ref  Ref
	n    int
	mark byte
}

func (o object) fill() {
	b := o.ref.Bytes(o.n)
	for i := range b {
		b[i] = o.mark
	}
}

func (o object) check(t *testing.T) {
	t.Helper()
	for i, c := range o.ref.Bytes(o.n) {
		if c != o.mark {
			t.Fatalf("object of %d bytes changed at %d", o.n, i)
		}
	}
}

func size(r *rand.Rand) int {
	switch r.IntN(40) {
	case 0:
		return r.IntN(maxSmall + 1)
	case 1:
		return maxSmall + r.IntN(100<<10)
	default:
		return r.IntN(300)
	}
}

func TestArenaAgainstModel(t *testing.T) {
	for seed := range uint64(8) {
		model(t, seed)
	}
}

func model(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	g := newRegion(t, minReserve)
	arenas := []*Arena{g.NewArena(), g.NewArena()}
	live := [2][]object{}
	used := [2]int64{}
	for step := range 20000 {
		a := r.IntN(2)
		grow := (step/2000)%2 == 0
		if len(live[a]) == 0 || r.IntN(10) < 4 || grow && r.IntN(2) == 0 && len(live[a]) < 1500 {
			n := size(r)
			o := object{arenas[a].Alloc(n), n, byte(step)}
			if o.ref%8 != 0 || !g.Contains(uint64(o.ref)) {
				t.Fatalf("bad ref %x", o.ref)
			}
			o.fill()
			live[a] = append(live[a], o)
			used[a] += int64(ClassSize(n))
			continue
		}
		i := r.IntN(len(live[a]))
		o := live[a][i]
		o.check(t)
		arenas[a].Free(o.ref, o.n)
		used[a] -= int64(ClassSize(o.n))
		live[a][i] = live[a][len(live[a])-1]
		live[a] = live[a][:len(live[a])-1]
		if arenas[a].Used() != used[a] {
			t.Fatalf("used %d, model %d", arenas[a].Used(), used[a])
		}
	}
	for a := range live {
		for _, o := range live[a] {
			o.check(t)
			arenas[a].Free(o.ref, o.n)
		}
		if arenas[a].Used() != 0 {
			t.Fatalf("used %d after freeing everything", arenas[a].Used())
		}
	}
	bound := int64(maxCachedBlocks) + (maxFreeChunks+2*numClasses)*hugePage
	if g.Resident() > bound || g.idle > maxFreeChunks {
		t.Fatalf("resident %d, %d idle chunks", g.Resident(), g.idle)
	}
}

func TestRunsMergeAgain(t *testing.T) {
	g := newRegion(t, minReserve)
	before := g.orders
	r := rand.New(rand.NewPCG(1, 1))
	g.mu.Lock()
	defer g.mu.Unlock()
	var held []uint32
	for range 200 {
		held = append(held, g.takeRun(uint8(r.IntN(3)), block))
	}
	r.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
	for _, i := range held {
		g.freeRun(i)
	}
	if g.orders != before {
		t.Fatalf("free orders %b, were %b", g.orders, before)
	}
}

func TestZeroedBlocksAreZero(t *testing.T) {
	g := newRegion(t, minReserve)
	for range 20 {
		var blocks []Block
		for range 10 {
			b := g.AllocBlock(3 << 20)
			o := object{b.Ref, b.Cap, 7}
			o.fill()
			blocks = append(blocks, b)
		}
		for _, b := range blocks {
			g.FreeBlock(g.TrimBlock(b, 1<<20))
		}
		z := g.AllocZeroed(5 << 20)
		object{z.Ref, z.Cap, 0}.check(t)
		g.FreeBlock(z)
	}
	if g.cached > maxCachedBlocks || g.Resident() != g.cached {
		t.Fatalf("cached %d resident %d", g.cached, g.Resident())
	}
}

func TestGrowBlock(t *testing.T) {
	g := newRegion(t, minReserve)
	b := g.AllocBlock(70 << 10)
	b.Ref.Bytes(1)[0] = 9
	c, ok := g.GrowBlock(b, 120<<10)
	if !ok || c.Ref != b.Ref || c.Cap != 120<<10 || c.Ref.Bytes(c.Cap)[0] != 9 {
		t.Fatal(c, ok)
	}
	if _, ok := g.GrowBlock(c, 129<<10); ok {
		t.Fatal("grew beyond its run")
	}
	g.FreeBlock(c)
}

func TestInvariantsFindMisuse(t *testing.T) {
	if !invariants.Enabled {
		t.Skip("needs -tags invariants")
	}
	g := newRegion(t, minReserve)
	a := g.NewArena()
	must := func(what string, f func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s went unnoticed", what)
			}
		}()
		f()
	}
	r := a.Alloc(100)
	must("wrong size", func() { a.Free(r, 50) })
	a.Free(r, 100)
	must("double free", func() { a.Free(r, 100) })
	if r.Bytes(100)[50] != invariants.Poison {
		t.Error("freed memory was not poisoned")
	}
	b := g.AllocBlock(1)
	g.FreeBlock(b)
	must("double free of a block", func() { g.FreeBlock(b) })
}

// FuzzSlabs reads operations from bytes: an even byte frees, an odd one
// allocates a size made of it and the next.
func FuzzSlabs(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 2, 0})
	f.Add([]byte{255, 255, 255, 254, 0, 1, 1, 1})
	f.Fuzz(func(t *testing.T, ops []byte) {
		g := newRegion(t, minReserve)
		a := g.NewArena()
		var live []object
		var used int64
		for len(ops) > 1 {
			x, y := int(ops[0]), int(ops[1])
			ops = ops[2:]
			if x&1 == 1 || len(live) == 0 {
				o := object{n: x * y}
				o.ref, o.mark = a.Alloc(o.n), byte(x+y)
				o.fill()
				live = append(live, o)
				used += int64(ClassSize(o.n))
				continue
			}
			i := y % len(live)
			live[i].check(t)
			a.Free(live[i].ref, live[i].n)
			used -= int64(ClassSize(live[i].n))
			live = append(live[:i], live[i+1:]...)
			if a.Used() != used {
				t.Fatalf("used %d, model %d", a.Used(), used)
			}
		}
	})
}

func TestAllocDoesNotAllocate(t *testing.T) {
	if invariants.Enabled {
		t.Skip("books are kept")
	}
	a := newRegion(t, minReserve).NewArena()
	if n := testing.AllocsPerRun(1000, func() { a.Free(a.Alloc(54), 54) }); n != 0 {
		t.Fatal(n)
	}
}

func BenchmarkAllocFree(b *testing.B) {
	a := newRegion(b, minReserve).NewArena()
	b.ReportAllocs()
	for b.Loop() {
		a.Free(a.Alloc(54), 54)
	}
}

// TestBlocksAreGivenBack: blocks are kept as long as they are of use, and then given back.
func TestBlocksAreGivenBack(t *testing.T) {
	g := newRegion(t, 0)
	const size = 1 << 20
	g.FreeBlock(g.AllocBlock(size))
	kept := g.Resident()
	g.FreeBlock(g.AllocBlock(size)) // the same one, so it is of use
	g.ReleaseIdle()
	if g.Resident() != kept {
		t.Error("a block that is in use was given back")
	}
	g.ReleaseIdle()
	if left := g.Resident(); left != kept-size {
		t.Errorf("%d bytes resident of %d", left, kept)
	}
}

// TestRipen has memory become huge pages when it is mostly in use, not before, with what
// it holds; what is freed is forgotten.
func TestRipen(t *testing.T) {
	g := newRegion(t, 64<<20)
	b, scarce := g.AllocZeroed(hugePage), g.AllocZeroed(hugePage)
	at := b.Ref.Bytes(b.Cap)
	for i := 0; i < hugePage*4/5; i += 512 {
		at[i] = byte(i >> 9)
	}
	scarce.Ref.Bytes(scarce.Cap)[0] = 1
	if n := inUse(b.Ref); n != hugePage/pageSize*4/5+1 {
		t.Fatalf("%d pages in use", n)
	}
	g.Ripen(false)
	if len(g.young) != 1 || inUse(scarce.Ref) > hugePage/pageSize/2 {
		t.Fatalf("%d young, %d pages of the scarce one in use", len(g.young), inUse(scarce.Ref))
	}
	for i := range at {
		want := byte(0)
		if i%512 == 0 && i < hugePage*4/5 {
			want = byte(i >> 9)
		}
		if at[i] != want {
			t.Fatalf("byte %d changed", i)
		}
	}
	g.FreeBlock(scarce)
	g.ReleaseIdle()
	g.ReleaseIdle()
	if len(g.young) != 0 {
		t.Fatal("freed memory waits to be ripe")
	}
}
