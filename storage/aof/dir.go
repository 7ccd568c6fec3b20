package aof

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"

	"sigrun/internal/config"
	"sigrun/internal/vfs"
)

// Place says where a set lies, and who is told what becomes of it.
type Place struct {
	FS     vfs.FS
	Work   string // the working directory
	Folder string // the directory in it (appenddirname)
	Name   string // what the names of all files begin with (appendfilename)
	Log    *slog.Logger
	// Keeps reports whether files that are no longer in force stay (aof-disable-auto-gc); nil: they do not.
	Keeps func() bool
}

// Dir is the set on disk. What it does is done when it returns, and is there after a loss of power: with an error the former set is in force.
//
// Two rules make that so. A manifest comes into place only when the names and the bytes of what it lists survive, but for the end of the last
// file; and a file is removed only when no manifest that may be found lists it as in force.
type Dir struct {
	Place
	m      *Manifest
	placed bool // there is a manifest
	unsure bool // and it may be another one than m
}

// Open reads the manifest. Where there is none, the set is empty; nothing is made yet.
func Open(p Place) (*Dir, error) {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	d := &Dir{Place: p}
	return d, d.Reload()
}

// At is the set as it goes on at another place, to which none of its files were brought: what it lists of them is there when a base has come into force. At its
// own place it is d.
func (d *Dir) At(p Place) *Dir {
	if p.Work == d.Work && p.Folder == d.Folder && p.Name == d.Name {
		return d
	}
	return &Dir{Place: p, m: d.m.clone()}
}

// Reload reads the manifest again.
func (d *Dir) Reload() error {
	text, err := d.read(d.manifest())
	if errors.Is(err, fs.ErrNotExist) {
		d.m, d.placed = &Manifest{}, false
		return nil
	}
	if err != nil {
		d.Log.Warn("Fatal error: can't open the AOF manifest file " + d.path(d.manifest()) + " for reading: " + config.Reason(err))
		return err
	}
	m, err := ParseManifest(text)
	if wrong := (*ManifestError)(nil); errors.As(err, &wrong) {
		for _, line := range wrong.Words() {
			d.Log.Warn(line)
		}
		return err
	}
	d.m, d.placed, d.unsure = m, true, false
	return nil
}

