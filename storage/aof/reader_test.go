package aof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// told is what a Reader tells of bytes: a line for each command, and what ends them.
func told(src io.Reader, at, size int64) string {
	r := NewReader(src, at, size)
	var out strings.Builder
	var kept []*Batch
	for {
		b := &Batch{}
		err := r.Next(b)
		if err == nil {
			kept = append(kept, b)
			continue
		}
		for _, b := range kept { // they belong to whoever has them, whatever is read meanwhile
			for _, c := range b.Commands {
				fmt.Fprintf(&out, "%d-%d t%d %s %.60q\n", c.At, c.End, c.Time, [...]string{"alone", "begins", "within", "ends", "nested", "stray"}[c.Part], c.Args)
			}
		}
		var e *Error
		if errors.As(err, &e) {
			fmt.Fprintf(&out, "%v at %d, valid %d, open %v, torn %v\n", e.Class, e.At, e.Valid, e.Open, e.Torn)
		} else {
			fmt.Fprintf(&out, "%v\n", err)
		}
		return out.String()
	}
}

const sample = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n#TS:1628217470\r\n*3\r\n$3\r\nset\r\n$1\r\na\r\n$2\r\n\r\n\r\n#\r\n*1\r\n$5\r\nmulti\r\n#TS:1628217471\r\n" +
	"*2\r\n$3\r\nDEL\r\n$0\r\n\r\n*1\r\n$4\r\nEXEC\r\n#x\r\n"

func TestReader(t *testing.T) {
	want := `0-23 t0 alone ["SELECT" "0"]
39-67 t1628217470 alone ["set" "a" "\r\n"]
70-85 t1628217470 begins ["multi"]
101-120 t1628217471 within ["DEL" ""]
120-134 t1628217471 ends ["EXEC"]
EOF
`
	size := int64(len(sample))
	for _, src := range []io.Reader{strings.NewReader(sample), iotest.OneByteReader(strings.NewReader(sample)), iotest.DataErrReader(strings.NewReader(sample))} {
		if have := told(src, 0, size); have != want {
			t.Errorf("%s", have)
		}
	}
	if have := told(strings.NewReader(sample[39:]), 39, size); strings.Count(have, "\n") != 5 || !strings.HasPrefix(have, "39-67 t0") {
		t.Errorf("%s", have)
	}
}

// TestReaderOfAPart cuts a file at every byte: what is whole is read, and the last whole place told.
func TestReaderOfAPart(t *testing.T) {
	ends := map[int]bool{0: true, 23: true, 39: true, 67: true, 70: true, 134: true, 138: true}
	for cut := range len(sample) + 1 {
		have := told(strings.NewReader(sample[:cut]), 0, int64(cut))
		valid := 0
		for _, n := range []int{23, 67, 134} {
			if cut >= n {
				valid = n
			}
		}
		last := have[strings.LastIndexByte(strings.TrimSuffix(have, "\n"), '\n')+1:]
		switch {
		case ends[cut]:
			if last != "EOF\n" {
				t.Errorf("%d: %s", cut, have)
			}
		case !strings.HasPrefix(last, ErrTruncated.Error()) || !strings.Contains(last, fmt.Sprintf("valid %d, open %v, torn false", valid, cut >= 85 && cut < 134)):
			t.Errorf("%d, valid %d: %s", cut, valid, have)
		}
		// The file may be shorter than it says.
		if again := told(strings.NewReader(sample[:cut]), 0, int64(len(sample))); again != have {
			t.Errorf("%d: %s\n%s", cut, again, have)
		}
	}
}

