package vfs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A locked file is nobody else's, whatever name it is given meanwhile, until it is released; one that took its place is.
func TestLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	first, err := OS{}.Lock(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (OS{}).Lock(name); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
	if err := os.Rename(name, name+"2"); err != nil {
		t.Fatal(err)
	}
	if _, err := (OS{}).Lock(name + "2"); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
	other, err := OS{}.Lock(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(first.Release(), other.Release()); err != nil {
		t.Error(err)
	}
	again, err := OS{}.Lock(name + "2")
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Release()
	if _, err := (OS{}).Lock(filepath.Join(name, "b")); err == nil || errors.Is(err, ErrLocked) {
		t.Error(err)
	}
}