func (d *Dir) read(name string) ([]byte, error) {
	f, err := d.FS.Open(d.path(name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(f)
}

// Empty reports whether there is nothing to load.
func (d *Dir) Empty() bool { return d.m.Empty() }

// Files are those in force, in the order in which they are loaded.
func (d *Dir) Files() []Info { return d.m.Files() }

// folder is where the files lie.
func (d *Dir) folder() string { return filepath.Join(d.Work, d.Folder) }

func (d *Dir) path(name string) string { return filepath.Join(d.folder(), name) }

// Names of files. The temporary ones have that of the set in them: several servers may share a directory.
func (d *Dir) manifest() string     { return d.Name + ".manifest" }
func (d *Dir) tempManifest() string { return "temp-" + d.Name + ".manifest" }
func (d *Dir) tempBase() string     { return "temp-" + d.Name + ".base" }
func (d *Dir) tempIncr() string     { return "temp-" + d.Name + ".incr" }

// nextBase names the next base, and makes those before it history.
func (d *Dir) nextBase(m *Manifest, snapshot bool) string {
	if m.Base != nil {
		m.History = append([]Info{{m.Base.Name, m.Base.Seq, History}}, m.History...)
	}
	form := "aof"
	if snapshot {
		form = "rdb"
	}
	m.baseSeq++
	m.Base = &Info{fmt.Sprintf("%s.%d.base.%s", d.Name, m.baseSeq, form), m.baseSeq, Base}
	return m.Base.Name
}

// nextIncr names the next incremental file.
func (d *Dir) nextIncr(m *Manifest) Info {
	m.incrSeq++
	i := Info{fmt.Sprintf("%s.%d.incr.aof", d.Name, m.incrSeq), m.incrSeq, Incr}
	m.Incr = append(m.Incr, i)
	return i
}

// make makes the directory.
func (d *Dir) make() error {
	made, err := d.FS.MakeDir(d.folder())
	if err == nil && (made || !d.placed) { // there, it may not survive yet
		err = d.FS.SyncDir(d.Work)
	}
	if err != nil {
		d.Log.Warn("Can't open or create append-only dir " + d.Folder + ": " + config.Reason(err))
	}
	return err
}

// put puts a manifest in place. The files that it lists have their names already, and those that it lists no more have lost theirs: names says that there
// are such. After an error the former one is in force; where that is not sure (perhaps), all files stay that the other one lists.
func (d *Dir) put(m *Manifest, names bool) (perhaps bool, err error) {
	temp := d.path(d.tempManifest())
	text, err := m.lines()
	if err == nil {
		err = d.write(temp, text)
	}
	if err == nil && names {
		// They survive before the manifest can be found.
		if err = d.FS.SyncDir(d.folder()); err != nil {
			d.Log.Warn("Fail to fsync AOF directory " + d.folder() + ": " + config.Reason(err) + ".")
		}
	}
	if err == nil {
		if err = d.FS.Rename(temp, d.path(d.manifest())); err != nil {
			d.Log.Warn("Error trying to rename the temporary AOF manifest file " + d.tempManifest() + " into " + d.manifest() + ": " + config.Reason(err))
		}
	}
	if err != nil {
		_ = d.FS.Remove(temp)
		return false, err
	}
	if err = d.FS.SyncDir(d.folder()); err != nil {
		d.Log.Warn("Fail to fsync AOF directory " + d.path(d.manifest()) + ": " + config.Reason(err) + ".")
		d.doubt(m)
		return true, err
	}
	d.m, d.placed, d.unsure = m, true, false
	return false, nil
}

// doubt notes that m may be in force, which nobody goes on with: its names are not given again, and its files go when another manifest is in force for sure.
func (d *Dir) doubt(m *Manifest) {
	ours := map[string]bool{}
	for _, i := range append(d.m.Files(), d.m.History...) {
		ours[i.Name] = true
	}
	for _, i := range m.Files() {
		if !ours[i.Name] {
			d.m.History = append(d.m.History, Info{i.Name, i.Seq, History})
		}
	}
	d.m.baseSeq, d.m.incrSeq = m.baseSeq, m.incrSeq
	d.placed, d.unsure = true, true
}

// write writes the temporary manifest.
func (d *Dir) write(temp string, text []byte) error {
	f, err := d.FS.Create(temp)
	if err != nil {
		d.Log.Warn("Can't open the AOF manifest file " + d.tempManifest() + ": " + config.Reason(err))
		return err
	}
	defer func() { _ = f.Close() }()
	if _, err = f.Write(text); err != nil {
		d.Log.Warn("Error trying to write the temporary AOF manifest file " + d.tempManifest() + ": " + config.Reason(err))
		return err
	}
	if err = f.Sync(); err != nil {
		d.Log.Warn("Fail to fsync the temp AOF file " + d.tempManifest() + ": " + config.Reason(err) + ".")
	}
	return err
}

// Upgrade takes in a file of a server before 7.0, which lies in the working directory and is all there is. It does so in steps that can be taken up
// again: the directory, a manifest that lists the file, and the file itself.
func (d *Dir) Upgrade() error {
	if !d.exists(d.Work) || !d.upgradable() {
		return nil
	}
	if err := d.make(); err != nil {
		return err
	}
	m := &Manifest{Base: &Info{d.Name, 1, Base}, History: d.m.History, baseSeq: 1, incrSeq: d.m.incrSeq}
	if _, err := d.put(m, false); err != nil {
		return err
	}
	from, to := filepath.Join(d.Work, d.Name), d.path(d.Name)
	// It has one of the two names until the next manifest is in place, and then the new one. Where the former one is found once more, the set has the
	// file, and lets it lie.
	if err := d.FS.Rename(from, to); err != nil {
		d.Log.Warn("Error trying to move the old AOF file " + d.Name + " into dir " + d.Folder + ": " + config.Reason(err))
		return err
	}
	d.Log.Info("Successfully migrated an old-style AOF file (" + d.Name + ") into the AOF directory (" + d.Folder + ").")
	return nil
}

// upgradable reports whether the set waits for a file of old: it has nothing, or nothing but that one, which is not there.
func (d *Dir) upgradable() bool {
	return d.m.Empty() || d.m.Base != nil && len(d.m.Incr) == 0 && d.m.Base.Name == d.Name && !d.exists(d.folder())
}

// exists reports whether a directory has a file of old.
func (d *Dir) exists(dir string) bool {
	names, err := d.FS.List(dir)
	return err == nil && slices.Contains(names, d.Name)
}

// size is the length of a file of the set.
func (d *Dir) size(name string) (n int64, err error) {
	f, err := d.FS.Open(d.path(name))
	if err == nil {
		defer func() { _ = f.Close() }()
		n, err = f.Size()
	}
	if err != nil {
		d.Log.Warn("Unable to obtain the AOF file " + name + " length. stat: " + config.Reason(err))
	}
	return n, err
}

// Size is how long all files in force are together.
func (d *Dir) Size() (n int64, err error) {
	for _, i := range d.Files() {
		one, err := d.size(i.Name)
		if err != nil {
			return 0, err
		}
		n += one
	}
	return n, nil
}

// Start opens the last incremental file of a set that is loaded and not empty, or makes its first one. What was loaded survives before anything that
// comes behind it.
func (d *Dir) Start() (*Tail, error) {
	if err := d.make(); err != nil {
		return nil, err
	}
	if err := d.secure(); err != nil {
		return nil, err
	}
	if n := len(d.m.Incr); n > 0 {
		t, err := d.open(d.m.Incr[n-1].Name)
		if err == nil {
			d.Log.Info("Opening AOF incr file " + t.Name + " on server start")
		}
		return t, err
	}
	t, err := d.another()
	if err == nil {
		d.Log.Info("Creating AOF incr file " + t.Name + " on server start")
	}
	return t, err
}

// secure makes the last file that holds anything survive: those before it did before anything was written to it.
func (d *Dir) secure() error {
	files := d.Files()
	for i := len(files) - 1; i >= 0; i-- {
		n, err := d.size(files[i].Name)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		f, err := d.FS.Append(d.path(files[i].Name))
		if err == nil {
			err = errors.Join(f.Sync(), f.Close())
		}
		if err != nil {
			d.Log.Warn("Fail to fsync the AOF file " + files[i].Name + ": " + config.Reason(err))
		}
		return err
	}
	return nil
}

// open opens a file to be written to.
func (d *Dir) open(name string) (*Tail, error) {
	f, err := d.FS.Append(d.path(name))
	if err != nil {
		d.Log.Warn("Can't open the append-only file " + name + ": " + config.Reason(err))
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &Tail{Name: name, f: f, size: size}, nil
}

// create makes an empty file to be written to. One that has its name, which somebody could not remove, goes first: were it only emptied, a loss of power
// could bring back what is in it.
func (d *Dir) create(name string) (*Tail, error) {
	err := d.FS.Remove(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	var f vfs.File
	if err == nil {
		f, err = d.FS.Create(d.path(name))
	}
	if err != nil {
		d.Log.Warn("Can't open the append-only file " + name + ": " + config.Reason(err))
		return nil, err
	}
	return &Tail{Name: name, f: f}, nil
}

// another has one more incremental file, empty, in the set.
func (d *Dir) another() (*Tail, error) {
	m := d.m.clone()
	t, err := d.create(d.nextIncr(m).Name)
	if err != nil {
		return nil, err
	}
	if perhaps, err := d.put(m, true); err != nil {
		_ = t.Close()
		if !perhaps {
			_ = d.FS.Remove(d.path(t.Name))
		}
		return nil, err
	}
	return t, nil
}

// Clean removes what is no longer in force, unless it is to stay.
func (d *Dir) Clean() error {
	if len(d.m.History) == 0 || d.Keeps != nil && d.Keeps() {
		return nil
	}
	if d.unsure { // the other manifest may have some of them in force
		if _, err := d.put(d.m.clone(), false); err != nil {
			return err
		}
	}
	m, files := d.m.clone(), d.m.Files()
	for _, i := range m.History {
		if slices.ContainsFunc(files, func(f Info) bool { return f.Name == i.Name }) { // somebody has listed it twice
			continue
		}
		d.Log.Info("Removing the history file " + i.Name + " in the background")
		if err := d.FS.Remove(d.path(i.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	m.History = nil
	_, err := d.put(m, true)
	return err
}

// Sweep removes temporary files that a server left which ended in the middle of something: to be called at a start.
func (d *Dir) Sweep() {
	for _, name := range []string{d.tempManifest(), d.tempBase(), d.tempIncr()} {
		_ = d.FS.Remove(d.path(name))
	}
}
