// Package vfs is the file system as persistence sees it: few operations, each of which says what of it survives a loss of power.
// OS is the machine's; Mem keeps everything in memory and can lose power, for tests.
//
//	what                        survives from
//	bytes written to a file     File.Sync
//	a file's name: that it was  SyncDir of its directory; of both, where it
//	made, renamed or removed    was renamed from one to another
//	a directory: that it was    SyncDir of the one it lies in
//	made
//
// Before that, any part of it may be there afterwards or not, in any order; but a file that was renamed has one of its names at least. Whoever
// replaces a file therefore writes another one, syncs it, renames it, and syncs the directory.
package vfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// FS is a file system. Any goroutine may call it. Missing files are errors that errors.Is takes for fs.ErrNotExist.
type FS interface {
	// Create makes an empty file for writing, in the place of one of that name if there is one.
	Create(name string) (File, error)
	// Open opens a file for reading.
	Open(name string) (File, error)
	// Append opens a file for writing at its end, and makes it if there is none.
	Append(name string) (File, error)
	// Rename gives a file another name, in the place of the one that has it.
	Rename(from, to string) error
	Remove(name string) error
	// MakeDir makes a directory, unless it is there.
	MakeDir(dir string) (made bool, err error)
	// List gives the names of the files in a directory, without its own, in order.
	List(dir string) ([]string, error)
	// SyncDir makes the names in a directory survive.
	SyncDir(dir string) error
}

// File is an open file.
type File interface {
	io.ReadWriteCloser
	// Size is its length.
	Size() (int64, error)
	// Truncate makes it so long, which is shorter than it was; what is written comes behind that.
	Truncate(size int64) error
	// Sync makes its bytes survive.
	Sync() error
}

// OS is the file system of the machine.
type OS struct{}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	i, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return i.Size(), nil
}

// Create leaves the permissions to the umask.
func (OS) Create(name string) (File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o666)
	return osFile{f}, err
}

func (OS) Open(name string) (File, error) {
	f, err := os.Open(name)
	return osFile{f}, err
}

// Append leaves the permissions to the umask.
func (OS) Append(name string) (File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	return osFile{f}, err
}

func (OS) Rename(from, to string) error { return os.Rename(from, to) }
func (OS) Remove(name string) error     { return os.Remove(name) }

func (OS) MakeDir(dir string) (made bool, err error) {
	err = os.Mkdir(dir, 0o755)
	if info, there := os.Stat(dir); errors.Is(err, fs.ErrExist) && there == nil && info.IsDir() {
		return false, nil
	}
	return err == nil, err
}

func (OS) List(dir string) (names []string, err error) {
	all, err := os.ReadDir(dir)
	for _, e := range all {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, err
}

func (OS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}
