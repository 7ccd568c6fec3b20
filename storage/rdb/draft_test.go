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
			var plain, adopted bytes.Buffer
			w, to, d := NewWriter(&plain, form), NewWriter(&adopted, form), NewDrafter(form)
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
				for _, to := range []*Writer{w, d} {
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
			if w.End() != nil || to.End() != nil || d.Err() != nil {
				t.Fatal(w.Err(), to.Err(), d.Err())
			}
			if !bytes.Equal(plain.Bytes(), adopted.Bytes()) {
				t.Fatalf("seed %d: %d bytes became %d others", seed, plain.Len(), adopted.Len())
			}
		}
	}
}
