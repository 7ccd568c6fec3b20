package account

import (
	"math/rand/v2"
	"sync"
	"testing"
)

// What goroutines count together the account knows but for a step, at any time, and to the byte as far as it was told.
func TestFiguresAreTold(t *testing.T) {
	a := New(nil, nil)
	a.Limit(1 << 20)
	a.Add(1000)
	var f Figure
	f.Add(500)
	f.Join(a)
	if f.Bytes() != 500 || a.Sum() != 1500 {
		t.Fatalf("%d bytes, %d in all", f.Bytes(), a.Sum())
	}
	step := a.finest()
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		f.Add(r.Int64N(200) - 90)
		if off := f.Bytes() + 1000 - a.Sum(); off > step || off < -step {
			t.Fatalf("the account is off by %d", off)
		}
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(g)))
			for range 10_000 {
				n := r.Int64N(2000)
				f.Add(n)
				f.Add(-n)
			}
		})
	}
	all.Wait()
	f.Add(step + 1 - (f.Bytes() - f.told.Load())) // drifts by more than a step, whatever was told last
	if off := f.Bytes() + 1000 - a.Sum(); off > step || off < -step {
		t.Errorf("the account is off by %d", off)
	}
}

// A figure of no account counts alone.
func TestFiguresNeedNoAccount(t *testing.T) {
	var f Figure
	f.Add(7)
	if f.Add(-3); f.Bytes() != 4 {
		t.Error(f.Bytes())
	}
}
