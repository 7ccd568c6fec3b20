package resp

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"sigrun/internal/offheap"
)

// books is a BlockSource that knows what is out.
type books struct {
	*offheap.Region
	blocks, bytes int
}

func (s *books) AllocBlock(n int) offheap.Block {
	b := s.Region.AllocBlock(n)
	s.blocks++
	s.bytes += b.Cap
	return b
}

func (s *books) FreeBlock(b offheap.Block) {
	s.blocks--
	s.bytes -= b.Cap
	s.Region.FreeBlock(b)
}

func newBooks(t testing.TB) *books {
	region, err := offheap.NewRegion(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { region.Close() })
	return &books{Region: region}
}

// Whatever Scan says of bytes, an Assembler says of the same bytes one by one.
func TestAssemblerSpeaksAsScan(t *testing.T) {
	lim := DefaultLimits()
	for _, c := range scanCases {
		a := NewAssembler(newBooks(t))
		n, done := 0, false
		var err error
		for n < len(c.in) && !done && err == nil {
			var took int
			took, done, err = a.Feed([]byte(c.in[n:n+1]), &lim)
			n += took
		}
		switch {
		case protocolText(err) != c.err:
			t.Errorf("%s: error %v, want %q", c.name, err, c.err)
		case done != (c.want != nil):
			t.Errorf("%s: done = %v", c.name, done)
		case done && (n != c.n || !equalArgs(a.Args(), c.want)):
			t.Errorf("%s: %q after %d bytes, want %q after %d", c.name, a.Args(), n, c.want, c.n)
		}
		a.Reset()
	}
}

func TestAssemblerBigArgument(t *testing.T) {
	lim := DefaultLimits()
	source := newBooks(t)
	a := NewAssembler(source)
	value := make([]byte, 20<<20)
	for i := range value {
		value[i] = byte(i * 7 >> 8)
	}
	in := frame("SET", "key", string(value), "PX", "100")
	n, done, err := a.Feed(in[:1000], &lim)
	if n != 1000 || done || err != nil || !a.Started() {
		t.Fatal(n, done, err)
	}
	if source.bytes > firstBlock+4096 {
		t.Fatalf("1000 bytes arrived, %d are reserved", source.bytes)
	}
	for room := a.Direct(); room != nil; room = a.Direct() {
		took := copy(room[:min(len(room), 300_000)], in[n:])
		if done = a.Advance(took); done {
			t.Fatal("done too early")
		}
		if n += took; source.bytes > growthFactor*n+firstBlock+4096 {
			t.Fatalf("%d bytes arrived, %d are reserved", n, source.bytes)
		}
	}
	if n, done, err = a.Feed(in[n:], &lim); !done || err != nil {
		t.Fatal(n, done, err)
	}
	if !equalArgs(a.Args(), []string{"SET", "key", string(value), "PX", "100"}) {
		t.Fatal("arguments differ")
	}
	if _, _, ok := a.TakeBlock(1); ok {
		t.Fatal("a small argument has a block")
	}
	block, size, ok := a.TakeBlock(2)
	if _, _, twice := a.TakeBlock(2); !ok || size != len(value) || twice {
		t.Fatal("TakeBlock", size, ok, twice)
	}
	a.Reset()
	if source.blocks != 1 || a.Size() > keptBuffer || !bytes.Equal(block.Ref.Bytes(size), value) {
		t.Fatal("the taken block did not survive", source.blocks, a.Size())
	}
	source.FreeBlock(block)
}

func TestAssemblerEndsInDirect(t *testing.T) {
	lim := DefaultLimits()
	a := NewAssembler(newBooks(t))
	in := frame("ECHO", strings.Repeat("x", bigArg+1))
	n, _, _ := a.Feed(in[:50], &lim)
	if done := a.Advance(copy(a.Direct(), in[n:])); !done || len(a.Args()[1]) != bigArg+1 || a.Direct() != nil {
		t.Fatal("the command should be done")
	}
	a.Reset()
}

// An announced length alone reserves next to nothing.
func TestAssemblerDoesNotBelieve(t *testing.T) {
	lim := DefaultLimits()
	source := newBooks(t)
	a := NewAssembler(source)
	if _, _, err := a.Feed([]byte("*1048576\r\n$32768\r\nabc"), &lim); err != nil || a.Size() > 1024 {
		t.Fatal(a.Size(), err)
	}
	a.Reset()
	if _, _, err := a.Feed([]byte("*2\r\n$536870912\r\nabc"), &lim); err != nil || a.Size() > firstBlock+8192 {
		t.Fatal(a.Size(), err)
	}
	a.Reset()
	if source.blocks != 0 || a.Started() {
		t.Fatal("Reset kept", source.blocks)
	}
}

