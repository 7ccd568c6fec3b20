// Package vfs is the file system as persistence sees it: few operations, each of which says what of it survives a loss of power.
// OS is the machine's; Mem keeps everything in memory and can lose power, for tests.
//
//	what                        survives from
//	bytes written to a file     File.Sync
//	a file's name: that it was  SyncDir of its directory
//	made, renamed or removed
//
// Before that, any part of it may be there afterwards or not, in any order. Whoever replaces a file therefore writes another one,
// syncs it, renames it, and syncs the directory.
package vfs

import (
	"io"
	"os"
)

// FS is a file system. Any goroutine may call it. Missing files are errors that errors.Is takes for fs.ErrNotExist.
type FS interface {
	// Create makes an empty file for writing, in the place of one of that name if there is one.
	Create(name string) (File, error)
	// Open opens a file for reading.
	Open(name string) (File, error)
	// Rename gives a file a name in the same directory, in the place of the one that has it.
	Rename(from, to string) error
	Remove(name string) error
	// SyncDir makes the names in a directory survive.
	SyncDir(dir string) error
}

// File is an open file.
type File interface {
	io.ReadWriteCloser
	// Size is its length.
	Size() (int64, error)
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
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o666)
	return osFile{f}, err
}

func (OS) Open(name string) (File, error) {
	f, err := os.Open(name)
	return osFile{f}, err
}

func (OS) Rename(from, to string) error { return os.Rename(from, to) }
func (OS) Remove(name string) error     { return os.Remove(name) }

func (OS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}
