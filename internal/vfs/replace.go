package vfs

import "path/filepath"

// Replacement is a file that is written beside the one it is to replace, and takes its place as a whole or not at all.
type Replacement struct {
	fs       FS
	f        File
	temp, to string
	sealed   bool
}

// Replace begins to write what shall become the file to. temp is a name in the same directory.
func Replace(fs FS, temp, to string) (*Replacement, error) {
	f, err := fs.Create(temp)
	if err != nil {
		return nil, err
	}
	return &Replacement{fs: fs, f: f, temp: temp, to: to}, nil
}

func (r *Replacement) Write(b []byte) (int, error) { return r.f.Write(b) }

// Sync makes what was written so far survive: now and then, or the last one lasts.
func (r *Replacement) Sync() error { return r.f.Sync() }

// Seal ends writing: what was written survives, under the name of the temporary file.
func (r *Replacement) Seal() error {
	r.sealed = true
	err := r.f.Sync()
	if closed := r.f.Close(); err == nil {
		err = closed
	}
	return err
}

// Commit puts the file in place, sealed if it was not yet. When it returns without an error, the new file survives; with one, the former file is in place
// still, or the new one is and may not survive.
func (r *Replacement) Commit() error {
	var err error
	if !r.sealed {
		err = r.Seal()
	}
	if err == nil {
		err = r.fs.Rename(r.temp, r.to)
	}
	if err != nil {
		_ = r.fs.Remove(r.temp)
		return err
	}
	return r.fs.SyncDir(filepath.Dir(r.to))
}

// Abandon leaves the former file in place.
func (r *Replacement) Abandon() {
	if !r.sealed {
		_ = r.f.Close()
	}
	_ = r.fs.Remove(r.temp)
}
