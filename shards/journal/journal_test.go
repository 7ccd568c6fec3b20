package journal

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"sigrun/shards/commit"
)

func step(seq uint64, args ...string) *commit.Commit {
	r := commit.Record{DB: int(seq % 3), Targets: commit.Everybody}
	for _, a := range args {
		r.Args = append(r.Args, []byte(a))
	}
	return &commit.Commit{Seq: seq, Records: []commit.Record{r}}
}

// TestOrder: commits come out in the order of their numbers, whoever puts them in and when, also when the window has gone round.
func TestOrder(t *testing.T) {
	const all, writers = 5 * windowSize, 4
	j := New(func() {}, func() {})
	j.Begin(0)
	var seq atomic.Uint64
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for {
				n := seq.Add(1)
				if n > all {
					return
				}
				j.Take(step(n, "SET", fmt.Sprint(n), "v"))
			}
		})
	}
	merged := func(until uint64) {
		for n := j.next; n <= until; {
			if e := j.Next(); e != nil {
				if e.Seq != n || string(e.Records[0].Bytes) != fmt.Sprintf("*3\r\n$3\r\nSET\r\n$%d\r\n%d\r\n$1\r\nv\r\n", len(fmt.Sprint(n)), n) {
					t.Fatalf("%d: %d %q", n, e.Seq, e.Records[0].Bytes)
				}
				j.Recycle(e)
				n++
			}
		}
	}
	merged(windowSize / 2)
	wg.Wait() // most of it does not fit into the window
	merged(all)
	if e := j.Next(); e != nil || j.Bytes() != 0 || j.overflowed.Load() != 0 || len(j.overflow.m) != 0 {
		t.Errorf("left over: %v, %d bytes, %d overflowed", e, j.Bytes(), j.overflowed.Load())
	}
}

// TestWhoeverWaitsIsTold when what is missing comes.
func TestWhoeverWaitsIsTold(t *testing.T) {
	told := 0
	j := New(func() { told++ }, func() {})
	j.Begin(6)
	j.Take(step(8, "A"))
	j.Want(8)
	if j.Next() != nil {
		t.Fatal("a commit overtakes the one before")
	}
	if j.Take(step(7, "B")); told != 1 {
		t.Errorf("told %d times", told)
	}
	if j.Take(step(9, "C")); told != 1 {
		t.Errorf("told of what nobody waits for")
	}
	for _, want := range []string{"B", "A", "C"} {
		if e := j.Next(); e == nil || string(e.Records[0].Bytes) != "*1\r\n$1\r\n"+want+"\r\n" {
			t.Fatalf("%v instead of %s", e, want)
		}
	}
}

// TestFraming: what a stream needs stands between the records, and only those that are for it.
func TestFraming(t *testing.T) {
	j := New(func() {}, func() {})
	j.Begin(0)
	one := step(1, "SET", "a", "b")
	two := step(2, "X")
	two.Records = append(two.Records, step(4, "Y").Records[0], step(4, "PUBLISH").Records[0])
	two.Records[2].Targets = commit.Replicas
	three := step(3, "PUBLISH")
	three.Records[0].Targets = commit.Replicas
	for _, c := range []*commit.Commit{one, two, three, step(4, "Z")} {
		j.Take(c)
	}
	f := Framing{To: commit.AOF}
	var b []byte
	for e := j.Next(); e != nil; e = j.Next() {
		b = f.Append(b, e, 100+int64(e.Seq)/4)
	}
	want := "#TS:100\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n" +
		"*1\r\n$5\r\nMULTI\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n*1\r\n$1\r\nX\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n*1\r\n$1\r\nY\r\n*1\r\n$4\r\nEXEC\r\n" +
		"#TS:101\r\n*1\r\n$1\r\nZ\r\n"
	if string(b) != want {
		t.Errorf("%q\ninstead of\n%q", b, want)
	}
}

// BenchmarkTake is what a commit of a SET costs, taken out again at once.
func BenchmarkTake(b *testing.B) {
	j := New(func() {}, func() {})
	j.Begin(0)
	c := step(1, "SET", fmt.Sprintf("key:%012d", rand.IntN(1000)), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
	f := Framing{To: commit.AOF}
	var buf []byte
	b.ReportAllocs()
	for i := range b.N {
		c.Seq = uint64(i + 1)
		j.Take(c)
		e := j.Next()
		buf = f.Append(buf[:0], e, 0)
		j.Recycle(e)
	}
}
