package vfs

import (
	"errors"
	"os"
	"syscall"
)

// Locker is a file system whose files can be kept from other processes, and from whoever else opens them anew.
type Locker interface {
	// Lock makes a file the caller's, and makes it if there is none. ErrLocked: it is somebody else's.
	Lock(name string) (Lock, error)
}

// Lock is a file that is the caller's until Release. It goes with the file, whatever name that is given.
type Lock interface{ Release() error }

// ErrLocked says that a file is somebody else's.
var ErrLocked = errors.New("the file is locked")

type osLock struct{ *os.File }

func (l osLock) Release() error { return l.Close() }

// Lock locks as flock(2) does, as Valkey does.
func (OS) Lock(name string) (Lock, error) {
	for {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return nil, err
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil && isAt(f, name) {
			return osLock{f}, nil
		}
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		if err != nil {
			return nil, &os.PathError{Op: "lock", Path: name, Err: err}
		}
	}
}

// isAt reports whether an open file still has the name: another one may have taken its place before it was locked.
func isAt(f *os.File, name string) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(name)
	return err == nil && os.SameFile(mine, there)
}
