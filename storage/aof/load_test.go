package aof

import (
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/log"
	"sigrun/internal/vfs"
)

// desk is a set in memory, and what was told the log.
type desk struct {
	*vfs.Mem
	told strings.Builder
}

func newDesk(files map[string]string) *desk {
	d := &desk{Mem: &vfs.Mem{}}
	for name, text := range files {
		f, _ := d.Create(filepath.Join(work, name))
		_, _ = io.WriteString(f, text)
	}
	return d
}

func (d *desk) place() Place {
	p := placeOn(d.Mem)
	p.Log = slog.New(log.New(log.Options{Out: &d.told, PID: 1}).Handler())
	return p
}

// lines are what the log was told, without what stands before it.
func (d *desk) lines() (all []string) {
	for _, line := range strings.Split(strings.TrimSpace(d.told.String()), "\n") {
		if _, text, ok := strings.Cut(line, " # "); ok {
			all = append(all, text)
		} else if _, text, ok := strings.Cut(line, " * "); ok {
			all = append(all, text)
		}
	}
	return all
}

func (d *desk) text(name string) string {
	f, err := d.Open(filepath.Join(work, name))
	if err != nil {
		return "none"
	}
	b, _ := io.ReadAll(f)
	return string(b)
}

func commands(lines ...string) string {
	var b []byte
	for _, l := range lines {
		b = AppendCommand(b, words(l)...)
	}
	return string(b)
}

const (
	folder   = "appendonlydir/"
	manifest = folder + "appendonly.aof.manifest"
	base1    = folder + "appendonly.aof.1.base.aof"
	incr1    = folder + "appendonly.aof.1.incr.aof"
	incr2    = folder + "appendonly.aof.2.incr.aof"
	both     = "file appendonly.aof.1.base.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"
	three    = both + "file appendonly.aof.2.incr.aof seq 2 type i\n"
	advice   = ". You can: 1) Make a backup of your AOF file, then use ./valkey-check-aof --fix <filename.manifest>. " +
		"2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server."
)

