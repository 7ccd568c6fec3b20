package resp

import (
	"math"
	"sync/atomic"
	"testing"
)

func TestWriter(t *testing.T) {
	for _, c := range []struct {
		name         string
		write        func(*Writer)
		resp2, resp3 string
	}{
		{"ok", func(w *Writer) { w.OK() }, "+OK\r\n", "+OK\r\n"},
		{"simple", func(w *Writer) { w.Simple("PONG") }, "+PONG\r\n", "+PONG\r\n"},
		{"error", func(w *Writer) { w.Error(ErrSyntax) }, "-ERR syntax error\r\n", "-ERR syntax error\r\n"},
		{"error text", func(w *Writer) { w.ErrorText("ERR a\r\n+b") }, "-ERR a  +b\r\n", "-ERR a  +b\r\n"},
		{"int", func(w *Writer) { w.Int(-120) }, ":-120\r\n", ":-120\r\n"},
		{"bulk", func(w *Writer) { w.Bulk([]byte("a\r\nb")) }, "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n"},
		{"bulk empty", func(w *Writer) { w.BulkString("") }, "$0\r\n\r\n", "$0\r\n\r\n"},
		{"bulk int", func(w *Writer) { w.BulkInt(math.MinInt64) }, "$20\r\n-9223372036854775808\r\n", "$20\r\n-9223372036854775808\r\n"},
		{"null", func(w *Writer) { w.Null() }, "$-1\r\n", "_\r\n"},
		{"null array", func(w *Writer) { w.NullArray() }, "*-1\r\n", "_\r\n"},
		{"array", func(w *Writer) { w.Array(1234567) }, "*1234567\r\n", "*1234567\r\n"},
		{"map", func(w *Writer) { w.Map(7) }, "*14\r\n", "%7\r\n"},
		{"set", func(w *Writer) { w.Set(99) }, "*99\r\n", "~99\r\n"},
		{"push", func(w *Writer) { w.Push(3) }, "*3\r\n", ">3\r\n"},
		{"double", func(w *Writer) { w.Double(1.5) }, "$3\r\n1.5\r\n", ",1.5\r\n"},
		{"infinity", func(w *Writer) { w.Double(math.Inf(-1)) }, "$4\r\n-inf\r\n", ",-inf\r\n"},
		{"true", func(w *Writer) { w.Bool(true) }, ":1\r\n", "#t\r\n"},
		{"false", func(w *Writer) { w.Bool(false) }, ":0\r\n", "#f\r\n"},
		{"big number", func(w *Writer) { w.BigNumber("12345678901234567890") }, "$20\r\n12345678901234567890\r\n", "(12345678901234567890\r\n"},
		{"verbatim", func(w *Writer) { w.Verbatim("txt", "abc") }, "$3\r\nabc\r\n", "=7\r\ntxt:abc\r\n"},
		{"attribute", func(w *Writer) {
			if w.Attribute(1) {
				w.BulkString("a")
				w.Int(1)
			}
		}, "", "|1\r\n$1\r\na\r\n:1\r\n"},
		{"late array", func(w *Writer) { at := w.Mark(); w.Int(1); w.Int(2); w.InsertArray(at, 2) }, "*2\r\n:1\r\n:2\r\n", "*2\r\n:1\r\n:2\r\n"},
		{"late map", func(w *Writer) { w.OK(); at := w.Mark(); w.Int(1); w.Int(2); w.InsertMap(at, 1) }, "+OK\r\n*2\r\n:1\r\n:2\r\n", "+OK\r\n%1\r\n:1\r\n:2\r\n"},
		{"late empty set", func(w *Writer) { w.InsertSet(w.Mark(), 0) }, "*0\r\n", "~0\r\n"},
		{"rewind", func(w *Writer) { w.OK(); at := w.Mark(); w.Array(9); w.Rewind(at); w.Error(ErrSyntax) }, "+OK\r\n-ERR syntax error\r\n", "+OK\r\n-ERR syntax error\r\n"},
	} {
		for proto, want := range map[uint8]string{2: c.resp2, 3: c.resp3} {
			w := Writer{Proto: proto}
			if c.write(&w); string(w.B) != want {
				t.Errorf("%s in RESP%d: %q, want %q", c.name, proto, w.B, want)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	args := func(s ...string) (b [][]byte) {
		for _, a := range s {
			b = append(b, []byte(a))
		}
		return b
	}
	long := string(make([]byte, 0)) + "0123456789012345678901234567890123456789012345678901234567890123456789"
	for _, c := range []struct {
		got  *Error
		want string
	}{
		{UnknownCommand(args("FOO")), "ERR unknown command 'FOO', with args beginning with: "},
		{UnknownCommand(args("a\x00b", "c\x00d", "x\r\ny")), "ERR unknown command 'a', with args beginning with: 'c' 'x  y' "},
		{UnknownCommand(args(long+long, long, long, "z")), "ERR unknown command '" + (long + long)[:128] + "', with args beginning with: '" + long + "' '" + long[:55] + "' "},
		{UnknownSubcommand("CONFIG", []byte("foo")), "ERR unknown subcommand 'foo'. Try CONFIG HELP."},
		{WrongArity("config|get"), "ERR wrong number of arguments for 'config|get' command"},
		{InvalidExpire("set"), "ERR invalid expire time in 'set' command"},
	} {
		if c.got.Text != c.want {
			t.Errorf("%q, want %q", c.got.Text, c.want)
		}
	}
}

func TestWriterAllocatesNothing(t *testing.T) {
	w := Writer{B: make([]byte, 0, 4096), Proto: 2}
	value := []byte("value")
	if n := testing.AllocsPerRun(100, func() {
		w.Rewind(0)
		w.OK()
		w.Int(12345678)
		w.Bulk(value)
		w.BulkInt(-77)
		w.Double(3.14159)
		w.Map(200)
		w.Error(ErrWrongType)
		w.InsertArray(0, 7)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkWriter(b *testing.B) {
	w := Writer{B: make([]byte, 0, 4096), Proto: 2}
	value := make([]byte, 32)
	for _, c := range []struct {
		name  string
		write func()
	}{
		{"bulk", func() { w.Bulk(value) }},
		{"int", func() { w.Int(123456) }},
		{"double", func() { w.Double(3.14159) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.Rewind(0)
				c.write()
			}
		})
	}
}

// A long reply tells how long it is while it is written, in steps.
func TestReplyTellsItsSize(t *testing.T) {
	var size atomic.Int64
	w := Writer{Proto: 2, Size: &size}
	for range 1000 {
		w.Bulk(make([]byte, 1000))
		if w.Full() {
			t.Fatal("the reply is not that long")
		}
		if n := int(size.Load()); n > len(w.B) || n < len(w.B)-tellEvery {
			t.Fatalf("%d of %d bytes", n, len(w.B))
		}
	}
}
