package rdb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"sigrun/internal/testkit"
)

func restore(payload []byte) (*model, error) {
	m := &model{}
	if err := Check(payload, Options{}); err != nil {
		return m, err
	}
	return m, new(Reader).Restore(payload, m)
}

func TestSamples(t *testing.T) {
	for _, s := range samples() {
		m, err := restore(s.payload)
		if err != nil || m.text() != s.text {
			t.Errorf("%s: %v\n%.2000s\nwant\n%.2000s", s.name, err, m.text(), s.text)
		}
	}
}

// file writes all samples as the keys of a file.
func file(form Form) []byte { return fileOf(form, samples()) }

func fileOf(form Form, all []sample) []byte {
	var out bytes.Buffer
	w := NewWriter(&out, form)
	w.Header()
	w.Aux("valkey-ver", "9.1.0")
	w.SelectDB(3)
	w.Sizes(100, 1)
	for i, s := range all {
		if i%3 == 0 {
			w.Expire(int64(1700000000000 + i))
		}
		w.Idle(int64(i))
		w.Freq(byte(i))
		w.Key(Type(s.payload[0]), fmt.Appendf(nil, "key:%d", i))
		w.raw(s.payload[1 : len(s.payload)-footer])
	}
	w.Function([]byte("#!lua name=x"))
	if w.End() != nil || int64(out.Len()) != w.Written() {
		panic("wrote something else")
	}
	return out.Bytes()
}

// scan reads a file to its end.
func scan(r *Reader, o Options) (got []string, d *Decoder, err error) {
	d, err = NewDecoder(r, o)
	var it Item
	for err == nil {
		if err = d.Next(&it); err != nil || it.Kind == End {
			return got, d, err
		}
		if it.Kind != Key {
			got = append(got, fmt.Sprintf("%d %s %s %d %d %d", it.Kind, it.Name, it.Text, it.Number, it.Keys, it.Volatile))
			continue
		}
		m := &model{}
		name := string(it.Name)
		err = d.Value(&it, m)
		if string(it.Name) != name {
			return got, d, fmt.Errorf("the name of %s became %s", name, it.Name)
		}
		if errors.Is(err, ErrEmpty) {
			err = nil
			got = append(got, "empty")
			continue
		}
		got = append(got, fmt.Sprintf("%s %v %v %d %d %d\n%s", name, it.Type, it.Expires, it.ExpireAt, it.Idle, it.Freq, m.text()))
	}
	return got, d, err
}