// TestLoadWords loads sets that lack something, and looks at what the log is told and what is cut.
func TestLoadWords(t *testing.T) {
	short := commands("SET 1", "SET 2") + "*2\r\n$3\r\nSET\r\n$1\r\n3\r"
	unfinished := commands("SET 1") + "#TS:1628217470\r\n" + commands("MULTI", "SET 2")
	for name, c := range map[string]struct {
		files map[string]string
		l     Lenience
		last  int // -1: refused
		words []string
		left  string // of the last file
	}{
		"whole": {map[string]string{manifest: both, base1: commands("BASE 5"), incr1: commands("SET 6")}, Lenience{}, 6, nil, commands("SET 6")},
		"short": {map[string]string{manifest: both, base1: "", incr1: short}, Lenience{Truncated: true}, 2, []string{
			"!!! Warning: short read while loading the AOF file appendonly.aof.1.incr.aof!!!",
			"!!! Truncating the AOF appendonly.aof.1.incr.aof at offset 40 !!!",
			"AOF appendonly.aof.1.incr.aof loaded anyway because aof-load-truncated is enabled"}, short[:40]},
		"short, refused": {map[string]string{manifest: both, base1: "", incr1: short}, Lenience{}, -1, []string{
			"Unexpected end of file reading the append only file appendonly.aof.1.incr.aof" + advice}, short},
		"unfinished": {map[string]string{manifest: both, base1: "", incr1: unfinished}, Lenience{Truncated: true}, 1, []string{
			"Revert incomplete MULTI/EXEC transaction in AOF file appendonly.aof.1.incr.aof",
			"!!! Warning: short read while loading the AOF file appendonly.aof.1.incr.aof!!!",
			"!!! Truncating the AOF appendonly.aof.1.incr.aof at offset 20 !!!",
			"AOF appendonly.aof.1.incr.aof loaded anyway because aof-load-truncated is enabled"}, commands("SET 1")},
		"unfinished, refused": {map[string]string{manifest: both, base1: "", incr1: unfinished}, Lenience{}, -1, []string{
			"Revert incomplete MULTI/EXEC transaction in AOF file appendonly.aof.1.incr.aof",
			"Unexpected end of file reading the append only file appendonly.aof.1.incr.aof" + advice}, unfinished},
		"cut within a transaction": {map[string]string{manifest: both, base1: "", incr1: unfinished + "*1"}, Lenience{Truncated: true}, 1, []string{
			"!!! Warning: short read while loading the AOF file appendonly.aof.1.incr.aof!!!",
			"!!! Truncating the AOF appendonly.aof.1.incr.aof at offset 20 !!!",
			"AOF appendonly.aof.1.incr.aof loaded anyway because aof-load-truncated is enabled"}, commands("SET 1")},
		"not the last": {map[string]string{manifest: three, base1: "", incr1: short, incr2: commands("SET 3")}, Lenience{Truncated: true}, -1, []string{
			"!!! Warning: short read while loading the AOF file appendonly.aof.1.incr.aof!!!",
			"Fatal error: the truncated file is not the last file"}, commands("SET 3")},
		"the last that holds anything": {map[string]string{manifest: three, base1: "", incr1: short, incr2: ""}, Lenience{Truncated: true}, 2, []string{
			"!!! Warning: short read while loading the AOF file appendonly.aof.1.incr.aof!!!",
			"!!! Truncating the AOF appendonly.aof.1.incr.aof at offset 40 !!!",
			"AOF appendonly.aof.1.incr.aof loaded anyway because aof-load-truncated is enabled"}, ""},
		"damaged": {map[string]string{manifest: both, base1: "", incr1: commands("SET 1") + "!!!" + commands("SET 2")}, Lenience{true, true}, -1, []string{
			"Bad file format reading the append only file appendonly.aof.1.incr.aof: make a backup of your AOF file, then use ./valkey-check-aof --fix <filename.manifest>",
		}, commands("SET 1") + "!!!" + commands("SET 2")},
		"torn": {map[string]string{manifest: both, base1: "", incr1: commands("SET 1") + "\x00\x00"}, Lenience{true, true}, 1, []string{
			"!!! Warning: short read while loading the AOF file appendonly.aof.1.incr.aof!!!",
			"!!! Truncating the AOF appendonly.aof.1.incr.aof at offset 20 !!!",
			"AOF appendonly.aof.1.incr.aof loaded anyway because aof-load-truncated is enabled"}, commands("SET 1")},
		"torn, refused": {map[string]string{manifest: both, base1: "", incr1: commands("SET 1") + "\x00\x00"}, Lenience{Truncated: true}, -1, []string{
			"Bad file format reading the append only file appendonly.aof.1.incr.aof: make a backup of your AOF file, then use ./valkey-check-aof --fix <filename.manifest>",
		}, commands("SET 1") + "\x00\x00"},
		"missing": {map[string]string{manifest: both, incr1: ""}, Lenience{}, -1, []string{
			"Unable to obtain the AOF file appendonly.aof.1.base.aof length. stat: Open /w/appendonlydir/appendonly.aof.1.base.aof: file does not exist"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := newDesk(c.files)
			d, err := Open(k.place())
			if err != nil {
				t.Fatal(err)
			}
			last := -1
			if l, err := d.Load(c.l); err == nil {
				s, err := follow(l)
				if err == nil {
					err = l.Finish()
				}
				if err == nil {
					last = s.last
				}
				if e := (*Error)(nil); err != nil && !errors.As(err, &e) {
					t.Errorf("%T %v", err, err)
				}
			}
			if last != c.last || !slices.Equal(k.lines(), c.words) {
				t.Errorf("%d, want %d\n%s\nwant\n%s", last, c.last, strings.Join(k.lines(), "\n"), strings.Join(c.words, "\n"))
			}
			files := d.Files()
			if left := k.text(folder + files[len(files)-1].Name); left != c.left {
				t.Errorf("%q", left)
			}
		})
	}
}

