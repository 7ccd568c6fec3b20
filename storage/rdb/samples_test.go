package rdb

import (
	"math"
	"strings"
)

// sample is a payload and what it holds.
type sample struct {
	name    string
	payload []byte
	text    string
}

// samples has at least one of every type.
func samples() (all []sample) {
	form := Form{Version: Version, Compress: true}
	long := strings.Repeat("compressible ", 30)
	add := func(name string, t Type, write func(w *Writer), build func(b Builder)) {
		want := &model{}
		build(want)
		all = append(all, sample{name, payload(form, t, write), want.text()})
	}
	one := func(s string) func(w *Writer) { return func(w *Writer) { w.String([]byte(s)) } }
	strs := func(count int, s ...string) func(w *Writer) {
		return func(w *Writer) {
			w.Length(uint64(count))
			for _, v := range s {
				w.String([]byte(v))
			}
		}
	}
	text := func(s string) func(b Builder) { return func(b Builder) { b.Begin(String, 1); b.Text([]byte(s)) } }
	for _, s := range []string{"", "a", "7", "-129", "40000", "2147483648", "-2147483648", "007", "-0", long, strings.Repeat("x", 20000)} {
		add("string", TypeString, one(s), text(s))
	}
	elements := []string{"a", "1", "-1000", "", long, "123456789012", "70000", "9000000", strings.Repeat("y", 300), "100", "12"}
	list := func(b Builder) {
		b.Begin(List, 0)
		for _, e := range elements {
			b.Element([]byte(e))
		}
	}
	set := func(b Builder) {
		b.Begin(Set, 0)
		for _, e := range elements {
			b.Member([]byte(e))
		}
	}
	pairs := append(elements[:10:10], "200", "x")
	hash := func(b Builder) {
		b.Begin(Hash, 0)
		for i := 0; i < len(pairs); i += 2 {
			b.Field([]byte(pairs[i]), []byte(pairs[i+1]), 0)
		}
	}
	scores := []float64{1.5, math.Inf(1), math.Inf(-1), 0, -1e300}
	scored := []string{"a", "1.5", "1", "inf", long, "-inf", "-70000", "0", "", "-1e+300"}
	zset := func(b Builder) {
		b.Begin(ZSet, 0)
		for i, s := range scores {
			b.Scored([]byte(scored[2*i]), s)
		}
	}
	add("list", TypeList, strs(len(elements), elements...), list)
	add("list ziplist", TypeListZiplist, one(string(makeZiplist(elements...))), list)
	add("quicklist", TypeListQuicklist, strs(3, string(makeZiplist(elements[:4]...)), string(makeZiplist()), string(makeZiplist(elements[4:]...))), list)
	add("quicklist 2", TypeListQuicklist2, func(w *Writer) {
		w.Length(3)
		w.Packed()
		w.String(makeListpack(elements[:4]...))
		w.Plain()
		w.String([]byte(elements[4]))
		w.Packed()
		w.String(makeListpack(elements[5:]...))
	}, list)
	add("set", TypeSet, strs(len(elements), elements...), set)
	add("set listpack", TypeSetListpack, one(string(makeListpack(elements...))), set)
	for width, limit := range []int64{2: math.MaxInt16, 4: math.MaxInt32, 8: math.MaxInt64} {
		if limit == 0 {
			continue
		}
		add("intset", TypeSetIntset, one(string(makeIntset(width, -limit-1, -3, 0, 7, limit))), func(b Builder) {
			b.Begin(Set, 0)
			for _, n := range []int64{-limit - 1, -3, 0, 7, limit} {
				b.Member(fmtInt(n))
			}
		})
	}
	add("hash", TypeHash, strs(len(pairs)/2, pairs...), hash)
	add("hash zipmap", TypeHashZipmap, one(string(makeZipmap(pairs...))), hash)
	add("hash ziplist", TypeHashZiplist, one(string(makeZiplist(pairs...))), hash)
	add("hash listpack", TypeHashListpack, one(string(makeListpack(pairs...))), hash)
	add("hash with times", TypeHash2, func(w *Writer) {
		w.Length(2)
		w.String([]byte("a"))
		w.String([]byte("b"))
		w.Uint64(math.MaxUint64)
		w.String([]byte("c"))
		w.String([]byte(long))
		w.Uint64(1700000000123)
	}, func(b Builder) {
		b.Begin(Hash, 2)
		b.Field([]byte("a"), []byte("b"), 0)
		b.Field([]byte("c"), []byte(long), 1700000000123)
	})
	add("zset", TypeZSet, func(w *Writer) {
		w.Length(uint64(len(scores)))
		for i, text := range []string{"\x031.5", "\xfe", "\xff", "\x010", "\x06-1e300"} {
			w.String([]byte(scored[2*i]))
			w.buf = append(w.buf, text...)
		}
	}, zset)
	add("zset 2", TypeZSet2, func(w *Writer) {
		w.Length(uint64(len(scores)))
		for i, s := range scores {
			w.String([]byte(scored[2*i]))
			w.Double(s)
		}
	}, zset)
	add("zset ziplist", TypeZSetZiplist, one(string(makeZiplist(scored...))), zset)
	add("zset listpack", TypeZSetListpack, one(string(makeListpack(scored...))), zset)
	for _, t := range []Type{TypeStreamListpacks, TypeStream2, TypeStream3} {
		add("stream", t, func(w *Writer) { writeStream(w, t) }, func(b Builder) { buildStream(b, t) })
	}
	return all
}

