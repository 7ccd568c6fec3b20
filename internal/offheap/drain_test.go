package offheap

import (
	"math/rand/v2"
	"testing"
)

// Compaction empties slabs and keeps what lies in them.
func TestDrain(t *testing.T) {
	g := newRegion(t, 1<<30)
	a := g.NewArena()
	type object struct {
		ref  Ref
		size int
		fill byte
	}
	r := rand.New(rand.NewPCG(1, 2))
	var live []object
	for i := range 60000 {
		o := object{size: 1 + r.IntN(300), fill: byte(i)}
		o.ref = a.Alloc(o.size)
		fill(o.ref.Bytes(o.size), o.fill)
		live = append(live, o)
	}
	kept := live[:0]
	for _, o := range live {
		if r.IntN(10) == 0 {
			kept = append(kept, o)
		} else {
			a.Free(o.ref, o.size)
		}
	}
	before, used := a.Slabs()
	for a.Drain(false) {
	}
	if !a.Draining() {
		t.Fatal("nothing drains")
	}
	for i := range kept {
		o := &kept[i]
		leaves := a.Leaves(o.ref)
		to := a.Move(o.ref, o.size)
		if leaves != (to != o.ref) || a.Leaves(to) {
			t.Fatal("Move and Leaves disagree, or Alloc chose a slab that drains")
		}
		o.ref = to
	}
	if a.Draining() {
		t.Fatal("slabs without objects still drain")
	}
	after, now := a.Slabs()
	if now != used || after*3 > before || after < used {
		t.Fatalf("%d of %d bytes in use before, %d of %d after", used, before, now, after)
	}
	for _, o := range kept {
		for _, b := range o.ref.Bytes(o.size) {
			if b != o.fill {
				t.Fatal("an object changed")
			}
		}
		a.Free(o.ref, o.size)
	}
	if a.Used() != 0 {
		t.Fatal("memory is left")
	}
}

// What nobody moves keeps its place, and its slab takes objects again.
func TestUndrain(t *testing.T) {
	g := newRegion(t, 1<<30)
	a := g.NewArena()
	var refs []Ref
	for range 3000 {
		refs = append(refs, a.Alloc(64))
	}
	for i, r := range refs {
		if i%3 != 0 {
			a.Free(r, 64)
		}
	}
	held, _ := a.Slabs()
	for a.Drain(false) {
	}
	for a.Undrain() {
	}
	for i := range refs {
		if i%3 != 0 {
			refs[i] = a.Alloc(64)
		}
	}
	if now, _ := a.Slabs(); now != held || a.Draining() {
		t.Fatalf("%d bytes for what had place in %d", now, held)
	}
}

// A bookmark is gone with its object.
func TestBookmark(t *testing.T) {
	g := newRegion(t, 1<<30)
	a := g.NewArena()
	r, other := a.Alloc(40), a.Alloc(40)
	a.SetBookmark(r)
	a.Free(other, 40)
	if a.Bookmark() != r {
		t.Fatal("a bookmark is lost")
	}
	a.Free(r, 40)
	if a.Bookmark() != 0 {
		t.Fatal("a bookmark lies at what was freed")
	}
}

// Shed gives the pages of free slabs back, and they are of use again.
func TestShed(t *testing.T) {
	g := newRegion(t, 1<<30)
	a := g.NewArena()
	const keptLoose = maxFreeChunks << chunkOrder
	const slabs = 4 * keptLoose
	var firsts []Ref
	for range slabs { // one object a slab is enough to hold it
		var s []Ref
		for range unitSize / maxSmall {
			r := a.Alloc(maxSmall)
			fill(r.Bytes(maxSmall), 7)
			s = append(s, r)
		}
		firsts = append(firsts, s...)
	}
	g.SetShedding(true)
	full := g.Resident()
	for i, r := range firsts {
		if i%64 >= 2 { // all but one slab of a chunk
			a.Free(r, maxSmall)
		}
	}
	for g.Shed(100) {
	}
	const gone = slabs - slabs/32 - keptLoose - 1
	if got := full - g.Resident(); got < gone*unitSize*9/10 {
		t.Fatalf("%d bytes were given back of %d", got, gone*unitSize)
	}
	for i := range firsts {
		if i%64 >= 2 {
			firsts[i] = a.Alloc(maxSmall)
			fill(firsts[i].Bytes(maxSmall), 9)
		}
	}
	if g.Resident() != full {
		t.Fatalf("%d bytes resident for what took %d", g.Resident(), full)
	}
	for i, r := range firsts {
		if want := byte(9); r.Bytes(1)[0] != want && i%64 >= 2 {
			t.Fatal("an object changed")
		}
	}
}

func fill(b []byte, c byte) {
	for i := range b {
		b[i] = c
	}
}
