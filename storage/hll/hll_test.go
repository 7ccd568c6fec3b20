package hll

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"sigrun/internal/invariants"
)

// What a real server answers to PFDEBUG DECODE after one PFADD: the hash decides.
func TestHash(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "Z:5938 v:2,1 Z:10445",
		"a":                "Z:12711 v:2,1 Z:3672",
		"ab":               "Z:719 v:1,1 Z:15664",
		"abc":              "Z:9474 v:1,1 Z:6909",
		"abcdefg":          "Z:5634 v:2,1 Z:10749",
		"abcdefgh":         "Z:1383 v:1,1 Z:15000",
		"abcdefghi":        "Z:6903 v:1,1 Z:9480",
		"0123456789abcdef": "Z:5949 v:1,1 Z:10434",
		"The quick brown fox jumps over the lazy dog": "Z:6862 v:4,1 Z:9521",
	} {
		b, _, err := Add(New(nil), []byte(text), 3000)
		have, _ := AppendRuns(nil, b)
		if err != nil || string(have) != want {
			t.Errorf("%q: %s, %v, want %s", text, have, err, want)
		}
	}
}

// values are what all registers hold, by a way of its own: a string read bit by bit.
func values(b []byte) (u Union) {
	if IsDense(b) {
		for i := range Registers {
			for bit := range 6 {
				n := i*6 + bit
				u[i] |= b[headerSize+n/8] >> (n % 8) & 1 << bit
			}
		}
		return u
	}
	i := 0
	for at := headerSize; at < len(b); at++ {
		n, value := int(b[at]&63)+1, byte(0)
		switch {
		case b[at]&0x80 != 0:
			n, value = int(b[at]&3)+1, b[at]>>2&31+1
		case b[at]&0x40 != 0:
			at++
			n = int(b[at-1]&63)<<8 + int(b[at]) + 1
		}
		for ; n > 0; n-- {
			u[i] = value
			i++
		}
	}
	return u
}

// TestRegisters raises registers in both representations, beside an array.
func TestRegisters(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		maxSparse := []int{0, 40, 300, 3000, 30000}[seed%5]
		a := New(nil)
		b, err := ToDense(nil, a)
		if err != nil {
			t.Fatal(err)
		}
		var want Union
		for range 3000 {
			i, rank := r.IntN(Registers), byte(1+r.IntN(4))
			switch r.IntN(10) {
			case 0:
				rank = byte(1 + r.IntN(maxRank))
				if seed%2 == 0 {
					rank = min(rank, maxValue)
				}
			case 1, 2, 3, 4, 5:
				i %= 200
			}
			changes := want[i] < rank
			want[i] = max(want[i], rank)
			var changed bool
			if a, changed, err = Raise(a, i, rank, maxSparse); err != nil || changed != changes {
				t.Fatalf("seed %d: changed %v, %v", seed, changed, err)
			}
			if raiseDense(b, i, rank) != changes {
				t.Fatal("the dense one says something else")
			}
		}
		if values(a) != want || values(b) != want {
			t.Fatalf("seed %d: the registers are not what was written", seed)
		}
		if !IsDense(a) && len(a) > max(maxSparse, 18) {
			t.Fatalf("a sparse one of %d bytes", len(a))
		}
		check(t, a, b, &want)
	}
}

// check compares everything that can be asked of a and b, which hold the same.
func check(t *testing.T, a, b []byte, want *Union) {
	t.Helper()
	d, err := ToDense(nil, a)
	if err != nil || !bytes.Equal(d, b) {
		t.Fatalf("made dense, it is another one: %v", err)
	}
	x, err := Count(a)
	y, _ := Count(b)
	if err != nil || x != y || x != want.Count() {
		t.Fatalf("%d, %d and %d elements, %v", x, y, want.Count(), err)
	}
	var u Union
	if err := u.Merge(a); err != nil || u != *want {
		t.Fatal("merged into nothing it is another one", err)
	}
	if again, err := u.AddTo(New(nil), 1<<20); err != nil || values(again) != *want {
		t.Fatal("added to nothing it is another one", err)
	}
}