func TestFile(t *testing.T) {
	b := file(Form{Version: Version, Compress: true, Checksum: true})
	want, d, err := scan(NewBytesReader(b), Options{})
	if err != nil || d.Unchecked || len(want) != len(samples())+4 {
		t.Fatalf("%v %d", err, len(want))
	}
	for i, s := range samples() {
		said := fmt.Sprintf("key:%d %v %v %d %d %d\n%s", i, Type(s.payload[0]), i%3 == 0, (1700000000000+i)*b2i(i%3 == 0), i, i, s.text)
		if want[i+3] != said {
			t.Errorf("%.300s\nwant\n%.300s", want[i+3], said)
		}
	}
	for name, r := range map[string]*Reader{
		"of known size":      NewReader(bytes.NewReader(b), int64(len(b))),
		"of unknown size":    NewReader(bytes.NewReader(b), -1),
		"a byte at a time":   NewReader(iotest.OneByteReader(bytes.NewReader(b)), int64(len(b))),
		"with data at error": NewReader(iotest.DataErrReader(bytes.NewReader(b)), -1),
	} {
		have, _, err := scan(r, Options{})
		if err != nil || strings.Join(have, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: %v, %d records", name, err, len(have))
		}
		if r.Pos() != int64(len(b)) {
			t.Errorf("%s: read %d of %d", name, r.Pos(), len(b))
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestChecksum(t *testing.T) {
	b := file(Form{Version: Version, Checksum: true})
	b[len(b)-1]++
	_, d, err := scan(NewBytesReader(b), Options{})
	if !errors.Is(err, ErrChecksum) || d.Found == d.Expected {
		t.Error(err)
	}
	if _, _, err := scan(NewBytesReader(b), Options{SkipChecksum: true}); err != nil {
		t.Error(err)
	}
	if _, d, err := scan(NewBytesReader(file(Form{Version: Version})), Options{}); err != nil || !d.Unchecked {
		t.Error(err)
	}
}

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		magic           string
		strict, relaxed bool
	}{
		{"REDIS0006", true, true}, {"REDIS0011", true, true}, {"REDIS0012", false, true}, {"REDIS0079", false, true},
		{"REDIS0080", false, false}, {"VALKEY080", true, true}, {"VALKEY081", false, true}, {"VALKEY011", false, false},
		{"VALKEY079", false, false}, {"REDIS0000", false, false}, {"REDIS00x1", false, false}, {"RADIS0011", false, false},
	} {
		for _, relaxed := range []bool{false, true} {
			_, err := NewDecoder(NewBytesReader([]byte(c.magic)), Options{Relaxed: relaxed})
			if want := map[bool]bool{false: c.strict, true: c.relaxed}[relaxed]; (err == nil) != want {
				t.Errorf("%s, relaxed %v: %v", c.magic, relaxed, err)
			}
		}
	}
	foreign := append([]byte("REDIS0011"), byte(TypeHash2))
	if _, _, err := scan(NewBytesReader(foreign), Options{}); !errors.Is(err, ErrVersion) {
		t.Error("a type of somebody else:", err)
	}
}

// TestTruncated cuts a file and every sample at every place.
func TestTruncated(t *testing.T) {
	b := file(Form{Version: Version, Compress: true, Checksum: true})
	for n := range b {
		if n%397 != 0 && n > 700 {
			continue
		}
		for _, size := range []int64{-1, int64(n), int64(len(b))} {
			if _, _, err := scan(NewReader(bytes.NewReader(b[:n]), size), Options{}); !errors.Is(err, ErrShort) {
				t.Fatalf("%d of %d bytes, said to be %d: %v", n, len(b), size, err)
			}
		}
	}
	for _, s := range samples() {
		value := s.payload[1 : len(s.payload)-footer]
		for n := range value {
			if err := NewBytesReader(value[:n]).value(Type(s.payload[0]), &model{}); err == nil {
				t.Fatalf("%s: %d of %d bytes are enough", s.name, n, len(value))
			}
		}
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken disk")
	r := NewReader(io.MultiReader(bytes.NewReader([]byte("VALKEY080\xFA")), iotest.ErrReader(broken)), 1000)
	if _, _, err := scan(r, Options{}); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestRefused is what a decoder must not let pass.
func TestRefused(t *testing.T) {
	one := func(b []byte) func(w *Writer) { return func(w *Writer) { w.String(b) } }
	zip := func(change func(b []byte) []byte, elements ...string) func(w *Writer) {
		return one(change(makeZiplist(elements...)))
	}
	stream := func(change func(w *Writer)) func(w *Writer) {
		return func(w *Writer) {
			w.Length(1)
			w.NodeKey(nodeBase)
			change(w)
		}
	}
	for _, c := range []struct {
		name  string
		t     Type
		class error
		write func(w *Writer)
	}{
		{"empty list", TypeList, ErrEmpty, func(w *Writer) { w.Length(0) }},
		{"empty quicklist", TypeListQuicklist2, ErrEmpty, func(w *Writer) { w.Length(1); w.Packed(); w.String(makeListpack()) }},
		{"empty hash listpack", TypeHashListpack, ErrEmpty, one(makeListpack())},
		{"empty intset", TypeSetIntset, ErrCorrupt, one(makeIntset(2))},
		{"huge set", TypeSet, ErrShort, func(w *Writer) { w.Length(math.MaxUint64); w.String([]byte("a")) }},
		{"huge string", TypeString, ErrShort, func(w *Writer) { w.Length(1 << 40) }},
		{"huge LZF", TypeString, ErrCorrupt, func(w *Writer) {
			w.buf = append(w.buf, 0xC3)
			w.Length(2)
			w.Length(1 << 40)
			w.buf = append(w.buf, 0, 'a')
		}},
		{"bad LZF", TypeString, ErrCorrupt, func(w *Writer) {
			w.buf = append(w.buf, 0xC3)
			w.Length(2)
			w.Length(3)
			w.buf = append(w.buf, 0, 'a')
		}},
		{"odd hash listpack", TypeHashListpack, ErrCorrupt, one(makeListpack("a", "b", "c"))},
		{"duplicate in set", TypeSet, ErrCorrupt, func(w *Writer) { w.Length(2); w.String([]byte("a")); w.String([]byte("a")) }},
		{"duplicate in set listpack", TypeSetListpack, ErrCorrupt, one(makeListpack("a", "a"))},
		{"duplicate in hash", TypeHashListpack, ErrCorrupt, one(makeListpack("a", "1", "a", "2"))},
		{"duplicate in zset", TypeZSetListpack, ErrCorrupt, one(makeListpack("a", "1", "a", "2"))},
		{"score that is no number", TypeZSetListpack, ErrCorrupt, one(makeListpack("a", "nan"))},
		{"score that is none", TypeZSetZiplist, ErrCorrupt, one(makeZiplist("a", "b"))},
		{"binary score that is no number", TypeZSet2, ErrCorrupt, func(w *Writer) { w.Length(1); w.String([]byte("a")); w.Double(math.NaN()) }},
		{"unordered intset", TypeSetIntset, ErrCorrupt, one(makeIntset(2, 2, 1))},
		{"repeated in intset", TypeSetIntset, ErrCorrupt, one(makeIntset(2, 1, 1))},
		{"intset too long", TypeSetIntset, ErrCorrupt, one(append(makeIntset(2, 1), 0))},
		{"intset of no width", TypeSetIntset, ErrCorrupt, one(makeIntset(3, 1))},
		{"ziplist of wrong length", TypeListZiplist, ErrCorrupt, zip(func(b []byte) []byte { b[0]++; return b }, "a")},
		{"ziplist of wrong tail", TypeListZiplist, ErrCorrupt, zip(func(b []byte) []byte { b[4]--; return b }, "a", "b")},
		{"ziplist of wrong count", TypeListZiplist, ErrCorrupt, zip(func(b []byte) []byte { b[8]++; return b }, "a")},
		{"ziplist of wrong way back", TypeListZiplist, ErrCorrupt, zip(func(b []byte) []byte { b[13]++; return b }, "a", "b")},
		{"zipmap of wrong count", TypeHashZipmap, ErrCorrupt, one([]byte("\x02\x01a\x01\x00b\xff"))},
		{"zipmap of nothing", TypeHashZipmap, ErrCorrupt, one([]byte("\x00\xff"))},
		{"plain node of nothing", TypeListQuicklist2, ErrCorrupt, func(w *Writer) { w.Length(1); w.Plain(); w.String(nil) }},
		{"zipmap with a rest", TypeHashZipmap, ErrCorrupt, one([]byte("\x01\x01a\x01\x00b\xff\xff"))},
		{"zipmap with too much free", TypeHashZipmap, ErrCorrupt, one([]byte("\x01\x01a\x01\x09b\xff"))},
		{"field that expired before 1970", TypeHash2, ErrCorrupt, func(w *Writer) {
			w.Length(1)
			w.String([]byte("a"))
			w.String([]byte("b"))
			w.Uint64(1 << 63)
		}},
		{"no such node", TypeListQuicklist2, ErrCorrupt, func(w *Writer) { w.Length(1); w.Length(3); w.String([]byte("a")) }},
		{"module", TypeModule2, ErrModule, func(w *Writer) { w.Length(1 << 40) }},
		{"no type", Type(8), ErrVersion, func(*Writer) {}},
		{"encoded length", TypeList, ErrCorrupt, func(w *Writer) { w.String([]byte("1")) }},
		{"stream node of wrong count", TypeStream3, ErrCorrupt, stream(one(makeListpack("2", "0", "0", "0", "2", "0", "0", "3")))},
		{"stream node without entries", TypeStream3, ErrCorrupt, stream(one(makeListpack("0", "0", "0", "0")))},
		{"stream node of wrong way back", TypeStream3, ErrCorrupt, stream(one(makeListpack("1", "0", "0", "0", "2", "0", "0", "4")))},
		{"stream node with too many fields", TypeStream3, ErrCorrupt, stream(one(makeListpack("1", "0", "9", "0", "2", "0", "0", "3")))},
		{"stream node of texts", TypeStream3, ErrCorrupt, stream(one(makeListpack("1", "0", "0", "0", "x", "0", "0", "3")))},
		{"stream ids that descend", TypeStream3, ErrCorrupt, stream(one(makeNode([3]int64{5, 0, 1}, [3]int64{4, 0, 1})))},
		{"stream of another length", TypeStream2, ErrCorrupt, stream(func(w *Writer) {
			w.String(node1)
			w.Length(3)
			w.LongID(streamEnd)
			w.LongID(streamEnd)
			w.LongID(streamEnd)
			w.Length(3)
			w.Length(0)
		})},
	} {
		_, err := restore(payload(Form{Version: Version}, c.t, c.write))
		if !errors.Is(err, c.class) {
			t.Errorf("%s: %v, want %v", c.name, err, c.class)
		}
	}
}

func TestStreamGroupsRefused(t *testing.T) {
	for name, change := range map[string]func(w *Writer){
		"owned by two": func(w *Writer) {
			w.Length(1)
			w.ID(nodeBase)
			w.Uint64(1)
			w.Length(1)
			w.Length(2)
			for _, c := range []string{"a", "b"} {
				w.String([]byte(c))
				w.Uint64(1)
				w.Uint64(1)
				w.Length(1)
				w.ID(nodeBase)
			}
		},
		"owned by nobody": func(w *Writer) { w.Length(1); w.ID(nodeBase); w.Uint64(1); w.Length(1); w.Length(0) },
		"not pending": func(w *Writer) {
			w.Length(0)
			w.Length(1)
			w.String([]byte("a"))
			w.Uint64(1)
			w.Uint64(1)
			w.Length(1)
			w.ID(nodeBase)
		},
		"same consumer": func(w *Writer) {
			w.Length(0)
			w.Length(2)
			for range 2 {
				w.String([]byte("a"))
				w.Uint64(1)
				w.Uint64(1)
				w.Length(0)
			}
		},
	} {
		p := payload(Form{Version: Version}, TypeStream3, func(w *Writer) {
			w.Length(0)
			w.Length(0)
			for range 3 {
				w.LongID(StreamID{9, 9})
			}
			w.Length(5)
			w.Length(1)
			w.String([]byte("group"))
			w.LongID(StreamID{})
			w.Length(0)
			change(w)
		})
		if _, err := restore(p); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDumpFooter(t *testing.T) {
	good := samples()[1].payload
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x40
		if Check(bad, Options{}) == nil {
			t.Errorf("byte %d may change", i)
		}
	}
	for version, relaxedOnly := range map[uint16]bool{6: false, 11: false, 12: true, 79: true, 80: false, 81: true} {
		w := NewWriter(nil, Form{Version: int(version)})
		w.Dump(TypeString)
		w.String([]byte("x"))
		p := w.Seal()
		if err := Check(p, Options{}); (err != nil) != relaxedOnly {
			t.Errorf("%d: %v", version, err)
		}
		if err := Check(p, Options{Relaxed: true}); err != nil {
			t.Errorf("%d: %v", version, err)
		}
	}
	if Check(nil, Options{}) == nil {
		t.Error("nothing is no payload")
	}
	if err := new(Reader).Restore(append([]byte("\x00\x01ab"), make([]byte, footer)...), &model{}); !errors.Is(err, ErrCorrupt) {
		t.Error("bytes behind the value:", err)
	}
}

// small are the samples to begin with: what is large takes minutes to be made smaller.
func small() []sample {
	return slices.DeleteFunc(samples(), func(s sample) bool { return len(s.payload) >= 1000 })
}

// addAll adds what earlier runs found to take new ways.
func addAll(f *testing.F, path string) {
	for _, b := range testkit.Corpus(f, path) {
		f.Add(b)
	}
}

// FuzzRestore hands any bytes to the decoder. What they become may not be much more than they are.
func FuzzRestore(f *testing.F) {
	for _, s := range small() {
		f.Add(s.payload[:len(s.payload)-footer])
	}
	addAll(f, "testdata/payloads.hex")
	r := new(Reader)
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &model{}
		if r.Restore(append(b[:len(b):len(b)], make([]byte, footer)...), m) == nil && m.took > 100*len(b) {
			t.Fatalf("%d bytes became %d", len(b), m.took)
		}
		for i, room := range r.room {
			if cap(room) > max(keepRoom, 100*len(b)) {
				t.Fatalf("%d bytes took a room %d of %d", len(b), i, cap(room))
			}
		}
	})
}

func FuzzFile(f *testing.F) {
	for _, s := range small() {
		f.Add(fileOf(Form{Version: Version, Compress: true}, []sample{s}))
	}
	addAll(f, "testdata/files.hex")
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, errView := scan(NewBytesReader(b), Options{SkipChecksum: true, SkipModules: true})
		_, _, errCopy := scan(NewReader(bytes.NewReader(b), -1), Options{SkipChecksum: true, SkipModules: true})
		if (errView == nil) != (errCopy == nil) {
			t.Fatalf("a view says %v, a stream %v", errView, errCopy)
		}
		if _, err := cut(NewReader(bytes.NewReader(b), int64(len(b))), Options{SkipChecksum: true}, LeastBlock, int64(len(b))); !errors.Is(err, ErrModule) && (errView == nil) != (err == nil) {
			t.Fatalf("a view says %v, pieces %v", errView, err)
		}
	})
}
