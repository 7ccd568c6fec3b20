package value

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/storage/listpack"
)

func newAllocator(t testing.TB, hash func([]byte) uint64) *Allocator {
	t.Helper()
	g, err := offheap.NewRegion(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	if hash == nil {
		seed := maphash.MakeSeed()
		hash = func(name []byte) uint64 { return maphash.Bytes(seed, name) }
	}
	return NewAllocator(g.NewArena(), hash)
}

func element(r *rand.Rand) []byte {
	switch r.IntN(4) {
	case 0:
		return strconv.AppendInt(nil, r.Int64()>>r.IntN(64), 10)
	case 1:
		return bytes.Repeat([]byte{'x'}, r.IntN(5000))
	}
	return strconv.AppendInt([]byte("e"), int64(r.IntN(20)), 10)
}

// TestPackModel makes random changes to a pack and to a slice.
func TestPackModel(t *testing.T) {
	h := newAllocator(t, nil)
	r := rand.New(rand.NewPCG(1, 2))
	p := NewPack(h.Arena)
	var model [][]byte
	for step := range 4000 {
		i := r.IntN(len(model) + 1)
		at := p.End()
		if i < len(model) {
			at = p.Seek(i)
		}
		switch v := element(r); {
		case i == len(model) || len(model) < 30 && r.IntN(2) == 0:
			p.Insert(h.Arena, at, v)
			model = slices.Insert(model, i, v)
		case r.IntN(2) == 0:
			p.Replace(h.Arena, at, v)
			model[i] = v
		default:
			n := 1 + r.IntN(min(3, len(model)-i))
			p.Remove(h.Arena, at, n)
			model = slices.Delete(model, i, i+n)
		}
		checkPack(t, &p, model)
		if t.Failed() {
			t.Fatalf("at step %d", step)
		}
	}
	p.Free(h.Arena)
	if used := h.Arena.Used(); used != 0 {
		t.Errorf("%d bytes left", used)
	}
}

func checkPack(t *testing.T, p *Pack, model [][]byte) {
	t.Helper()
	if !listpack.Valid(p.Bytes()) || p.Len() != len(model) {
		t.Fatalf("valid %v, %d elements for %d", listpack.Valid(p.Bytes()), p.Len(), len(model))
	}
	at := p.First()
	var room [num.MaxIntLen]byte
	for i, want := range model {
		if have := p.Get(at).Text(&room); !bytes.Equal(have, want) {
			t.Fatalf("element %d: %q for %q", i, have, want)
		}
		first := slices.IndexFunc(model, func(v []byte) bool { return bytes.Equal(v, want) })
		if found := p.Find(want, p.First(), 1); found != p.Seek(first) {
			t.Fatalf("found at %d, element %d", found, first)
		}
		at = p.Next(at)
	}
	if p.Find([]byte("no such element"), p.First(), 1) >= 0 || p.Find([]byte("77777777"), p.First(), 2) >= 0 {
		t.Error("found what is not there")
	}
}

// TestFindSteps: only every second element is looked at.
func TestFindSteps(t *testing.T) {
	h := newAllocator(t, nil)
	p := NewPack(h.Arena)
	for _, v := range []string{"a", "b", "b", "1", "1", "a"} {
		p.Append(h.Arena, []byte(v))
	}
	for v, want := range map[string]int{"a": p.Seek(0), "b": p.Seek(2), "1": p.Seek(4)} {
		if at := p.Find([]byte(v), p.First(), 2); at != want {
			t.Errorf("%s at %d, want %d", v, at, want)
		}
	}
}

// TestMembersModel makes random changes to a table of nodes and to a map.
func TestMembersModel(t *testing.T) {
	for name, hash := range map[string]func([]byte) uint64{"keyed": nil, "colliding": func([]byte) uint64 { return 42 }} {
		t.Run(name, func(t *testing.T) {
			size := 3000
			if hash != nil {
				size = 100
			}
			testMembers(t, newAllocator(t, hash), size)
		})
	}
}

func testMembers(t *testing.T, h *Allocator, size int) {
	r := rand.New(rand.NewPCG(3, 4))
	m := NewMembers(h)
	model := map[string]uint64{} // 0: no prefix
	tail := func(name string) int { return len(name) % 3 }
	for range 20 * size {
		name := fmt.Sprint(r.IntN(size))
		if r.IntN(20) == 0 {
			name += string(bytes.Repeat([]byte{'y'}, 60+r.IntN(9000)))
		}
		hash := h.Hash([]byte(name))
		n := m.Find(hash, []byte(name))
		if _, known := model[name]; known != (n != 0) {
			t.Fatalf("%q: known %v, found %v", name, known, n != 0)
		}
		score := uint64(r.IntN(2)) * r.Uint64()
		switch {
		case n != 0 && r.IntN(2) == 0:
			m.Delete(h, hash, n)
			n.Free(h.Arena, tail(name))
			delete(model, name)
			continue
		case n != 0 && n.Prefixed() == (score != 0):
		default:
			other := NewNode(h.Arena, []byte(name), score != 0, tail(name))
			copy(other.Tail().Bytes(2), "zz"[:tail(name)])
			if n != 0 {
				m.Replace(h, hash, n, other, score != 0)
				n.Free(h.Arena, tail(name))
			} else {
				m.Insert(h, hash, other, score != 0)
			}
			n = other
		}
		if score != 0 {
			*n.Prefix() = score
		}
		model[name] = score
	}
	checkMembers(t, m, model)
	for m.FreeStep(h, 7, func(n Node) { n.Free(h.Arena, tail(string(n.Name()))) }) {
	}
	if used := h.Arena.Used(); used != 0 || m.Exists() {
		t.Errorf("%d bytes left", used)
	}
}

func checkMembers(t *testing.T, m Members, model map[string]uint64) {
	t.Helper()
	marked, seen := 0, 0
	for _, score := range model {
		marked += int(min(score, 1))
	}
	if m.Len() != len(model) || m.Marked() != marked {
		t.Errorf("%d members, %d marked; want %d, %d", m.Len(), m.Marked(), len(model), marked)
	}
	m.Each(func(n Node) bool {
		seen++
		score, known := model[string(n.Name())]
		if !known || n.Prefixed() != (score != 0) || score != 0 && *n.Prefix() != score {
			t.Errorf("%.20q: known %v, score %d", n.Name(), known, score)
		}
		return true
	})
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		cursor = m.Scan(cursor, 10, func(Node) { seen++ })
	}
	if seen != 2*len(model) {
		t.Errorf("%d seen by walking and scanning %d", seen, len(model))
	}
	if n := m.Random(rng.New(5)); n == 0 {
		t.Error("nothing to draw")
	}
}

// TestNodeFits: a tail may grow as far as the node's memory goes.
func TestNodeFits(t *testing.T) {
	h := newAllocator(t, nil)
	n := NewNode(h.Arena, []byte("name"), false, 1)
	if n.Bytes(1) != 8 || !n.Fits(1, 3) || n.Fits(1, 4) {
		t.Errorf("%d bytes, 3 fit: %v, 4 fit: %v", n.Bytes(1), n.Fits(1, 3), n.Fits(1, 4))
	}
	n.Free(h.Arena, 3)
	if used := h.Arena.Used(); used != 0 {
		t.Errorf("%d bytes left", used)
	}
}
