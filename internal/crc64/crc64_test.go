package crc64

import (
	"math/rand/v2"
	"testing"
)

func TestCheckValue(t *testing.T) {
	if have := Update(0, []byte("123456789")); have != 0xe9c6d914c4b8d9ca {
		t.Errorf("%x", have)
	}
	if have := Update(0, nil); have != 0 {
		t.Errorf("%x", have)
	}
}

func TestPieces(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	all := make([]byte, 300)
	for i := range all {
		all[i] = byte(r.Uint32())
	}
	for range 200 {
		whole, cut := all[:r.IntN(len(all))], 0
		if len(whole) > 0 {
			cut = r.IntN(len(whole))
		}
		bytewise := uint64(0)
		for i := range whole {
			bytewise = Update(bytewise, whole[i:i+1])
		}
		if have := Update(Update(0, whole[:cut]), whole[cut:]); have != Update(0, whole) || have != bytewise {
			t.Fatalf("%d bytes, cut at %d: %x, at once %x, bytewise %x", len(whole), cut, have, Update(0, whole), bytewise)
		}
	}
}

// Long inputs, of which several pieces are summed at the same time, have the sum of one piece after the other.
func TestLanes(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	all := make([]byte, 10*lane)
	for i := range all {
		all[i] = byte(r.Uint32())
	}
	for range 200 {
		b, sum := all[r.IntN(20):r.IntN(len(all)-20)+20], r.Uint64()
		if have, want := Update(sum, b), plain(sum, b); have != want {
			t.Fatalf("%d bytes: %x instead of %x", len(b), have, want)
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	buf := make([]byte, 64<<10)
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		Update(0, buf)
	}
}
