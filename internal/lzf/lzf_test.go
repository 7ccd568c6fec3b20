package lzf

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func roundTrip(t *testing.T, src []byte) int {
	t.Helper()
	dst := make([]byte, len(src)+len(src)/maxLiterals+4)
	n, ok := Compress(dst, src)
	if !ok {
		t.Fatalf("%d bytes do not fit into %d", len(src), len(dst))
	}
	back := make([]byte, len(src))
	if err := Decompress(back, dst[:n]); err != nil || !bytes.Equal(back, src) {
		t.Fatalf("%d bytes come back different: %v", len(src), err)
	}
	if len(src) > MaxDecompressed(n) {
		t.Fatalf("%d bytes became %d, which MaxDecompressed takes for impossible", len(src), n)
	}
	exact := make([]byte, n)
	if m, ok := Compress(exact, src); !ok || m != n {
		t.Fatalf("%d bytes do not fit into the %d they take", len(src), n)
	}
	if n > 0 {
		if _, ok := Compress(exact[:n-1], src); ok {
			t.Fatalf("%d bytes fit into one less than they take", n)
		}
	}
	return n
}

func TestRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for size := range 700 {
		few, any := make([]byte, size), make([]byte, size)
		for i := range few {
			few[i], any[i] = 'a'+byte(random.IntN(3)), byte(random.Uint32())
		}
		roundTrip(t, few)
		roundTrip(t, any)
		roundTrip(t, bytes.Repeat([]byte{7}, size))
	}
	far := make([]byte, 40000)
	for i := range far {
		far[i] = byte(random.Uint32())
	}
	for _, distance := range []int{maxDistance - 1, maxDistance, maxDistance + 1} {
		roundTrip(t, append(bytes.Clone(far[:distance]), far...))
	}
}

func TestCompresses(t *testing.T) {
	for text, most := range map[string]int{
		strings.Repeat("a", 1000):                     20,
		strings.Repeat("the quick brown fox ", 50):    50,
		strings.Repeat("0123456789abcdef", 512) + "!": 150,
	} {
		if n := roundTrip(t, []byte(text)); n > most {
			t.Errorf("%.20q… of %d bytes takes %d", text, len(text), n)
		}
	}
}

// TestLeavesOut has strings within what does not get shorter: what is left out there costs little.
func TestLeavesOut(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for _, size := range []int{100, 1000, 10000} {
		long := noise(random, size)
		text := append(bytes.Clone(long), strings.Repeat("the quick brown fox ", 50)...)
		if n := roundTrip(t, text); n > size+size/maxLiterals+200 {
			t.Errorf("%d bytes of noise and a text of 1000 take %d", size, n)
		}
	}
}

// TestForeign decompresses what other writers of the format put out.
func TestForeign(t *testing.T) {
	for _, c := range []struct{ in, out string }{
		{"\x01aa\xe0\x13\x00\x01aa", strings.Repeat("a", 2+7+0x13+2+2)}, // a run, as redis-server writes it
		{"\x00a\x20\x00", "aaaa"},
		{"\x02abc\x20\x02\x00!", "abcabc!"},
		{"", ""},
	} {
		out := make([]byte, len(c.out))
		if err := Decompress(out, []byte(c.in)); err != nil || string(out) != c.out {
			t.Errorf("%q becomes %q (%v), want %q", c.in, out, err, c.out)
		}
	}
}

