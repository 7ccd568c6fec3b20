package workload

import (
	"math"
	"testing"

	"sigrun/bench/wire"
)

// counts draws often.
func counts(s spread, n uint64, draws int) []int {
	d := NewDice(7, 1)
	c := make([]int, n)
	for range draws {
		c[s.next(d)]++
	}
	return c
}

func TestUniform(t *testing.T) {
	for i, n := range counts(uniform{100}, 100, 100000) {
		if n < 850 || n > 1150 {
			t.Errorf("number %d was drawn %d times", i, n)
		}
	}
}

// TestZipf compares with the law, below and above an exponent of 1.
func TestZipf(t *testing.T) {
	for _, e := range []float64{0.5, 0.99, 1, 1.5} {
		const n, draws = 1000, 400000
		z := newZipf(n, e)
		c := counts(z, n, draws)
		sum := 0.0
		for k := 1; k <= n; k++ {
			sum += math.Pow(float64(k), -e)
		}
		for _, k := range []uint64{1, 2, 3, 10, 100} {
			want := math.Pow(float64(k), -e) / sum * draws
			got := float64(c[(k-1)*z.stride%n])
			if math.Abs(got-want) > 5*math.Sqrt(want)+1 {
				t.Errorf("exponent %g, rank %d: %g times, want %g", e, k, got, want)
			}
		}
	}
}

func TestStrewn(t *testing.T) {
	for _, n := range []uint64{1, 2, 6, 100, 1009} {
		seen := map[uint64]bool{}
		for k := range n {
			seen[k*strewn(n)%n] = true
		}
		if uint64(len(seen)) != n {
			t.Errorf("of %d only %d are reached", n, len(seen))
		}
	}
}

func TestGauss(t *testing.T) {
	c := counts(gauss{1000, 0.1}, 1000, 100000)
	in := 0
	for i := 400; i < 600; i++ {
		in += c[i]
	}
	if in < 66000 || in > 70500 { // one sigma: 68.3 %
		t.Errorf("%d of 100000 within one sigma", in)
	}
}

func TestHotSetMoves(t *testing.T) {
	h := hot{n: 1000, few: 10, share: 0.9, period: 100}
	d := NewDice(7, 1)
	for _, c := range []struct {
		now  int64
		from uint64
	}{{0, 0}, {99, 0}, {100, 10}, {250, 20}, {100 * 100, 0}} {
		d.Now = c.now
		in := 0
		for range 10000 {
			if n := h.next(d); n >= c.from && n < c.from+10 {
				in++
			}
		}
		if in < 8900 || in > 9250 {
			t.Errorf("at %d: %d of 10000 in the hot set", c.now, in)
		}
	}
}

func TestSequentialAndMissing(t *testing.T) {
	w := mustParse(t, "keys s s:* 3 sequential\nkeys m m:* 10 missing 30%\ndo 1 GET {s}")
	d := NewDice(1, 1)
	for range 2 {
		for i := range uint64(3) {
			if n := w.keys[0].draw(d); n != i {
				t.Fatal(n, i)
			}
		}
	}
	missing := 0
	for range 10000 {
		if w.keys[1].draw(d) >= 10 {
			missing++
		}
	}
	if missing < 2800 || missing > 3200 {
		t.Errorf("%d of 10000 are missing", missing)
	}
	w.keys[0].draw(d)
	w.Rewind()
	if n := w.keys[0].draw(d); n != 0 {
		t.Error(n)
	}
}

func TestValues(t *testing.T) {
	w := mustParse(t, "keys k k:* 10\nvalue v 90:10..20 10:1000 compressible 0.5\ndo 1 SET {k} {v}")
	w.Prepare()
	v := w.values[0]
	large, same := 0, 0
	for k := range uint64(10000) {
		b := v.of(k)
		switch {
		case len(b) == 1000:
			large++
			for _, c := range b {
				if c == '=' {
					same++
				}
			}
		case len(b) < 10 || len(b) > 20:
			t.Fatal(len(b))
		}
		if !v.Holds(k, b) || v.Holds(k, b[1:]) || len(b) == 1000 && v.Holds(k+1, b) {
			t.Fatal("a value is taken for what it is not, or not for what it is", k)
		}
	}
	if large < 850 || large > 1150 {
		t.Errorf("%d of 10000 are large", large)
	}
	if share := float64(same) / float64(large*1000); share < 0.48 || share > 0.54 {
		t.Errorf("%g is alike", share)
	}
}

func TestWeights(t *testing.T) {
	w := mustParse(t, "do 80 GET a\ndo 20 SET a b")
	d := NewDice(1, 1)
	sets := 0
	for range 10000 {
		if w.Roles[0].Next(d).Commands[0].Name == "set" {
			sets++
		}
	}
	if sets < 1850 || sets > 2150 {
		t.Error(sets)
	}
}

