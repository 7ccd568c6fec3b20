package persist

import (
	"bytes"
	"errors"
	"sync/atomic"

	"sigrun/storage/image"
	"sigrun/storage/rdb"
)

// memory is a target that keeps what it is given, or, with an error, nothing.
type memory struct {
	bytes.Buffer
	err error
}

func (m *memory) Write(b []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	return m.Buffer.Write(b)
}
func (m *memory) Sync() error   { return nil }
func (m *memory) Seal() error   { return nil }
func (m *memory) Commit() error { return nil }
func (m *memory) Abandon()      {}

// ScanInto makes one mark and writes what there is then to two files, one of them compressed, and to one that cannot be written.
// meanwhile runs between the mark and the walk.
func ScanInto(k *Keeper, meanwhile func()) (files [2][]byte, err error) {
	s := newScan(k, func() bool { return false })
	targets := []*memory{{}, {}, {err: errors.New("full")}}
	s.into(targets, meanwhile)
	for i, to := range s.sinks[:2] {
		if err = to.(*file).seal(); err != nil {
			return files, err
		}
		files[i] = targets[i].Bytes()
	}
	if s.sinks[2].err() == nil {
		return files, errors.New("a file that cannot be written was")
	}
	return files, nil
}

// into marks, and walks into files of which every other one is compressed.
func (s *scan) into(targets []*memory, meanwhile func()) {
	release := s.k.takeAll()
	s.mark()
	release()
	meanwhile()
	for i, to := range targets {
		form := s.form
		form.Compress = i == 1
		f := &file{k: s.k, out: to, database: -1, small: s.k.value("rdb-save-incremental-fsync")}
		f.w = s.k.writer(rdb.NewWriter(f, form))
		s.sinks = append(s.sinks, f)
	}
	s.run()
}

// ScanSlots is ScanInto one file, of some slots. cow is how many bytes were put aside meanwhile.
func ScanSlots(k *Keeper, of func(slot uint16) bool, meanwhile func()) (b []byte, cow int64, err error) {
	s := newScan(k, func() bool { return false })
	s.of = of
	to := &memory{}
	s.into([]*memory{to}, func() { meanwhile(); cow = s.cow.Load() })
	err = s.sinks[0].(*file).seal()
	return to.Bytes(), cow, err
}

// ScanCancelled is a scan that is called off when it has asked so many times whether it was. It tells how many bytes still lie aside, and
// whether the walk was over before.
func ScanCancelled(k *Keeper, asks int, meanwhile func()) (left int64, whole bool) {
	var asked atomic.Int64 // by shards, too, which put aside
	s := newScan(k, func() bool { return asked.Add(1) > int64(asks) })
	s.into([]*memory{{}}, meanwhile)
	return k.preimages.Load(), asked.Load() <= int64(asks)
}

// widest is a sink that keeps the size of the largest piece that it was given: what was written under one token.
type widest struct{ bytes int }

func (w *widest) begin(*scan)                {}
func (w *widest) records(_ int, d rdb.Draft) { w.bytes = max(w.bytes, d.Size()) }
func (w *widest) finish(*image.Portrait)     {}
func (w *widest) fail(error)                 {}
func (w *widest) err() error                 { return nil }

// Widest makes a mark and walks over the keyspace, and tells how much was written at most under one token. meanwhile runs between the two.
func Widest(k *Keeper, meanwhile func()) int {
	s, w := newScan(k, func() bool { return false }), &widest{}
	s.sinks = []sink{w}
	release := k.takeAll()
	s.mark()
	release()
	meanwhile()
	s.count = mostEntries
	s.run()
	return w.bytes
}

// SliceBytes is how much that is but for one entry.
const SliceBytes = sliceBytes