// TestLoadOldFile: a snapshot and commands behind it, from the working directory.
func TestLoadOldFile(t *testing.T) {
	k := newDesk(map[string]string{"appendonly.aof": string(baseOf(5, true)) + commands("SET 6")})
	d, err := Open(k.place())
	if err == nil {
		err = d.Upgrade()
	}
	if err != nil || k.text("appendonly.aof") != "none" || string(d.m.Format()) != "file appendonly.aof seq 1 type b\n" {
		t.Fatal(err, string(d.m.Format()))
	}
	l, err := d.Load(Lenience{})
	if err != nil {
		t.Fatal(err)
	}
	var s Step
	if err := l.Next(&s); err != nil || s.Snapshot == nil || len(s.Commands) != 0 || s.File.Kind != Base {
		t.Fatal(err)
	}
	var have state
	if err := have.snapshot(s.Snapshot); err != nil || have.last != 5 {
		t.Fatal(err, have.last)
	}
	if err := l.Next(&s); err != nil || len(s.Commands) != 1 || s.Loaded != l.Total || s.Ended || l.BaseSize != l.Total {
		t.Fatal(err, s.Loaded, l.Total)
	}
	if err := l.Next(&s); err != nil || !s.Ended || len(s.Commands) != 0 {
		t.Fatal(err)
	}
	if err := l.Next(&s); err != io.EOF {
		t.Fatal(err)
	}
	tail, err := d.Start()
	if err != nil || tail.Name != "appendonly.aof.1.incr.aof" || string(d.m.Format()) != "file appendonly.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n" {
		t.Fatal(err, string(d.m.Format()))
	}
	want := []string{"Successfully migrated an old-style AOF file (appendonly.aof) into the AOF directory (appendonlydir).",
		"Reading RDB preamble from AOF file...", "Reading the remaining AOF tail...", "Creating AOF incr file appendonly.aof.1.incr.aof on server start"}
	if !slices.Equal(k.lines(), want) {
		t.Error(strings.Join(k.lines(), "\n"))
	}
}

// TestUpgradeOnlyWhatWaitsForIt.
func TestUpgradeOnlyWhatWaitsForIt(t *testing.T) {
	old := "file appendonly.aof seq 1 type b\n"
	for name, c := range map[string]struct {
		files map[string]string
		moved bool
	}{
		"nothing":         {map[string]string{}, false},
		"an old file":     {map[string]string{"appendonly.aof": "x"}, true},
		"interrupted":     {map[string]string{"appendonly.aof": "x", manifest: old}, true},
		"moved":           {map[string]string{"appendonly.aof": "x", manifest: old, folder + "appendonly.aof": "y"}, false},
		"a set":           {map[string]string{"appendonly.aof": "x", manifest: both}, false},
		"history alone":   {map[string]string{"appendonly.aof": "x", manifest: "file a seq 1 type h\n"}, true},
		"behind the base": {map[string]string{"appendonly.aof": "x", manifest: old + "file b seq 1 type i\n"}, false},
	} {
		k := newDesk(c.files)
		d, err := Open(k.place())
		if err == nil {
			err = d.Upgrade()
		}
		if moved := k.text("appendonly.aof") == "none" && k.text(folder+"appendonly.aof") == "x"; err != nil || moved != c.moved {
			t.Errorf("%s: %v %v", name, moved, err)
		}
	}
}

// TestRefusedManifest tells why.
func TestRefusedManifest(t *testing.T) {
	k := newDesk(map[string]string{manifest: "!!!\n"})
	if _, err := Open(k.place()); err == nil {
		t.Error("opened")
	}
	want := []string{"*** FATAL AOF MANIFEST FILE ERROR ***", "Reading the manifest file, at line 1", ">>> '!!!'", badFormat}
	if !slices.Equal(k.lines(), want) {
		t.Error(k.lines())
	}
}

