package aof

import (
	"fmt"

	"sigrun/internal/config"
	"sigrun/internal/vfs"
)

// Follow is where what is done while a base is written goes.
type Follow int

// The ways to follow a base.
const (
	Nowhere Follow = iota // nothing is appended: the set has a base alone then
	Onward                // what was appended goes on in a file of its own, which is part of the set at once
	Afresh                // appending begins with the base: its file comes into the set together with that
)

// Rewrite is a base that is being written. What is done from its moment on goes to Tail.
//
// Onward, whoever appends goes over to Tail in the moment of the base, once the former file is synced, and goes on there whatever becomes of the rewrite.
type Rewrite struct {
	Tail *Tail // nil: Nowhere

	d        *Dir
	follow   Follow
	snapshot bool
	base     vfs.File
	from     int64 // incremental files from this number on stay in force
	closed   bool
}

// Rewrite begins to write a base, as a snapshot or as commands. One at a time.
func (d *Dir) Rewrite(snapshot bool, follow Follow) (*Rewrite, error) {
	if err := d.make(); err != nil {
		return nil, err
	}
	r := &Rewrite{d: d, follow: follow, snapshot: snapshot, from: d.m.incrSeq + 1}
	base, err := d.FS.Create(d.path(d.tempBase()))
	if err != nil {
		d.Log.Warn("Opening the temp file for AOF rewrite: " + config.Reason(err))
		return nil, err
	}
	r.base = base
	switch follow {
	case Onward:
		r.Tail, err = d.another()
	case Afresh:
		r.Tail, err = d.create(d.tempIncr())
	}
	if err != nil {
		r.dropBase()
		return nil, err
	}
	if r.Tail != nil {
		d.Log.Info("Creating AOF incr file " + r.Tail.Name + " on background rewrite")
	}
	return r, nil
}

// Write writes on the base.
func (r *Rewrite) Write(b []byte) (int, error) { return r.base.Write(b) }

// Sync makes what was written so far survive: now and then, or the last one lasts.
func (r *Rewrite) Sync() error { return r.base.Sync() }

// Finish puts the base in force, and all before it out of force. With an error all is as after Abandon.
func (r *Rewrite) Finish() error {
	err := r.base.Sync()
	if closed := r.base.Close(); err == nil {
		err = closed
	}
	r.closed = true
	if err != nil {
		r.d.Log.Warn("Write error writing append only file on disk: " + config.Reason(err))
		r.Abandon()
		return err
	}
	d, m := r.d, r.d.m.clone()
	base := d.nextBase(m, r.snapshot)
	if err := r.rename(d.tempBase(), base, "base"); err != nil {
		r.Abandon()
		return err
	}
	incr := ""
	if r.follow == Afresh {
		incr = d.nextIncr(m).Name
		if err := r.rename(d.tempIncr(), incr, "incr"); err != nil {
			_ = d.FS.Remove(d.path(base))
			r.Abandon()
			return err
		}
		r.Tail.Name = incr
	}
	r.retire(m)
	if perhaps, err := d.put(m, true); err != nil {
		if !perhaps {
			_ = d.FS.Remove(d.path(base))
		}
		if incr != "" {
			_ = r.Tail.Close()
			if !perhaps {
				_ = d.FS.Remove(d.path(incr))
			}
		}
		return err
	}
	return nil
}

func (r *Rewrite) rename(from, to, what string) error {
	d := r.d
	if err := d.FS.Rename(d.path(from), d.path(to)); err != nil {
		d.Log.Warn(fmt.Sprintf("Error trying to rename the temporary AOF %s file %s into %s: %s", what, from, to, config.Reason(err)))
		return err
	}
	d.Log.Info(fmt.Sprintf("Successfully renamed the temporary AOF %s file %s into %s", what, from, to))
	return nil
}

// retire makes history of the incremental files before the base.
func (r *Rewrite) retire(m *Manifest) {
	var stay, gone []Info
	for _, i := range m.Incr {
		if r.follow != Nowhere && i.Seq >= r.from {
			stay = append(stay, i)
		} else {
			gone = append(gone, Info{i.Name, i.Seq, History})
		}
	}
	m.Incr, m.History = stay, append(gone, m.History...)
}

// Abandon leaves the former set in force. Onward, its Tail stays part of that, and is written on.
func (r *Rewrite) Abandon() {
	r.dropBase()
	if r.follow == Afresh {
		r.d.Log.Info("Removing the temp incr aof file " + r.d.tempIncr() + " in the background")
		_ = r.Tail.Close()
		_ = r.d.FS.Remove(r.d.path(r.d.tempIncr()))
	}
}

func (r *Rewrite) dropBase() {
	if !r.closed {
		_ = r.base.Close()
		r.closed = true
	}
	_ = r.d.FS.Remove(r.d.path(r.d.tempBase()))
}
