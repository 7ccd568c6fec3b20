package listpack

import (
	"math/rand/v2"
	"strconv"
	"testing"
)

// slowly is walk without its short cut.
func slowly(b []byte, exact bool) (count int) {
	for ; len(b) > 0; count++ {
		size := validEntry(b)
		if size == 0 || exact && !shortest(b) {
			return -1
		}
		b = b[size:]
	}
	return count
}

// TestWalk goes over entries, whole and damaged: the short cut sees what a closer look sees.
func TestWalk(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	kinds := [2]int{}
	for range 200000 {
		lp := New(nil)
		for range random.IntN(5) {
			var v []byte
			switch random.IntN(4) {
			case 0:
				v = strconv.AppendInt(nil, random.Int64N(300)-100, 10)
			case 1:
				v = strconv.AppendInt(nil, random.Int64()>>random.IntN(64), 10)
			default:
				v = make([]byte, random.IntN(80))
				for i := range v {
					v[i] = "0123456789-abc"[random.IntN(14)]
				}
			}
			lp = Append(lp, v)
		}
		b := lp[HeaderSize : len(lp)-1]
		for range random.IntN(3) {
			if len(b) > 0 {
				b[random.IntN(len(b))] = byte(random.Uint32())
			}
		}
		b = b[:len(b):len(b)]
		for _, exact := range []bool{false, true} {
			want := slowly(b, exact)
			if got := walk(b, exact); got != want {
				t.Fatalf("%x, exact %v: %d entries, want %d", b, exact, got, want)
			}
			kinds[min(want+1, 1)]++
		}
	}
	if kinds[0] == 0 || kinds[1] == 0 {
		t.Errorf("damaged and whole: %v", kinds)
	}
}

// BenchmarkExact looks through 500 strings of ten bytes, as a node of a list has them.
func BenchmarkExact(b *testing.B) {
	lp := New(nil)
	for i := range 500 {
		lp = Append(lp, []byte("element:"+strconv.Itoa(10+i%90)))
	}
	b.SetBytes(int64(len(lp)))
	for b.Loop() {
		if !Exact(lp) {
			b.Fatal("it is exact")
		}
	}
}
