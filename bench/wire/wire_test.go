package wire

import (
	"strings"
	"testing"
)

var replies = []struct {
	in   string
	kind byte
	text string
	n    int64
	null bool
}{
	{"+OK\r\n", '+', "OK", 0, false},
	{"-ERR no\r\n", '-', "ERR no", 0, false},
	{":42\r\n", ':', "42", 42, false},
	{":-7\r\n", ':', "-7", -7, false},
	{"$5\r\nhello\r\n", '$', "hello", 5, false},
	{"$0\r\n\r\n", '$', "", 0, false},
	{"$-1\r\n", '$', "", -1, true},
	{"*-1\r\n", '*', "", -1, true},
	{"_\r\n", '_', "", 0, true},
	{"*0\r\n", '*', "", 0, false},
	{"*2\r\n:1\r\n$1\r\na\r\n", '*', "", 2, false},
	{"*2\r\n*1\r\n:1\r\n*0\r\n", '*', "", 2, false},
	{"%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n$-1\r\n", '%', "", 2, false},
	{"~1\r\n#t\r\n", '~', "", 1, false},
	{">2\r\n+a\r\n,1.5\r\n", '>', "", 2, false},
	{"=5\r\ntxt:a\r\n", '=', "txt:a", 5, false},
	{"!5\r\nERR x\r\n", '!', "ERR x", 5, false},
	{"(123456789012345678901234567890\r\n", '(', "123456789012345678901234567890", 0, false},
	{"|1\r\n+a\r\n+b\r\n$2\r\nhi\r\n", '$', "hi", 2, false},
	{"*2\r\n|1\r\n+a\r\n+b\r\n$2\r\nhi\r\n:1\r\n", '*', "", 2, false},
}

func TestNext(t *testing.T) {
	for _, c := range replies {
		buf := []byte(c.in + "+next\r\n")
		var s Scanner
		r, n, err := s.Next(buf)
		if err != nil || n != len(c.in) || r.Kind != c.kind || string(r.Text) != c.text || r.Int != c.n || r.Null != c.null || string(r.Raw) != c.in {
			t.Errorf("%q: %+v, %d, %v", c.in, r, n, err)
		}
		if r, n, err := s.Next(buf[n:]); err != nil || n != 7 || string(r.Text) != "next" {
			t.Errorf("behind %q: %+v, %d, %v", c.in, r, n, err)
		}
	}
}

// TestPieces has every reply come byte by byte, in a buffer that moves each time.
func TestPieces(t *testing.T) {
	for _, c := range replies {
		var s Scanner
		for i := range len(c.in) + 1 {
			buf := append(make([]byte, 0, i), c.in[:i]...)
			r, n, err := s.Next(buf)
			if err != nil || (n > 0) != (i == len(c.in)) {
				t.Fatalf("%q after %d bytes: %d, %v", c.in, i, n, err)
			}
			if n > 0 && (r.Kind != c.kind || string(r.Text) != c.text) {
				t.Errorf("%q: %+v", c.in, r)
			}
		}
	}
}

func TestBroken(t *testing.T) {
	for _, in := range []string{"hello\r\n", "\r\n", "+OK\n", "$x\r\n", "$-2\r\n", "$3\r\nabcde", "*-2\r\n", ":\r\n", ":1x\r\n", "$99999999999\r\n",
		"*9999999999999\r\n", "$18446744073709551617\r\n", "*1\r\nfoo\r\n", strings.Repeat("*1\r\n", 40), "+" + strings.Repeat("x", 70<<10)} {
		var s Scanner
		if r, n, err := s.Next([]byte(in)); err == nil || n != 0 {
			t.Errorf("%.40q was taken for %+v", in, r)
		}
	}
}

// TestWholeReplies: a reply has a bound, whatever it is made of.
func TestWholeReplies(t *testing.T) {
	part := append([]byte("*3\r\n$100000000\r\n"), make([]byte, 100000000)...)
	part = append(part, "\r\n$536870912\r\n"...)
	var s Scanner
	if _, n, err := s.Next(part); n != 0 || err == nil {
		t.Error(n, err)
	}
}

func TestNeeds(t *testing.T) {
	var s Scanner
	if _, n, err := s.Next([]byte("*2\r\n:1\r\n$1000\r\nabc")); n != 0 || err != nil || s.Needs() != 8+7+1002 {
		t.Fatal(n, err, s.Needs())
	}
}

func TestNothingIsAllocated(t *testing.T) {
	buf := []byte("*3\r\n$5\r\nhello\r\n:12\r\n*1\r\n+OK\r\n")
	var s Scanner
	out := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() {
		if _, n, err := s.Next(buf); n != len(buf) || err != nil {
			t.Fatal(n, err)
		}
		out = AppendPadded(AppendHeader(out[:0], '$', 12), 77, 12)
	}); n != 0 {
		t.Error(n, "allocations")
	}
}

func TestCommand(t *testing.T) {
	if got := string(AppendCommand(nil, "SET", "k", "")); got != "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n" {
		t.Errorf("%q", got)
	}
	if got := string(AppendPadded([]byte("k:"), 1234, 6)) + string(AppendPadded(nil, 1234, 2)) + string(AppendNumber(nil, 0)); got != "k:001234340" {
		t.Errorf("%q", got)
	}
	for n, want := range map[uint64]int{0: 1, 9: 1, 10: 2, 99: 2, 100: 3, 1<<64 - 1: 20} {
		if Digits(n) != want {
			t.Errorf("%d has %d digits", n, Digits(n))
		}
	}
}

// FuzzNext: whatever comes, in whatever pieces, is the same; and nothing is looked at beyond what is there.
func FuzzNext(f *testing.F) {
	for _, c := range replies {
		f.Add([]byte(c.in), 3)
	}
	f.Fuzz(func(t *testing.T, data []byte, piece int) {
		var whole, parts Scanner
		r, n, err := whole.Next(data)
		if n > len(data) || n > 0 && (err != nil || string(r.Raw) != string(data[:n])) {
			t.Fatal(r, n, err)
		}
		piece = max(piece&1023, 1)
		for i := 0; ; i += piece {
			have := data[:min(i, len(data))]
			q, m, e := parts.Next(append([]byte(nil), have...))
			if e != nil {
				if err == nil {
					t.Fatalf("in pieces: %v", e)
				}
				return
			}
			if m > 0 {
				if m != n || q.Kind != r.Kind || string(q.Text) != string(r.Text) || q.Int != r.Int || q.Null != r.Null {
					t.Fatalf("in pieces: %+v, whole %+v", q, r)
				}
				return
			}
			if i >= len(data) {
				if n > 0 || err != nil {
					t.Fatalf("whole: %+v, %v, in pieces nothing", r, err)
				}
				return
			}
		}
	})
}
