package vfs

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// Mem is a file system in memory. The zero Mem is empty and has every directory; one that MakeDir is asked for, and that has no files, is made by it.
type Mem struct {
	// Before is called before every operation that changes something, with its name and that of the file: to lose power there, or
	// to fail it. It may call Crash. Forget as the error of a sync makes it succeed without being done.
	Before func(operation, name string) error

	mu    sync.Mutex
	names map[string]*inode // by path
	safe  map[string]*inode // the same as of the last SyncDir of each directory
	made  map[string]bool   // directories that MakeDir made; true: they survive
}

// What Before answers to have something else done than what was asked for.
var (
	// Forget: a sync is forgotten.
	Forget = errors.New("vfs: forget this sync")
	// Dropped: a sync fails as systems fail: what it was to make survive never will, whatever syncs come behind it, unless it is written anew.
	Dropped = errors.New("vfs: input/output error")
	// Half: half of a write is done, and it fails as where there is no space left.
	Half = errors.New("vfs: write half of this")
)

// inode is a file whatever its name.
type inode struct {
	data []byte
	safe []byte // as of the last Sync
	cut  int    // the shortest that data was since

	dropped [][2]int // what syncs that failed have given up, from and to
}

// Crash is what is left when power is lost now. With a nil random it is the least: only what was made to survive. Else chance
// decides about each name and each byte that was not, and bytes of a file's end may be garbage.
func (m *Mem) Crash(random *rand.Rand) *Mem {
	m.mu.Lock()
	defer m.mu.Unlock()
	left := &Mem{names: map[string]*inode{}, safe: map[string]*inode{}, made: map[string]bool{}}
	gone := m.lostDirs(left, random)
	copies := map[*inode]*inode{}
	keep := func(name string, f *inode) {
		if gone[filepath.Dir(name)] {
			return
		}
		if copies[f] == nil {
			data := f.crash(random)
			copies[f] = &inode{data: data, safe: append([]byte(nil), data...), cut: len(data)}
		}
		left.names[name], left.safe[name] = copies[f], copies[f]
	}
	for _, name := range slices.Sorted(maps.Keys(m.safe)) { // in the same order for the same lots
		f := m.safe[name]
		if random == nil || m.names[name] != nil || random.IntN(2) == 0 { // else it was removed
			keep(name, f)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.names)) {
		f := m.names[name]
		if random != nil && m.safe[name] != f && random.IntN(2) == 0 {
			keep(name, f)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.safe)) { // a file that has another name now has that or its former one
		if f := m.safe[name]; copies[f] == nil && m.names[name] == nil && m.named(f) {
			keep(name, f)
		}
	}
	return left
}

// Killed is what is left when the process is killed now: all that was written.
func (m *Mem) Killed() *Mem {
	m.mu.Lock()
	defer m.mu.Unlock()
	left := &Mem{names: map[string]*inode{}, safe: map[string]*inode{}, made: maps.Clone(m.made)}
	copies := map[*inode]*inode{}
	keep := func(from, to map[string]*inode) {
		for name, f := range from {
			if copies[f] == nil {
				copies[f] = &inode{data: slices.Clone(f.data), safe: slices.Clone(f.safe), cut: f.cut, dropped: slices.Clone(f.dropped)}
			}
			to[name] = copies[f]
		}
	}
	keep(m.names, left.names)
	keep(m.safe, left.safe)
	return left
}

// lostDirs are the directories that are not left; left is told of the others.
func (m *Mem) lostDirs(left *Mem, random *rand.Rand) map[string]bool {
	gone := map[string]bool{}
	for _, dir := range slices.Sorted(maps.Keys(m.made)) {
		if m.made[dir] || random != nil && random.IntN(2) == 0 {
			left.made[dir] = true
		} else {
			gone[dir] = true
		}
	}
	return gone
}

// named reports whether a file has a name.
func (m *Mem) named(f *inode) bool {
	for _, have := range m.names {
		if have == f {
			return true
		}
	}
	return false
}

func (f *inode) crash(random *rand.Rand) []byte {
	data := append([]byte(nil), f.safe...)
	if random == nil {
		return data
	}
	if f.cut < len(data) {
		if random.IntN(2) == 0 { // it was not cut
			return data
		}
		data = data[:f.cut]
	}
	if len(f.data) <= len(data) {
		return data
	}
	from := len(data)
	more := f.data[from:]
	data = append(data, more[:random.IntN(len(more)+1)]...)
	torn := data[max(from, len(data)-random.IntN(512)-1):]
	zeros := random.IntN(2) == 0 // where nothing was written yet
	for i := range torn {
		if torn[i] = byte(random.Uint32()); zeros {
			torn[i] = 0
		}
	}
	return data
}

// Names are all files.
func (m *Mem) Names() (all []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.names {
		all = append(all, name)
	}
	return all
}

// change begins an operation that changes something; done ends it.
func (m *Mem) change(operation, name string) (done func(), err error) {
	if m.Before != nil {
		if err := m.Before(operation, name); err != nil {
			return nil, &fs.PathError{Op: operation, Path: name, Err: err}
		}
	}
	m.mu.Lock()
	if m.names == nil {
		m.names, m.safe, m.made = map[string]*inode{}, map[string]*inode{}, map[string]bool{}
	}
	return m.mu.Unlock, nil
}

