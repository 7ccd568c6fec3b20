package persist

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
)

// Empty reports whether there is nothing on disk that Load would read. What cannot be looked at, Load tells of.
func (k *Keeper) Empty() bool {
	if !k.value("appendonly").Bool() {
		f, err := k.FS.Open(k.path())
		if err == nil {
			_ = f.Close()
		}
		return errors.Is(err, fs.ErrNotExist)
	}
	p := k.Appends.place()
	set, err := k.FS.List(filepath.Join(p.Work, p.Folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) || len(set) > 0 {
		return false
	}
	here, err := k.FS.List(p.Work) // a file of a server before 7.0 lies there
	return err == nil && !slices.Contains(here, p.Name)
}
