package aof

import (
	"strings"
	"testing"
)

func words(text string) (args [][]byte) {
	for _, w := range strings.Fields(text) {
		args = append(args, []byte(w))
	}
	return args
}

// TestFramer has the bytes that Valkey 9.1 writes: MULTI stands before the SELECT of what is in it.
func TestFramer(t *testing.T) {
	var f Framer
	b := f.Append(f.Mark(nil, 100), true, Record{0, words("SET a 1")})
	b = f.Append(f.Mark(b, 100), true, Record{3, words("SET b 2")}, Record{12, words("SET cc xxxxxxxxxx")})
	b = f.Append(f.Mark(b, 99), false, Record{12, words("DEL b")}, Record{12, words("DEL c")})
	b = f.Append(f.Mark(b, 101), true, Record{-1, words("FLUSHALL")})
	f.Reset()
	b = f.Append(f.Mark(b, 101), true, Record{12, words("DEL d")})
	b = f.Append(b, true)
	want := "#TS:100|*2|$6|SELECT|$1|0|*3|$3|SET|$1|a|$1|1|" +
		"*1|$5|MULTI|*2|$6|SELECT|$1|3|*3|$3|SET|$1|b|$1|2|*2|$6|SELECT|$2|12|*3|$3|SET|$2|cc|$10|xxxxxxxxxx|*1|$4|EXEC|" +
		"*2|$3|DEL|$1|b|*2|$3|DEL|$1|c|#TS:101|*1|$8|FLUSHALL|*2|$6|SELECT|$2|12|*2|$3|DEL|$1|d|"
	if have := strings.ReplaceAll(string(b), "\r\n", "|"); have != want {
		t.Errorf("%s\n%s", have, want)
	}
}

func TestFramerAllocatesNothing(t *testing.T) {
	var f Framer
	records := []Record{{0, words("SET key value")}, {1000, words("SET key " + strings.Repeat("v", 5000))}}
	b := make([]byte, 0, 1<<16)
	second := int64(0)
	if n := testing.AllocsPerRun(100, func() {
		second++
		b = f.Append(f.Mark(b[:0], second), true, records...)
	}); n != 0 {
		t.Error(n)
	}
}

func BenchmarkFramer(b *testing.B) {
	var f Framer
	records := []Record{{0, words("SET key:000000012345 value-of-some-32-bytes-xxxxxxxxxx")}}
	dst := make([]byte, 0, 1<<16)
	b.ReportAllocs()
	for b.Loop() {
		dst = f.Append(f.Mark(dst[:0], 1), true, records...)
	}
}