func TestReaderOfDamage(t *testing.T) {
	ping := "*1\r\n$4\r\nPING\r\n"
	for text, want := range map[string]string{
		"!!!" + ping:                                  "bad file format at 0, valid 0, open false, torn false",
		ping + "!!!":                                  "bad file format at 14, valid 14, open false, torn true",
		ping + strings.Repeat("\x00", 4096):           "bad file format at 14, valid 14, open false, torn true",
		ping + strings.Repeat("\x00", 4097):           "bad file format at 14, valid 14, open false, torn false",
		ping + "\x00" + ping + "\x00":                 "bad file format at 14, valid 14, open false, torn false",
		ping + "*0\r\n":                               "bad file format at 14, valid 14, open false, torn true",
		ping + "*-1\r\n":                              "bad file format at 14, valid 14, open false, torn true",
		ping + "*\r\n":                                "bad file format at 14, valid 14, open false, torn true",
		ping + "*1\n$4\r\nPING\r\n":                   "bad file format at 14, valid 14, open false, torn true",
		ping + "*2\r\n:1\r\n":                         "bad file format at 18, valid 14, open false, torn true",
		ping + "*1\r\n$4\r\nPING\r\r":                 "bad file format at 26, valid 14, open false, torn true",
		ping + "*1\r\n$-1\r\n":                        "bad file format at 18, valid 14, open false, torn true",
		ping + "*1\r\n$99999999999999999999\r\n":      "bad file format at 18, valid 14, open false, torn true",
		ping + "*1\r\n$9223372036854775799\r\nx":      "unexpected end of file at 14, valid 14, open false, torn false",
		ping + "*1\r\n$922337203685477580\r\nx":       "unexpected end of file at 14, valid 14, open false, torn false",
		ping + "*9223372036854775799\r\n$1\r\nx\r\n":  "unexpected end of file at 14, valid 14, open false, torn false",
		ping + "*9223372036854775799\r\n$1\r\nx\r\nx": "bad file format at 43, valid 14, open false, torn true",
		ping + "*1\r\n$5\r\nMULTI\r\n" + ping + "x":   "bad file format at 43, valid 14, open true, torn true",
		ping + "*1\r\n$5\r\nMULTI\r\n" + ping:         "unexpected end of file at 14, valid 14, open true, torn false",
		ping + "*1\r\n$5\r\nMULTI\r\n" + ping + "*1":  "unexpected end of file at 43, valid 14, open true, torn false",
		ping + "#" + strings.Repeat("x", 1021) + "\n": "EOF",
		ping + "#" + strings.Repeat("x", 1022) + "\n": "bad file format at 14, valid 14, open false, torn true",
		ping + "#" + strings.Repeat("x", 1021):        "unexpected end of file at 14, valid 14, open false, torn false",
		"":                                            "EOF",
		"#TS:1\r\n":                                   "EOF",
		"*1\r\n$4\r\nEXEC\r\n*1\r\n$4\r\neXeC\r\n":    "EOF",
	} {
		have := strings.TrimSuffix(told(strings.NewReader(text), 0, int64(len(text))), "\n")
		if last := have[strings.LastIndexByte(have, '\n')+1:]; last != want {
			t.Errorf("%.60q: %s, want %s", text, last, want)
		}
	}
	broken := errors.New("disk gone")
	have := told(io.MultiReader(strings.NewReader(ping+"*1"), iotest.ErrReader(broken)), 0, 100)
	if !strings.HasSuffix(have, "[\"PING\"]\ndisk gone at 16, valid 14, open false, torn false\n") {
		t.Error(have)
	}
}

// TestReaderOfLargeCommands: they have the room that they need, and the next batch has no more than usual.
func TestReaderOfLargeCommands(t *testing.T) {
	var file []byte
	many := make([][]byte, 100_000)
	for i := range many {
		many[i] = []byte("m")
	}
	file = AppendCommand(file, []byte("SET"), bytes.Repeat([]byte("x"), 3<<20))
	file = AppendCommand(file, many...)
	for range 20_000 {
		file = AppendCommand(file, []byte("PING"))
	}
	r := NewReader(iotest.HalfReader(bytes.NewReader(file)), 0, int64(len(file)))
	var b Batch
	sizes := []int{}
	for {
		err := r.Next(&b)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range b.Commands {
			sizes = append(sizes, len(c.Args))
			if !bytes.Equal(AppendCommand(nil, c.Args...), file[c.At:c.End]) {
				t.Fatal("other bytes at", c.At)
			}
		}
		if cap(b.buf) > 8<<20 || len(b.Commands) > batchCommands {
			t.Error(cap(b.buf), len(b.Commands))
		}
	}
	if len(sizes) != 20_002 || sizes[1] != 100_000 || cap(b.buf) != batchSize || cap(r.rest) > batchSize {
		t.Error(len(sizes), cap(b.buf), cap(r.rest))
	}
}

// TestReaderTakesNoMemoryForWhatIsSaid only.
func TestReaderTakesNoMemoryForWhatIsSaid(t *testing.T) {
	for _, text := range []string{"*1\r\n$4000000000\r\nx", "*2000000000\r\n$1\r\nx\r\n", "#" + strings.Repeat("x", 2000)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_ = NewReader(strings.NewReader(text), 0, int64(len(text))).Next(&Batch{})
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 4*batchSize {
			t.Errorf("%.20q: %d bytes", text, taken)
		}
	}
}

