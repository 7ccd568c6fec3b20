package rdb

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"testing"
)

// What was written in a hurry becomes, byte for byte, what would have been written without.
func TestDraft(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		for _, form := range []Form{{Version: Version, Compress: true, Checksum: true}, {Version: Version}} {
			var plain, adopted, given bytes.Buffer
			w, to, d := NewWriter(&plain, form), NewWriter(&adopted, form), NewDrafter(form)
			gives, takes, before := handing(NewWriter(&given, form), r.IntN(300_000))
			last := Draft{}
			for range 200 {
				var v []byte
				switch r.IntN(5) {
				case 0:
					v = strconv.AppendInt(nil, r.Int64N(1<<40), 10)
				case 1:
					v = bytes.Repeat([]byte("abc"), r.IntN(100))
				case 2:
					v = bytes.Repeat([]byte{byte(r.IntN(256))}, r.IntN(r.IntN(200_000)+1))
				case 3:
					for range r.IntN(500) {
						v = append(v, byte(r.IntN(256)))
					}
				}
				n := r.Uint64() >> (r.IntN(64))
				for _, to := range []*Writer{w, d, gives} {
					to.Key(TypeHash, v)
					to.Length(n)
					to.Double(1)
				}
				if r.IntN(10) == 0 {
					d.Reuse(last) // its bytes are in the file
					last = d.Take()
					to.Adopt(last)
				}
			}
			rest := d.Take()
			to.Adopt(rest)
			takes.Adopt(gives.Take())
			if takes.End() != nil {
				t.Fatal(takes.Err())
			}
			if w.End() != nil || to.End() != nil || d.Err() != nil {
				t.Fatal(w.Err(), to.Err(), d.Err())
			}
			if !bytes.Equal(plain.Bytes(), adopted.Bytes()) {
				t.Fatalf("seed %d: %d bytes became %d others", seed, plain.Len(), adopted.Len())
			}
			if *before == 0 || !bytes.Equal(plain.Bytes(), given.Bytes()) {
				t.Fatalf("seed %d: %d bytes became %d others in %d drafts", seed, plain.Len(), given.Len(), *before)
			}
		}
	}
}

// handing is a Writer of drafts that gives them to another one, and how often it did.
func handing(to *Writer, most int) (gives, takes *Writer, times *int) {
	gives, times = NewDrafter(to.Form()), new(int)
	gives.Hands(most, func(d Draft) {
		*times++
		to.Adopt(d)
		if *times%3 != 0 {
			gives.Reuse(d)
		}
	}, func(v []byte) {
		if len(v) <= most {
			panic("a short string was given past the drafts")
		}
		to.String(v)
	})
	return gives, to, times
}

// TestLongStringsStayAsTheyAre: the same string is written the same by all ways, and not compressed where it is longer than is worth it.
func TestLongStringsStayAsTheyAre(t *testing.T) {
	for _, n := range []int{CompressMost, CompressMost + 1} {
		v := bytes.Repeat([]byte("word"), n/4+1)[:n]
		w, later := NewWriter(nil, Form{Version: Version, Compress: true}), NewDrafter(Form{Version: Version, Compress: true})
		w.String(v)
		later.String(v)
		if short := len(w.Bytes()) < n/2; short != (n <= CompressMost) {
			t.Errorf("%d bytes are written as %d", n, len(w.Bytes()))
		}
		d := later.Take()
		again := NewWriter(nil, Form{Version: Version, Compress: true})
		again.Adopt(d)
		if !bytes.Equal(again.Bytes(), w.Bytes()) {
			t.Errorf("%d bytes are written in %d, and as a draft in %d", n, len(w.Bytes()), len(again.Bytes()))
		}
	}
}