// TestRewriteNames are those that Valkey 9.1 gives, history included.
func TestRewriteNames(t *testing.T) {
	l := &life{m: &vfs.Mem{}}
	step := func(err error, want string) {
		t.Helper()
		if err != nil || string(l.d.m.Format()) != want {
			t.Errorf("%v\n%s\nwant\n%s", err, l.d.m.Format(), want)
		}
		if text, err := l.d.read(l.d.manifest()); err != nil || string(text) != want {
			t.Errorf("on disk: %s %v", text, err)
		}
	}
	step(l.start(), "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n")
	l.d.Keeps = func() bool { return true }
	step(l.rewrite(true, Onward, false), "file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.1.incr.aof seq 1 type h\n"+
		"file appendonly.aof.1.base.rdb seq 1 type h\nfile appendonly.aof.2.incr.aof seq 2 type i\n")
	step(l.rewrite(false, Onward, true), "file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.1.incr.aof seq 1 type h\n"+
		"file appendonly.aof.1.base.rdb seq 1 type h\nfile appendonly.aof.2.incr.aof seq 2 type i\nfile appendonly.aof.3.incr.aof seq 3 type i\n")
	step(l.rewrite(false, Onward, false), "file appendonly.aof.3.base.aof seq 3 type b\nfile appendonly.aof.2.incr.aof seq 2 type h\n"+
		"file appendonly.aof.3.incr.aof seq 3 type h\nfile appendonly.aof.2.base.rdb seq 2 type h\nfile appendonly.aof.1.incr.aof seq 1 type h\n"+
		"file appendonly.aof.1.base.rdb seq 1 type h\nfile appendonly.aof.4.incr.aof seq 4 type i\n")
	l.d.Keeps = nil
	step(l.d.Clean(), "file appendonly.aof.3.base.aof seq 3 type b\nfile appendonly.aof.4.incr.aof seq 4 type i\n")
	_ = l.tail.Close()
	step(l.rewrite(true, Nowhere, false), "file appendonly.aof.4.base.rdb seq 4 type b\n")
	step(l.d.Reload(), "file appendonly.aof.4.base.rdb seq 4 type b\n")
	step(l.rewrite(true, Afresh, true), "file appendonly.aof.4.base.rdb seq 4 type b\n")
	step(l.rewrite(true, Afresh, false), "file appendonly.aof.5.base.rdb seq 5 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n")
	if names, _ := l.m.List(l.d.folder()); len(names) != 3 {
		t.Error(names)
	}
}

// TestCleanBesideADoubt: what may be in force by a manifest that nobody is sure of is not removed before another one is in place.
func TestCleanBesideADoubt(t *testing.T) {
	l := &life{m: &vfs.Mem{}}
	if err := l.start(); err != nil {
		t.Fatal(err)
	}
	syncs := 0
	l.m.Before = func(operation, name string) error {
		if operation == "syncdir" {
			if syncs++; syncs == 4 { // the one behind the manifest with the new base
				return errors.New("disk gone")
			}
		}
		return nil
	}
	if err := l.rewrite(true, Onward, false); err == nil || !l.d.unsure {
		t.Fatal(err)
	}
	l.m.Before = func(operation, name string) error {
		if s, _, err := loadFrom(l.m); err != nil || s.last != l.written {
			t.Error(operation, name, s.last, err)
		}
		return nil
	}
	if err := l.d.Clean(); err != nil || l.d.unsure || len(l.d.m.History) > 0 {
		t.Error(err)
	}
	if names, _ := l.m.List(l.d.folder()); len(names) != 4 { // manifest, base, both incremental files
		t.Error(names)
	}
}