// TestReaderAllocatesNothing once it runs.
func TestReaderAllocatesNothing(t *testing.T) {
	var file []byte
	for i := range 50_000 {
		file = AppendCommand(file, []byte("SET"), fmt.Appendf(nil, "key:%d", i), []byte("value"))
	}
	r := NewReader(bytes.NewReader(file), 0, int64(len(file)))
	var b Batch
	for range 5 {
		_ = r.Next(&b)
	}
	if n := testing.AllocsPerRun(10, func() { _ = r.Next(&b) }); n != 0 || len(b.Commands) == 0 {
		t.Error(n, len(b.Commands))
	}
}

func BenchmarkReader(b *testing.B) {
	var file []byte
	random := rand.New(rand.NewPCG(1, 1))
	for range 100_000 {
		file = AppendCommand(file, []byte("SET"), fmt.Appendf(nil, "key:%012d", random.IntN(5_000_000)), []byte("value-of-some-32-bytes-xxxxxxxxxx"))
	}
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader(bytes.NewReader(file), 0, int64(len(file)))
		var batch Batch
		for r.Next(&batch) == nil {
		}
	}
}

// TestNoTransaction: what begins a transaction within one begins nothing, and what ends none ends nothing.
func TestNoTransaction(t *testing.T) {
	text := "*1\r\n$4\r\nexec\r\n*1\r\n$5\r\nMULTI\r\n*1\r\n$5\r\nmulti\r\n*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nEXEC\r\n"
	want := `0-14 t0 stray ["exec"]
14-29 t0 begins ["MULTI"]
29-44 t0 nested ["multi"]
44-58 t0 within ["PING"]
58-72 t0 ends ["EXEC"]
EOF
`
	if have := told(strings.NewReader(text), 0, int64(len(text))); have != want {
		t.Errorf("%s", have)
	}
}

// FuzzReader reads bytes, which it does however they come; what it has read, and that alone, is a file again.
func FuzzReader(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("*1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nPING\r\n!!!"))
	f.Add([]byte("*1\r\n$4000000000\r\nx"))
	f.Fuzz(func(t *testing.T, file []byte) {
		size := int64(len(file))
		have := told(bytes.NewReader(file), 0, size)
		if again := told(iotest.OneByteReader(bytes.NewReader(file)), 0, size); again != have {
			t.Fatalf("%s\n%s", have, again)
		}
		r, b := NewReader(bytes.NewReader(file), 0, size), Batch{}
		valid := int64(-1)
		for valid < 0 {
			err := r.Next(&b)
			var e *Error
			switch {
			case err == io.EOF:
				valid = size
			case errors.As(err, &e):
				if valid = e.Valid; e.At < e.Valid || e.At > size || e.Class != ErrFormat && e.Class != ErrTruncated {
					t.Fatalf("%+v", e)
				}
			case err != nil:
				t.Fatal(err)
			}
			for _, c := range b.Commands {
				if again, it := scanCommand(file[c.At:c.End], nil); it.is != whole || int64(it.size) != c.End-c.At || fmt.Sprint(again) != fmt.Sprint(c.Args) {
					t.Fatal(c)
				}
			}
		}
		if have := told(bytes.NewReader(file[:valid]), 0, valid); !strings.HasSuffix(have, "EOF\n") {
			t.Fatalf("cut where it was valid: %s", have)
		}
	})
}

// TestLargeCommandsAskForRoom: before memory is taken for a command that needs much of it, somebody is asked, and what he says is what reading fails with.
func TestLargeCommandsAskForRoom(t *testing.T) {
	full := errors.New("full")
	file := AppendCommand(nil, []byte("SET"), []byte("small"), []byte("v"))
	behind := int64(len(file))
	file = AppendCommand(file, []byte("SET"), []byte("large"), make([]byte, 8<<20))
	for _, room := range []int64{4 << 20, 32 << 20} {
		r := NewReader(bytes.NewReader(file), 0, int64(len(file)))
		r.ask = func(more int64) error {
			if more > room {
				return full
			}
			return nil
		}
		var b Batch
		err := r.Next(&b)
		if err == nil && len(b.Commands) == 1 {
			err = r.Next(&b)
		}
		if wrong := (*Error)(nil); room < 8<<20 && (!errors.Is(err, full) || !errors.As(err, &wrong) || wrong.At != behind) || room > 8<<20 && err != nil {
			t.Errorf("room for %d: %v", room, err)
		}
	}
}