func TestCorrupt(t *testing.T) {
	for _, c := range []struct {
		in     string
		length int
	}{
		{"", 1}, {"\x00", 1}, {"\x00a", 0}, {"\x00a", 2}, {"\x1fa", 32}, {"\x20", 3}, {"\x20\x00", 3}, {"\x00a\x20\x01", 4},
		{"\x00a\xe0", 9}, {"\x00a\xe0\x00", 10}, {"\x00a\x20\x00", 3}, {"\x00a\xff\xff\xff", 265},
	} {
		if err := Decompress(make([]byte, c.length), []byte(c.in)); err != ErrCorrupt {
			t.Errorf("%q into %d bytes: %v", c.in, c.length, err)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	src := []byte(strings.Repeat("some words again and again ", 30))
	dst, back := make([]byte, len(src)), make([]byte, len(src))
	if n := testing.AllocsPerRun(100, func() {
		n, _ := Compress(dst, src)
		if Decompress(back, dst[:n]) != nil {
			t.Fail()
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzCompress(f *testing.F) {
	f.Add([]byte("aaaaaaaaaaaaaaaaaaaaaaaab"))
	f.Add([]byte("abcabcabc abc"))
	f.Fuzz(func(t *testing.T, src []byte) { roundTrip(t, src) })
}

func FuzzDecompress(f *testing.F) {
	f.Add([]byte("\x01aa\xe0\x13\x00\x01aa"), uint16(32))
	f.Fuzz(func(t *testing.T, src []byte, length uint16) {
		dst := make([]byte, length)
		if Decompress(dst, src) == nil && len(dst) > MaxDecompressed(len(src)) {
			t.Fatalf("%d bytes hold %d", len(src), len(dst))
		}
	})
}

func BenchmarkCompress(b *testing.B) {
	for _, size := range []int{32, 512, 8192} {
		src := []byte(strings.Repeat("user:12345 name:somebody ", size/25+1)[:size])
		dst := make([]byte, size)
		var c Compressor
		for name, compress := range map[string]func(dst, src []byte) (int, bool){"once": Compress, "again": c.Compress} {
			b.Run(name+"/"+strconv.Itoa(size), func(b *testing.B) {
				b.SetBytes(int64(size))
				for b.Loop() {
					compress(dst, src)
				}
			})
		}
	}
}

// nodes are many times 8 KiB of short elements behind one another, as the nodes of a list have them: so many that no branch is foreseen since it was seen before.
func nodes(element func(n int) string) (all [][]byte) {
	n := 4000000
	for range 64 {
		var b []byte
		for ; len(b) < 8<<10; n++ {
			s := element(n)
			b = append(append(append(b, 0x80|byte(len(s))), s...), byte(len(s)+1))
		}
		all = append(all, b)
	}
	return all
}

func BenchmarkNodes(b *testing.B) {
	random := rand.New(rand.NewPCG(5, 6))
	words := strings.Fields(`the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you
		were her all she there would their we him been has when who will more no if out so said what up its about into than them can only other new`)
	word := func() string { return words[random.IntN(len(words))] }
	for name, element := range map[string]func(n int) string{
		"counted": func(n int) string { return "element:" + strconv.Itoa(n) },
		"hex":     func(int) string { return strconv.FormatUint(random.Uint64(), 16) },
		"words":   func(int) string { return word() + " " + word() + " " + word() },
		"noise":   func(int) string { return string(noise(random, 40)) },
	} {
		all := nodes(element)
		b.Run(name, func(b *testing.B) { compressAll(b, all) })
		b.Run(name+"/back", func(b *testing.B) { decompressAll(b, all) })
	}
}

func noise(random *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

func compressAll(b *testing.B, all [][]byte) {
	var c Compressor
	dst := make([]byte, 9<<10)
	i, size, became := 0, 0, 0
	for b.Loop() {
		src := all[i%len(all)]
		n, ok := c.Compress(dst[:len(src)-4], src)
		if i++; !ok {
			n = len(src)
		}
		size, became = size+len(src), became+n
	}
	b.SetBytes(int64(size / i))
	b.ReportMetric(float64(became)/float64(size), "of_size")
}

func decompressAll(b *testing.B, all [][]byte) {
	var c Compressor
	back := make([]byte, 9<<10)
	packed := make([][]byte, len(all))
	for i, src := range all {
		packed[i] = make([]byte, 9<<10)
		n, _ := c.Compress(packed[i], src)
		packed[i] = packed[i][:n]
	}
	i, size := 0, 0
	for b.Loop() {
		dst := back[:len(all[i%len(all)])]
		if Decompress(dst, packed[i%len(all)]) != nil {
			b.Fatal("it does not come back")
		}
		i, size = i+1, size+len(dst)
	}
	b.SetBytes(int64(size / i))
}

// TestCompressor compresses many strings with one table: what an earlier one left in it changes nothing, at its end neither.
func TestCompressor(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var c Compressor
	for round := range 3000 {
		if round%1000 == 500 {
			c.next = math.MaxUint32 - uint32(random.IntN(2000))
		}
		src := make([]byte, random.IntN(900))
		for i := range src {
			src[i] = 'a' + byte(random.IntN(1+random.IntN(5)))
		}
		a, b := make([]byte, len(src)), make([]byte, len(src))
		n, ok := c.Compress(a, src)
		m, same := Compress(b, src)
		if ok != same || !bytes.Equal(a[:n], b[:m]) {
			t.Fatalf("round %d: %d bytes become %d or %d", round, len(src), n, m)
		}
		back := make([]byte, len(src))
		if ok && (Decompress(back, a[:n]) != nil || !bytes.Equal(back, src)) {
			t.Fatalf("round %d: %d bytes come back different", round, len(src))
		}
	}
}
