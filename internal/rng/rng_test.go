package rng

import "testing"

func TestEqualSeedsEqualSequences(t *testing.T) {
	a, b := New(7), New(7)
	for range 100 {
		if a.Uint64() != b.Uint64() {
			t.Fatal("sequences differ")
		}
	}
	b.Seed(8)
	if a.Uint64() == b.Uint64() {
		t.Fatal("another seed gives the same number")
	}
}

func TestIntnIsUniform(t *testing.T) {
	r := New(1)
	var seen [7]int
	for range 70000 {
		seen[r.Intn(7)]++
	}
	for v, n := range seen {
		if n < 9500 || n > 10500 {
			t.Errorf("%d came %d times of 10000 expected", v, n)
		}
	}
}

func TestFloat64Range(t *testing.T) {
	r := New(2)
	for range 10000 {
		if f := r.Float64(); f < 0 || f >= 1 {
			t.Fatal(f)
		}
	}
}

func BenchmarkIntn(b *testing.B) {
	r := New(1)
	for b.Loop() {
		r.Intn(16384)
	}
}
