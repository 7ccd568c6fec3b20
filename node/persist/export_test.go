package persist

import (
	"bytes"
	"errors"

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
	release := k.takeAll()
	s.mark()
	release()
	meanwhile()
	targets := []*memory{{}, {}, {err: errors.New("full")}}
	for i, to := range targets {
		form := s.form
		form.Compress = i == 1
		f := &file{k: k, out: to, database: -1, small: k.value("rdb-save-incremental-fsync")}
		f.w = k.writer(rdb.NewWriter(f, form))
		s.sinks = append(s.sinks, f)
	}
	s.run()
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