// TestTailCutsOff what was written in part.
func TestTailCutsOff(t *testing.T) {
	for _, cuts := range []bool{true, false} {
		m := &vfs.Mem{}
		f, _ := m.Create("/d/a")
		disk := &smallDisk{File: f, room: 5, cuts: cuts}
		tail := &Tail{Name: "a", f: disk}
		if n, err := tail.Write([]byte("abc")); n != 3 || err != nil {
			t.Fatal(n, err)
		}
		n, err := tail.Write([]byte("defgh"))
		if want := map[bool]int{true: 0, false: 2}[cuts]; n != want || err == nil || tail.Size() != int64(3+want) {
			t.Error(n, err, tail.Size())
		}
		disk.room = 100
		if m, err := tail.Write([]byte("defgh")[n:]); err != nil || m != 5-n || tail.Size() != 8 {
			t.Error(err)
		}
		r, _ := m.Open("/d/a")
		if b, _ := io.ReadAll(r); string(b) != "abcdefgh" {
			t.Errorf("%s", b)
		}
	}
}

// smallDisk has room for a few bytes.
type smallDisk struct {
	vfs.File
	room int
	cuts bool
}

func (d *smallDisk) Write(b []byte) (int, error) {
	n, _ := d.File.Write(b[:min(len(b), d.room)])
	d.room -= n
	if n < len(b) {
		return n, errors.New("no space left on device")
	}
	return n, nil
}

func (d *smallDisk) Truncate(size int64) error {
	if !d.cuts {
		return errors.New("input/output error")
	}
	return d.File.Truncate(size)
}

// follow loads all of a set.
func follow(l *Loading) (s state, err error) {
	var step Step
	for {
		if err = l.Next(&step); err == io.EOF {
			return s, nil
		}
		if err == nil && step.Snapshot != nil {
			err = s.snapshot(step.Snapshot)
		}
		for i := range step.Commands {
			err = errors.Join(err, s.run(&step.Commands[i]))
		}
		if err != nil {
			return s, err
		}
	}
}

var _ io.Writer = (*Rewrite)(nil) // a rdb.Writer writes on it

func TestSnapshotBegins(t *testing.T) {
	if !IsSnapshot(baseOf(1, true)) || !IsSnapshot([]byte("REDIS0003")) || IsSnapshot([]byte("REDIS")) || IsSnapshot(nil) || IsSnapshot([]byte("*1\r\n$")) {
		t.Error("taken for something else")
	}
}

// TestLoadingRunsAhead has one goroutine read and another execute, with a few steps that go to and fro.
func TestLoadingRunsAhead(t *testing.T) {
	var all []string
	for i := range 60_000 {
		all = append(all, "SET "+strconv.Itoa(i+1))
	}
	k := newDesk(map[string]string{manifest: both, base1: commands(all[:20_000]...), incr1: commands(all[20_000:]...)})
	d, err := Open(k.place())
	if err != nil {
		t.Fatal(err)
	}
	l, err := d.Load(Lenience{})
	if err != nil {
		t.Fatal(err)
	}
	free, full := make(chan *Step, 4), make(chan *Step, 4)
	for range cap(free) {
		free <- &Step{}
	}
	ended := make(chan error, 1)
	go func() {
		defer close(full)
		for s := range free {
			if err := l.Next(s); err != nil {
				ended <- err
				return
			}
			full <- s
		}
	}()
	var have state
	loaded, files := int64(0), 0
	for s := range full {
		for i := range s.Commands {
			if err := have.run(&s.Commands[i]); err != nil {
				t.Fatal(err)
			}
		}
		if s.Loaded < loaded {
			t.Error(s.Loaded, loaded)
		}
		if loaded = s.Loaded; s.Ended {
			files++
		}
		free <- s
	}
	if err := <-ended; err != io.EOF || have.last != len(all) || loaded != l.Total || files != 2 {
		t.Error(err, have.last, loaded, l.Total, files)
	}
}