// TestStamps: a generator knows its own, and no others.
func TestStamps(t *testing.T) {
	w := mustParse(t, "do 1 PUBLISH a x{now}")
	a, b := NewDice(1, 1), NewDice(1, 2)
	a.Origin, b.Origin, a.Now = 7, Origins-1, 123456789
	w.Roles[0].Tasks[0].Draw(a)
	text := w.Roles[0].Tasks[0].Commands[0].Append(nil, a)
	text = text[:len(text)-2]
	if at, ok := a.Stamped(text); !ok || at != a.Now {
		t.Error(at, ok)
	}
	if _, ok := b.Stamped(text); ok {
		t.Error("a stamp of another generator's")
	}
	b.Now = 42
	if at, ok := b.Stamped(w.Roles[0].Tasks[0].Commands[0].Append(nil, b)[:len(text)]); !ok || at != 42 {
		t.Error(at, ok)
	}
	if _, ok := a.Stamped([]byte("0000")); ok {
		t.Error("too short")
	}
}

func TestAnswers(t *testing.T) {
	w := mustParse(t, "role s 1\nstart SUBSCRIBE a b c\nstart CLIENT SETNAME subscribe\nstart psubscribe a*\nlisten")
	for i, want := range []int{3, 1, 1} {
		if n := w.Roles[0].Start[i].Answers(); n != want {
			t.Errorf("%d: %d", i, n)
		}
	}
}

func TestDeal(t *testing.T) {
	w := mustParse(t, "role few 1\ndo 1 PING\nrole many 9\ndo 1 PING")
	for n, want := range map[int]int{2: 1, 10: 1, 50: 5, 100: 10} {
		few := 0
		roles := w.Deal(n)
		for _, r := range roles {
			if r.Name == "few" {
				few++
			}
		}
		if few != want || len(roles) != n {
			t.Errorf("of %d: %d, %d in all", n, few, len(roles))
		}
	}
	w = mustParse(t, "role many 9\ndo 1 PING\nrole few 1\ndo 1 PING\nrole fewer 0.01\ndo 1 PING")
	for n := 3; n < 40; n++ {
		seen := map[string]int{}
		for _, r := range w.Deal(n) {
			seen[r.Name]++
		}
		if len(seen) != 3 || seen["many"]+seen["few"]+seen["fewer"] != n {
			t.Errorf("of %d: %v", n, seen)
		}
	}
}

func TestExpect(t *testing.T) {
	w := mustParse(t, `keys k k:* 10
value v 5
do 1
  A {k} -> v or nil
  B {k} -> OK
  C {k} -> int or nil
  D {k} -> array 2
  E {k}
  F {k} -> OK or error
  G {k} -> bulk`)
	w.Prepare()
	commands := w.Roles[0].Tasks[0].Commands
	right := string(w.values[0].of(3))
	for _, c := range []struct {
		command int
		reply   string
		want    Outcome
	}{
		{0, "$5\r\n" + right + "\r\n", Hit}, {0, "$5\r\nwrong\r\n", Wrong}, {0, "$-1\r\n", Miss}, {0, "_\r\n", Miss}, {0, ":5\r\n", Wrong}, {0, "+OK\r\n", Wrong},
		{0, "-ERR no\r\n", Refused}, {0, "-MOVED 1 a:1\r\n", Moved}, {0, "-ASK 1 a:1\r\n", Asked},
		{1, "+OK\r\n", Fine}, {1, "+KO\r\n", Wrong}, {1, "$-1\r\n", Wrong}, {1, "$2\r\nOK\r\n", Wrong},
		{2, ":1\r\n", Fine}, {2, "$1\r\n1\r\n", Wrong}, {2, "$-1\r\n", Miss},
		{3, "*2\r\n:1\r\n:2\r\n", Fine}, {3, "*1\r\n:1\r\n", Wrong}, {3, "~2\r\n:1\r\n:2\r\n", Fine},
		{4, "+x\r\n", Fine}, {4, "$-1\r\n", Miss}, {4, "!3\r\nERR\r\n", Refused},
		{5, "-BUSYGROUP\r\n", Fine}, {6, "$1\r\nx\r\n", Hit}, {6, "*0\r\n", Wrong},
	} {
		var s wire.Scanner
		r, _, err := s.Next([]byte(c.reply))
		if err != nil {
			t.Fatal(err)
		}
		if got := commands[c.command].Expect.Check(&r, 3); got != c.want {
			t.Errorf("%d %q: %d, want %d (%s)", c.command, c.reply, got, c.want, &commands[c.command].Expect)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	w := mustParse(t, "keys k k:* 1000 zipf 0.99 missing 0.1\nvalue v 10..20\nnumber n 1..100\ndo 1 SET {k} {v} EX {n}\ndo 1 GET {k}")
	w.Prepare()
	d := NewDice(1, 1)
	b := make([]byte, 0, 200)
	if n := testing.AllocsPerRun(1000, func() {
		task := w.Roles[0].Next(d)
		task.Draw(d)
		b = task.Commands[0].Append(b[:0], d)
	}); n != 0 {
		t.Error(n, "allocations")
	}
}

func BenchmarkDraw(b *testing.B) {
	w, _ := Load("cache")
	w.Prepare()
	d := NewDice(1, 1)
	buf := make([]byte, 0, 4096)
	for b.Loop() {
		task := w.Roles[0].Next(d)
		task.Draw(d)
		buf = task.Commands[0].Append(buf[:0], d)
	}
}
