package image

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"testing"

	"sigrun/internal/offheap"
	"sigrun/internal/testkit"
	"sigrun/storage/db"
	"sigrun/storage/hash"
	"sigrun/storage/quicklist"
	"sigrun/storage/rdb"
	"sigrun/storage/set"
	"sigrun/storage/zset"
)

// limits under which values are small as long as that is usual, and under which none is.
var (
	usual = Limits{List: quicklist.LimitOf(-2), Set: set.Limit{Ints: 512, Pack: 128, Value: 64},
		ZSet: zset.Limits{Entries: 128, Value: 64}, Hash: hash.Limit{Pack: 512, Value: 64}}
	none = Limits{List: quicklist.LimitOf(1)}
)

// workshop is one shard of a keyspace with what reads and writes values.
type workshop struct {
	t     testing.TB
	space *db.Space
	part  *db.Part
	r     rdb.Reader
	w     Writer
	b     Builder
}

func newWorkshop(t testing.TB) *workshop { return newWorkshopOf(t, 1) }

// newWorkshopOf is one of several shards.
func newWorkshopOf(t testing.TB, shards int) *workshop {
	region, err := offheap.NewRegion(4 << 30)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { region.Close() })
	s := db.NewSpace(db.Config{Region: region, Databases: 1, Shards: shards, Values: Types()})
	return &workshop{t: t, space: s, part: s.Database(0).Part(0), w: Writer{Writer: rdb.NewWriter(nil, rdb.Form{Version: rdb.Version, Compress: true})}}
}

// held is the memory of all that lives. Nothing is garbage any more.
func (w *workshop) held() int64 {
	for w.space.Step(0, 1<<20) {
	}
	return w.space.Arena(0).Used()
}

// restore makes a value of a payload and puts it under a key, 0 when the payload is corrupt. It checks what the value says of its
// memory, and that nothing is left of one that did not become whole.
func (w *workshop) restore(name string, payload []byte, l Limits) db.Entry {
	k := w.space.Hasher().Key([]byte(name))
	before := w.held()
	w.b.Limits = l
	w.b.Start(w.part, &k, 0)
	if w.r.Restore(payload, &w.b) != nil {
		w.b.Drop()
		if after := w.held(); after != before {
			w.t.Fatalf("%d bytes are left of a value that did not become whole", after-before)
		}
		return 0
	}
	e := w.b.e
	says := int64(e.Bytes())
	if e.Type() != db.String {
		says += w.space.Ops(e).Bytes(e.Value())
	}
	if grown := w.space.Arena(0).Used() - before; grown != says {
		w.t.Fatalf("%v: %d bytes more are held, but the value says %d", e.Type(), grown, says)
	}
	return w.b.Finish(w.part.Find(&k))
}

func (w *workshop) remove(names ...string) {
	for _, name := range names {
		k := w.space.Hasher().Key([]byte(name))
		if e := w.part.Find(&k); e != 0 {
			w.part.Delete(&k, e)
		}
	}
}

// digest sums up what a value holds (value.Digest).
type digest struct {
	one []byte
	all uint64
	n   int
}

func (d *digest) Bytes(b []byte) {
	d.one = append(binary.AppendUvarint(d.one, uint64(len(b))), b...)
}
func (d *digest) Number(n int64) { d.one = binary.AppendVarint(d.one, n) }
func (d *digest) Element() {
	h := fnv.New64a()
	h.Write(d.one)
	d.all += h.Sum64()
	d.one = d.one[:0]
	d.n++
}

func (w *workshop) digest(e db.Entry) digest {
	var d digest
	if e.Type() == db.String {
		d.Bytes(e.String(new([20]byte)))
	} else {
		w.space.Ops(e).Digest(e.Value(), &d)
	}
	d.Element()
	return d
}

func (w *workshop) same(a, b db.Entry, what string) {
	if x, y := w.digest(a), w.digest(b); a.Type() != b.Type() || x.all != y.all || x.n != y.n {
		w.t.Fatalf("%s: a %v of %d became a %v of %d that differs", what, a.Type(), x.n, b.Type(), y.n)
	}
}

// check restores a payload. If it is one, the value must survive being written and read again in its large forms and back, and
// must not be much more than the payload was; in any case nothing may be left of it in the end.
func (w *workshop) check(body []byte) (ok bool) {
	defer w.remove("first", "second", "third")
	before := w.held()
	e := w.restore("first", append(body[:len(body):len(body)], make([]byte, 10)...), usual)
	if e == 0 {
		return false
	}
	if took := w.held() - before; took > int64(100*len(body)+4096) {
		w.t.Fatalf("%d bytes became %d", len(body), took)
	}
	large := w.restore("second", bytes.Clone(w.w.Dump(e)), none)
	if large == 0 {
		w.t.Fatalf("a %v that was written is not read again", e.Type())
	}
	w.same(e, large, "in the large form")
	again := w.restore("third", bytes.Clone(w.w.Dump(large)), usual)
	if again == 0 {
		w.t.Fatalf("a large %v that was written is not read again", e.Type())
	}
	w.same(e, again, "back from the large form")
	w.compact("first", "second", "third")
	return true
}

// FuzzBuild has any bytes read as values. Those that it begins with have all types and forms, those of old files too.
func FuzzBuild(f *testing.F) {
	w := newWorkshop(f)
	for _, name := range []string{"first", "second", "third"} { // their slots get their tables
		k := w.space.Hasher().Key([]byte(name))
		w.b.Start(w.part, &k, 0)
		w.b.Text([]byte("x"))
		w.b.Finish(0)
	}
	w.remove("first", "second", "third")
	empty := w.held()
	for _, body := range testkit.Corpus(f, "../rdb/testdata/payloads.hex") {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) == 0 {
			return
		}
		w.t = t
		w.check(body)
		if left := w.held() - empty; left > 0 {
			t.Fatalf("%d bytes are left", left)
		}
	})
}