func fmtInt(n int64) []byte { return NewBytesReader(nil).format(n, roomValue) }

var (
	nodeBase  = StreamID{1000, 5}
	node2Base = StreamID{2000, 0}
	node1     = makeNode([3]int64{0, 0, -1}, [3]int64{0, 1, 2}, [3]int64{7, -5, 3})
	node2     = makeNode([3]int64{0, 0, 4}, [3]int64{1, 0, -5})
	streamEnd = StreamID{3000, 0}
)

func writeStream(w *Writer, t Type) {
	w.Length(2)
	w.NodeKey(nodeBase)
	w.String(node1)
	w.NodeKey(node2Base)
	w.String(node2)
	w.Length(3)
	w.LongID(streamEnd)
	if t >= TypeStream2 {
		w.LongID(StreamID{1000, 6})
		w.LongID(StreamID{2001, 0})
		w.Length(9)
	}
	w.Length(2)
	for _, name := range []string{"g1", "g2"} {
		w.String([]byte(name))
		w.LongID(streamEnd)
		if t >= TypeStream2 {
			w.Length(math.MaxUint64)
		}
		w.Length(2)
		for i := range uint64(2) {
			w.ID(StreamID{1000, 6 + i})
			w.Uint64(1234567)
			w.Length(3)
		}
		w.Length(3)
		for i, name := range []string{"Alice", "Bob", "Eve"} {
			w.String([]byte(name))
			w.Uint64(111)
			if t >= TypeStream3 {
				w.Uint64(math.MaxUint64)
			}
			if i == 2 {
				w.Length(0)
				continue
			}
			w.Length(1)
			w.ID(StreamID{1000, 6 + uint64(i)})
		}
	}
}

func buildStream(b Builder, t Type) {
	b.Begin(Stream, 0)
	b.Node(nodeBase, node1)
	b.Node(node2Base, node2)
	m := StreamMeta{Length: 3, Last: streamEnd, First: StreamID{1000, 6}, Added: 3}
	read, active := int64(3), int64(111)
	if t >= TypeStream2 {
		m.MaxDeleted, m.Added, read = StreamID{2001, 0}, 9, -1
	}
	if t >= TypeStream3 {
		active = -1
	}
	b.Meta(&m)
	for _, name := range []string{"g1", "g2"} {
		b.Group([]byte(name), streamEnd, read)
		for i := range uint64(2) {
			b.Pending(StreamID{1000, 6 + i}, 1234567, 3)
		}
		for i, name := range []string{"Alice", "Bob", "Eve"} {
			b.Consumer([]byte(name), 111, active)
			if i < 2 {
				b.Owned(StreamID{1000, 6 + uint64(i)})
			}
		}
		b.GroupEnd()
	}
}
