package image

import (
	"fmt"
	"runtime"
	"testing"

	"sigrun/protocol/slot"
	"sigrun/storage/db"
	"sigrun/storage/rdb"
)

// A value that leaves its shard is copied, and what it was goes in slices, as a deleted value does: its portrait is given that piece by
// piece, and is what it was.
func TestPortraitOfWhatLeavesItsShard(t *testing.T) {
	for _, builder := range []string{"hash", "set", "zset", "list", "stream"} {
		t.Run(builder, func(t *testing.T) {
			w := newWorkshopOf(t, 2)
			names := [2]string{}
			for i := 0; names[0] == "" || names[1] == ""; i++ {
				name := fmt.Sprint("sitter", i)
				names[w.space.Slots().Owner(slot.Of([]byte(name)))] = name
			}
			builders[builder](w, names[0], 20_000)
			before := w.digest(w.find(names[0]))
			s := &sitter{w: w, name: names[0]}
			kept := 0
			w.w.Reset(rdb.Form{Version: rdb.Version})
			p := w.w.Portray(w.part, w.find(s.name), func(n int) { kept += n })
			p.Ready()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			from := threadCPU()
			to, other := w.space.Hasher().Key([]byte(names[1])), w.space.Database(0).Part(1)
			k := w.space.Hasher().Key([]byte(s.name))
			moved := other.MoveFrom(w.part, &k, w.find(s.name), &to, 0)
			t.Logf("%v to copy it, and %d bytes put aside", threadCPU()-from, kept)
			if kept > 128<<10 || !w.space.Garbage(0) {
				t.Errorf("%d bytes were put aside at once", kept)
			}
			var all []rdb.Draft
			for left := true; left; {
				at := kept
				w.space.Step(0, 1)
				if kept-at > 128<<10 {
					t.Errorf("a slice put %d bytes aside", kept-at)
				}
				left = p.Step()
				all = append(all, p.Take())
			}
			for _, e := range []db.Entry{moved, s.readBack(all, p)} {
				if after := w.digest(e); after.all != before.all || after.n != before.n {
					t.Errorf("a value of %d became one of %d that differs", before.n, after.n)
				}
			}
			other.Delete(&to, moved)
			for i := range 2 {
				for w.space.Step(i, 1<<20) {
				}
				if w.space.Arena(i).Watching() {
					t.Error("something is still watched")
				}
			}
			if kept != 0 {
				t.Errorf("%d bytes still lie aside", kept)
			}
		})
	}
}

// readBack is what the record of a portrait holds.
func (s *sitter) readBack(d []rdb.Draft, t *Portrait) db.Entry {
	_, e := s.read(d, t, false)
	return e
}