func TestRunsAreJoined(t *testing.T) {
	b := New(nil)
	for _, i := range []int{10, 12, 11, 13, 14} {
		b, _, _ = Raise(b, i, 2, 3000)
	}
	b, _, _ = Raise(b, 12, 3, 3000)
	for i, want := range []string{"z:10 v:2,2 v:3,1 v:2,2 Z:16369"} {
		if text, err := AppendRuns(nil, b); err != nil || string(text) != want {
			t.Errorf("%d: %q, %v, want %q", i, text, err, want)
		}
	}
}

// TestEstimates holds estimates to six standard errors, far above those of the self test.
func TestEstimates(t *testing.T) {
	if err := SelfTest(); err != nil {
		t.Fatal(err)
	}
	var u Union
	if n := u.Count(); n != 0 {
		t.Errorf("nothing is estimated as %d", n)
	}
	for i := range u {
		u[i] = maxRank
	}
	if n := u.Count(); n != 1<<63 {
		t.Errorf("full registers are estimated as %d", n)
	}
	for i := range u {
		u[i] = 30
	}
	if n := float64(u.Count()); math.Abs(n/(Registers*math.Exp2(30))-0.7) > 0.3 {
		t.Errorf("registers of 30 are estimated as %g", n)
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	if invariants.Enabled {
		t.Skip("assertions allocate")
	}
	b, n := New(make([]byte, 0, 4096)), 0
	element := []byte("element 0000")
	if got := testing.AllocsPerRun(300, func() {
		element[len(element)-1] = byte(n)
		n++
		b, _, _ = Add(b, element, 3000)
		_, _ = Count(b)
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// FuzzDamaged hands anything that looks like a HyperLogLog to all functions.
func FuzzDamaged(f *testing.F) {
	b := New(nil)
	f.Add(bytes.Clone(b), []byte("x"))
	for i := range 500 {
		b, _, _ = Add(b, fmt.Append(nil, i), 3000)
	}
	f.Add(bytes.Clone(b), []byte("x"))
	b, _ = ToDense(nil, b)
	f.Add(b, []byte("x"))
	f.Add(append(New(nil), 0x7F), []byte("y"))
	f.Fuzz(func(t *testing.T, b, element []byte) {
		if !Is(b) {
			return
		}
		b = bytes.Clone(b)
		_, err := Count(b)
		var u Union
		if merged := u.Merge(b); (merged == nil) != (err == nil) {
			t.Fatalf("counted: %v, merged: %v", err, merged)
		}
		if d, dense := ToDense(nil, b); (dense == nil) != (err == nil) || dense == nil && !Is(d) {
			t.Fatalf("counted: %v, made dense: %v", err, dense)
		}
		if !IsDense(b) {
			_, _ = AppendRuns(nil, b)
		}
		now, _, added := Add(b, element, 100)
		if err == nil {
			_, err = Count(now)
			if added != nil || err != nil {
				t.Fatal(added, err)
			}
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	for _, representation := range []string{"sparse", "dense"} {
		b.Run(representation, func(b *testing.B) {
			h := New(make([]byte, 0, DenseSize))
			for i := range 1000 {
				h, _, _ = Add(h, fmt.Append(nil, i), 1<<20)
			}
			if representation == "dense" {
				h, _ = ToDense(nil, h)
			}
			element := []byte("element 0000")
			for b.Loop() {
				element[8]++
				h, _, _ = Add(h, element, 1<<20)
			}
		})
	}
}

func BenchmarkCount(b *testing.B) {
	h, _ := ToDense(nil, New(nil))
	for i := range 100000 {
		raiseElement(h, fmt.Append(nil, i))
	}
	for b.Loop() {
		_, _ = Count(h)
	}
}
