package stream

import (
	"slices"
	"strconv"
	"testing"

	"sigrun/storage/listpack"
)

// elements makes a listpack of small numbers, and of letters for bytes from 128 on: most
// of what a fuzzer comes to would be no listpack at all.
func elements(b []byte) []byte {
	lp := listpack.New(nil)
	for _, c := range b {
		if c < 128 {
			lp = listpack.Append(lp, strconv.AppendInt(nil, int64(c), 10))
		} else {
			lp = listpack.Append(lp, []byte{c&63 + 'A'})
		}
	}
	return lp
}

// FuzzNode: nodes of any bytes are walked over, changed and copied without harm.
func FuzzNode(f *testing.F) {
	w := newWorld(f, Limit{4096, 100})
	for i := range uint64(20) {
		w.add(ID{1, i + 1}, []string{"a", "b"}[i/10], strconv.Itoa(int(i)))
	}
	w.s.Packs(func(_ ID, lp []byte) bool {
		f.Add(slices.Clone(lp), false)
		return true
	})
	f.Add([]byte{2, 1, 1, 200, 0, 2, 0, 0, 7, 4, 3, 0, 1, 9, 4, 0, 1, 0, 1, 201, 8, 6}, true)
	f.Add([]byte{1, 0, 2, 200, 201, 0, 2, 0, 0, 7, 7, 5}, true)
	f.Add([]byte{0, 1, 0, 0, 1, 0, 0, 1, 200, 7, 6}, true)
	f.Fuzz(func(t *testing.T, lp []byte, asElements bool) {
		if asElements {
			lp = elements(lp)
		}
		if !valid(lp) {
			return
		}
		w := newWorld(t, Limit{4096, 100})
		w.s.AddPack(w.h, ID{5, 5}, lp)
		live, _ := number(lp, liveAt)
		w.s.Restore(Facts{Len: uint64(live), Added: uint64(live), First: w.s.bottom(), Last: MaxID})
		var ids []ID
		for it := w.s.Range(ID{}, MaxID); it.Next(); {
			ids = append(ids, it.ID)
			for range it.Fields {
				it.Field()
			}
		}
		for it := w.s.Back(ID{}, MaxID); it.Next() && it.Fields > 0; {
			it.Field()
		}
		for i, id := range ids {
			if i%2 == 0 {
				w.s.Delete(w.h, id)
			}
		}
		w.s.Trim(w.h, &Trim{MaxLen: 1})
		w.s.Append(w.h, w.lim, MaxID, [][]byte{[]byte("a"), []byte("b")})
		for w.s.FreeStep(w.h, 1) {
		}
	})
}

// TestLongNumbers deletes entries of a node whose numbers are written longer than need be.
func TestLongNumbers(t *testing.T) {
	short := elements([]byte{3, 0, 1, 200, 0, 2, 0, 1, 7, 4, 2, 0, 2, 8, 4, 2, 0, 3, 9, 4})
	var lp []byte
	for at := listpack.HeaderSize; short[at] != listpack.End; at += listpack.Next(short[at:]) {
		if c := short[at]; c < 128 {
			lp = append(lp, 0xF1, c, 0, 3)
		} else {
			lp = append(lp, short[at:at+listpack.Next(short[at:])]...)
		}
	}
	lp = append(append(make([]byte, listpack.HeaderSize), lp...), listpack.End)
	listpack.PutHeader(lp, len(lp), listpack.Count(short))
	if !valid(lp) {
		t.Fatal("no node")
	}
	for what, change := range map[string]func(w *world){
		"delete": func(w *world) { w.remove(ID{5, 2}); w.remove(ID{5, 1}) },
		"trim":   func(w *world) { w.trim(Trim{MaxLen: 1}, 2) },
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t, Limit{4096, 100})
			w.s.AddPack(w.h, ID{5, 0}, lp)
			for i := range uint64(3) {
				w.entries = append(w.entries, entry{ID{5, i + 1}, [][]byte{{'I'}, {byte(i) + '7'}}})
			}
			w.added, w.last = 3, ID{5, 3}
			w.s.Restore(Facts{Len: 3, Added: 3, First: ID{5, 1}, Last: ID{5, 3}})
			w.check()
			change(w)
			w.check()
			w.add(ID{5, 9}, "I", "x")
			w.check()
		})
	}
}