func TestAssemblerAllocatesNothing(t *testing.T) {
	lim := DefaultLimits()
	a := NewAssembler(newBooks(t))
	in := frame("SET", "key", strings.Repeat("v", 100))
	if n := testing.AllocsPerRun(100, func() {
		a.Feed(in[:60], &lim)
		a.Feed(in[60:], &lim)
		a.Reset()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzScan(f *testing.F) {
	for _, c := range scanCases {
		if len(c.in) < 2000 {
			f.Add([]byte(c.in), uint64(1))
		}
	}
	f.Add(bytes.Join([][]byte{frame("SET", "a", strings.Repeat("x", 40)), []byte("GET \"a\"\r\n\r\n"), frame("PING")}, nil), uint64(7))
	f.Add([]byte("*1\r\n$100\r\n"+strings.Repeat("0", 102)), uint64(105)) // no CRLF behind what was read directly
	source := newBooks(f)
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		lim := Limits{MaxBulk: 1000, MaxMultibulk: 50, MaxInline: 40, Unauthenticated: seed%5 == 0}
		want := transcript(in, &lim)
		if got := cutTranscript(t, source, in, seed, &lim); got != want {
			t.Fatalf("in pieces:\n%s\nwhole:\n%s", got, want)
		}
	})
}

// transcript is what Scan makes of a stream: a line per command or error.
func transcript(in []byte, lim *Limits) string {
	in = bytes.Clone(in)
	var out strings.Builder
	for {
		args, n, err := Scan(in, nil, lim)
		if err != nil {
			out.WriteString(err.Error())
		}
		if err != nil || n == 0 {
			return out.String()
		}
		writeArgs(&out, args)
		in = in[n:]
	}
}

// cutTranscript is the same by an Assembler that gets the stream in pieces,
// some of them read directly.
func cutTranscript(t *testing.T, source *books, in []byte, seed uint64, lim *Limits) string {
	in = bytes.Clone(in)
	r := rand.New(rand.NewPCG(seed, 1))
	a := NewAssembler(source)
	a.big, a.first = 20, 8
	var out strings.Builder
	for len(in) > 0 {
		piece := in[:1+r.IntN(min(len(in), 30))]
		n, done := 0, false
		var err error
		if room := a.Direct(); room != nil && r.IntN(2) == 0 {
			n = copy(room, piece)
			done = a.Advance(n)
			err = a.Err()
		} else {
			n, done, err = a.Feed(piece, lim)
		}
		if err != nil {
			out.WriteString(err.Error())
			break
		}
		if !done && n != len(piece) && n == 0 {
			t.Fatalf("nothing taken of %q", piece)
		}
		if in = in[n:]; done {
			writeArgs(&out, a.Args())
			a.Reset()
		}
	}
	a.Reset()
	if source.blocks != 0 {
		t.Fatalf("%d blocks leaked", source.blocks)
	}
	return out.String()
}

func writeArgs(out *strings.Builder, args [][]byte) {
	for _, arg := range args {
		out.WriteString("[" + string(arg) + "]")
	}
	out.WriteString("\n")
}

func FuzzInline(f *testing.F) {
	for _, c := range scanCases {
		if strings.HasPrefix(c.name, "inline") && len(c.in) < 2000 {
			f.Add([]byte(c.in))
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		in := bytes.Clone(line)
		args, ok := SplitArgs(in, nil)
		if !ok {
			return
		}
		// What was understood can be said again, in quotes.
		var again []byte
		for _, arg := range args {
			again = append(again, '"')
			for _, c := range arg {
				again = append(again, '\\', 'x', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
			}
			again = append(again, '"', ' ')
		}
		back, ok := SplitArgs(again, nil)
		if !ok || len(back) != len(args) {
			t.Fatalf("%q: %q came back as %q", line, args, back)
		}
		for i := range args {
			if !bytes.Equal(args[i], back[i]) {
				t.Fatalf("%q: %q came back as %q", line, args[i], back[i])
			}
		}
	})
}

func BenchmarkAssembler(b *testing.B) {
	lim := DefaultLimits()
	a := NewAssembler(newBooks(b))
	for _, c := range []struct {
		name string
		in   []byte
	}{
		{"set", frame("SET", "key:000000000012", strings.Repeat("v", 32))},
		{"set_20_KiB", frame("SET", "key:000000000012", strings.Repeat("v", 20<<10))},
		{"set_1_MiB", frame("SET", "key:000000000012", strings.Repeat("v", 1<<20))},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.in)))
			for b.Loop() {
				half := len(c.in) / 2
				a.Feed(c.in[:half], &lim)
				if _, done, err := a.Feed(c.in[half:], &lim); !done || err != nil {
					b.Fatal(done, err)
				}
				a.Reset()
			}
		})
	}
}
