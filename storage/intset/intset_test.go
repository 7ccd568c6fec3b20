package intset

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sigrun/internal/offheap"
)

func newArena(t testing.TB) *offheap.Arena {
	t.Helper()
	g, err := offheap.NewRegion(1 << 28)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return g.NewArena()
}

// check compares a set with the sorted integers it should hold and with the format.
func check(t *testing.T, s *Set, model []int64, width int) {
	t.Helper()
	b := s.Bytes()
	if !Valid(b) || s.Len() != len(model) || int(binary.LittleEndian.Uint32(b)) != width {
		t.Fatalf("%d integers, want %d of width %d: % x", s.Len(), len(model), width, b)
	}
	for i, v := range model {
		if s.Get(i) != v {
			t.Fatalf("integer %d is %d, want %d", i, s.Get(i), v)
		}
	}
}

// TestModel makes random changes to a set and to a sorted slice.
func TestModel(t *testing.T) {
	a := newArena(t)
	for round := range uint64(30) {
		r := rand.New(rand.NewPCG(round, 1))
		var model []int64
		width := 2
		s := New(a)
		for range 600 {
			v := r.Int64N(40) - 20
			if round%3 > 0 && r.IntN(3) == 0 {
				v = int64(r.Uint64()) >> (64 - 8*(1+r.IntN(int(round%8)+1)))
			}
			i, found := slices.BinarySearch(model, v)
			if at, has := s.Find(v); at != i || has != found {
				t.Fatalf("%d is found at %d, %v, want %d, %v", v, at, has, i, found)
			}
			if r.IntN(3) > 0 {
				if s.Add(a, v) == found {
					t.Fatalf("%d was added: %v", v, found)
				}
				if !found {
					model, width = slices.Insert(model, i, v), max(width, widthOf(v))
				}
			} else {
				if s.Remove(a, v) != found {
					t.Fatalf("%d was removed: %v", v, !found)
				}
				if found {
					model = slices.Delete(model, i, i+1)
				}
			}
			check(t, &s, model, width)
		}
		twin := Copy(a, s.Bytes())
		check(t, &twin, model, width)
		twin.Free(a)
		s.Free(a)
	}
	if a.Used() != 0 {
		t.Errorf("%d bytes are left over", a.Used())
	}
}

// TestBytes compares with what a server dumps.
func TestBytes(t *testing.T) {
	a := newArena(t)
	s := New(a)
	for _, v := range []int64{3, -1, 40000, math.MinInt64} {
		s.Add(a, v)
	}
	want := []byte{8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 255, 255, 255, 255, 255, 255, 255, 255,
		3, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x9c, 0, 0, 0, 0, 0, 0}
	if !slices.Equal(s.Bytes(), want) {
		t.Errorf("% x, want % x", s.Bytes(), want)
	}
}

func FuzzValid(f *testing.F) {
	a := newArena(f)
	s := New(a)
	for _, v := range []int64{5, -5, 1 << 20, 1 << 40} {
		f.Add(slices.Clone(s.Bytes()), v)
		s.Add(a, v)
	}
	f.Add([]byte{2, 0, 0, 0, 255, 255, 255, 255}, int64(1))
	f.Fuzz(func(t *testing.T, b []byte, v int64) {
		if !Valid(b) {
			return
		}
		a := newArena(t)
		s := Copy(a, b)
		n := s.Len()
		_, had := s.Find(v)
		if s.Add(a, v) == had || !Valid(s.Bytes()) || !s.Remove(a, v) || !Valid(s.Bytes()) {
			t.Fatalf("%x: adding and removing %d", b, v)
		}
		if had && s.Len() != n-1 || !had && s.Len() != n {
			t.Fatalf("%d integers, there were %d", s.Len(), n)
		}
	})
}