func (m *Mem) Create(name string) (File, error) {
	done, err := m.change("create", name)
	if err != nil {
		return nil, err
	}
	defer done()
	f := m.make(name)
	f.data, f.cut, f.dropped = nil, 0, nil
	return &memFile{m: m, name: name, f: f, write: true}, nil
}

func (m *Mem) Append(name string) (File, error) {
	done, err := m.change("append", name)
	if err != nil {
		return nil, err
	}
	defer done()
	return &memFile{m: m, name: name, f: m.make(name), write: true}, nil
}

// make is the file of a name, an empty one if there is none.
func (m *Mem) make(name string) *inode {
	f := m.names[name]
	if f == nil {
		f = &inode{}
		m.names[name] = f
	}
	return f
}

func (m *Mem) Open(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.names[name]
	if f == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memFile{m: m, name: name, f: f}, nil
}

func (m *Mem) Rename(from, to string) error {
	done, err := m.change("rename", from)
	if err != nil {
		return err
	}
	defer done()
	f := m.names[from]
	if f == nil {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	delete(m.names, from)
	m.names[to] = f
	return nil
}

func (m *Mem) Remove(name string) error {
	done, err := m.change("remove", name)
	if err != nil {
		return err
	}
	defer done()
	if m.names[name] == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	delete(m.names, name)
	return nil
}

func (m *Mem) MakeDir(dir string) (made bool, err error) {
	dir = filepath.Clean(dir)
	done, err := m.change("mkdir", dir)
	if err != nil {
		return false, err
	}
	defer done()
	if _, there := m.made[dir]; there || len(m.in(dir)) > 0 {
		return false, nil
	}
	m.made[dir] = false
	return true, nil
}

func (m *Mem) List(dir string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.in(filepath.Clean(dir)), nil
}

// in are the names of the files in a directory.
func (m *Mem) in(dir string) (names []string) {
	for name := range m.names {
		if filepath.Dir(name) == dir {
			names = append(names, filepath.Base(name))
		}
	}
	slices.Sort(names)
	return names
}

func (m *Mem) SyncDir(dir string) error {
	done, err := m.change("syncdir", dir)
	if err != nil {
		return remembered(err)
	}
	defer done()
	for name := range m.safe {
		if filepath.Dir(name) == filepath.Clean(dir) {
			delete(m.safe, name)
		}
	}
	for name, f := range m.names {
		if filepath.Dir(name) == filepath.Clean(dir) {
			m.safe[name] = f
		}
	}
	for made := range m.made {
		if filepath.Dir(made) == filepath.Clean(dir) {
			m.made[made] = true
		}
	}
	return nil
}

// remembered is nil for a sync that is to be forgotten.
func remembered(err error) error {
	if errors.Is(err, Forget) {
		return nil
	}
	return err
}

// memFile is an open file of a Mem.
type memFile struct {
	m     *Mem
	name  string
	f     *inode
	at    int
	write bool
}

func (o *memFile) Read(b []byte) (int, error) {
	o.m.mu.Lock()
	defer o.m.mu.Unlock()
	if o.at >= len(o.f.data) {
		return 0, io.EOF
	}
	n := copy(b, o.f.data[o.at:])
	o.at += n
	return n, nil
}

func (o *memFile) Write(b []byte) (int, error) {
	if !o.write {
		return 0, &fs.PathError{Op: "write", Path: o.name, Err: fs.ErrPermission}
	}
	done, err := o.m.change("write", o.name)
	if errors.Is(err, Half) {
		o.m.mu.Lock()
		defer o.m.mu.Unlock()
		o.f.data = append(o.f.data, b[:len(b)/2]...)
		return len(b) / 2, &fs.PathError{Op: "write", Path: o.name, Err: syscall.ENOSPC}
	}
	if err != nil {
		return 0, err
	}
	defer done()
	o.f.data = append(o.f.data, b...)
	return len(b), nil
}

func (o *memFile) Size() (int64, error) {
	o.m.mu.Lock()
	defer o.m.mu.Unlock()
	return int64(len(o.f.data)), nil
}

func (o *memFile) Sync() error {
	done, err := o.m.change("sync", o.name)
	if errors.Is(err, Dropped) {
		o.m.mu.Lock()
		defer o.m.mu.Unlock()
		o.f.dropped = append(o.f.dropped, [2]int{len(o.f.safe), len(o.f.data)})
	}
	if err != nil {
		return remembered(err)
	}
	defer done()
	o.f.safe = append([]byte(nil), o.f.data...)
	o.f.cut = len(o.f.data)
	for _, d := range o.f.dropped {
		clear(o.f.safe[min(d[0], len(o.f.safe)):min(d[1], len(o.f.safe))])
	}
	return nil
}

func (o *memFile) Truncate(size int64) error {
	if !o.write {
		return &fs.PathError{Op: "truncate", Path: o.name, Err: fs.ErrPermission}
	}
	done, err := o.m.change("truncate", o.name)
	if err != nil {
		return err
	}
	defer done()
	o.f.data = o.f.data[:min(int(size), len(o.f.data))]
	o.f.cut = min(o.f.cut, len(o.f.data))
	for i := range o.f.dropped { // what is written there from now on is new
		o.f.dropped[i][1] = min(o.f.dropped[i][1], len(o.f.data))
		o.f.dropped[i][0] = min(o.f.dropped[i][0], o.f.dropped[i][1])
	}
	return nil
}

func (o *memFile) Close() error { return nil }
