package aof

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/vfs"
	"sigrun/storage/rdb"
)

const work = "/w"

func placeOn(m vfs.FS) Place {
	return Place{FS: m, Work: work, Folder: "appendonlydir", Name: "appendonly.aof"}
}

// state is what a set has: numbers from 1 on, without a hole.
type state struct {
	last  int
	queue []int // of an open transaction
	open  bool
}

func (s *state) set(n int) error {
	if n != s.last+1 {
		return fmt.Errorf("%d comes behind %d", n, s.last)
	}
	s.last = n
	return nil
}

func (s *state) run(c *Command) (err error) {
	switch c.Part {
	case Begins:
		s.open, s.queue = true, nil
	case Ends:
		s.open = false
		for _, n := range s.queue {
			err = errors.Join(err, s.set(n))
		}
	default:
		n, _ := strconv.Atoi(string(c.Args[1]))
		switch {
		case string(c.Args[0]) == "SELECT":
		case string(c.Args[0]) == "BASE":
			s.last = n
		case s.open:
			s.queue = append(s.queue, n)
		default:
			err = s.set(n)
		}
	}
	return err
}

// snapshot reads a base: the number up to which it has all.
func (s *state) snapshot(r *rdb.Reader) error {
	d, err := rdb.NewDecoder(r, rdb.Options{})
	for it := (rdb.Item{Kind: rdb.Aux}); err == nil && it.Kind != rdb.End; {
		if err = d.Next(&it); err == nil && it.Kind == rdb.Aux && string(it.Name) == "last" {
			s.last, _ = strconv.Atoi(string(it.Text))
		}
		if err == nil && it.Kind == rdb.Key {
			err = d.Value(&it, rdb.Discard{})
		}
	}
	return err
}

// load reads the set, with what a start does before.
func load(d *Dir) (s state, l *Loading, err error) {
	if l, err = d.Load(Lenience{Truncated: true, Torn: true}); err != nil {
		return s, l, err
	}
	s, err = follow(l)
	return s, l, err
}

func loadFrom(m *vfs.Mem) (s state, l *Loading, err error) {
	d, err := Open(placeOn(m))
	if err != nil {
		return s, nil, err
	}
	return load(d)
}

// life is a server that appends numbers.
type life struct {
	m       *vfs.Mem
	d       *Dir
	tail    *Tail
	f       Framer
	written int // numbers in the file
	synced  int // numbers that survive
	on      bool
	cleaned bool // no file out of force is listed
}

// add appends a number, or two of them as a transaction.
func (l *life) add(sync bool) error {
	l.cleaned = false
	set := func(n int) Record {
		return Record{DB: n % 3, Args: [][]byte{[]byte("SET"), []byte(strconv.Itoa(n))}}
	}
	records := []Record{set(l.written + 1)}
	if l.written%2 == 1 {
		records = append(records, set(l.written+2))
	}
	b := l.f.Append(nil, true, records...)
	n, err := l.tail.Write(b)
	if err == nil && n == len(b) {
		l.written += len(records)
	}
	if err == nil && sync {
		if err = l.tail.Sync(); err == nil {
			l.synced = l.written
		}
	}
	return err
}

// rewrite writes a new base.
func (l *life) rewrite(snapshot bool, follow Follow, abandoned bool) error {
	l.cleaned = false
	r, err := l.d.Rewrite(snapshot, follow)
	if err != nil {
		return err
	}
	if follow == Onward {
		if err := l.tail.Sync(); err != nil {
			r.Abandon()
			_ = r.Tail.Close()
			return err
		}
		_ = l.tail.Close()
		l.synced = l.written
		l.tail = r.Tail
		l.f.Reset()
	}
	last := l.written
	if follow == Onward {
		if err := l.add(true); err != nil {
			r.Abandon()
			return err
		}
	}
	if abandoned {
		r.Abandon()
		return nil
	}
	if _, err = r.Write(baseOf(last, snapshot)); err != nil {
		r.Abandon()
		return err
	}
	if err := r.Finish(); err != nil {
		return err
	}
	l.on = follow != Nowhere
	if follow == Afresh {
		l.tail = r.Tail
		l.f.Reset()
	}
	l.synced = max(l.synced, last)
	if err := l.d.Clean(); err != nil {
		return err
	}
	l.cleaned = true
	return nil
}

func baseOf(last int, snapshot bool) []byte {
	text := strconv.Itoa(last)
	if !snapshot {
		return AppendCommand(nil, []byte("BASE"), []byte(text))
	}
	var out strings.Builder
	w := rdb.NewWriter(&out, rdb.Form{Version: rdb.Version, Checksum: true})
	w.Header()
	w.Aux("last", text)
	_ = w.End()
	return []byte(out.String())
}

// start begins a server on what is there.
func (l *life) start() error {
	d, err := Open(placeOn(l.m))
	if err != nil {
		return err
	}
	l.d = d
	if err := d.Upgrade(); err != nil {
		return err
	}
	if d.Empty() {
		l.written, l.synced = 0, 0
		d.Sweep()
		return l.rewrite(true, Afresh, false)
	}
	s, loading, err := load(d)
	if err != nil {
		return err
	}
	if err := loading.Finish(); err != nil {
		return err
	}
	d.Sweep()
	if l.tail, err = d.Start(); err != nil {
		return err
	}
	if err := d.Clean(); err != nil {
		return err
	}
	l.f.Reset()
	l.written, l.synced, l.on, l.cleaned = s.last, s.last, true, true
	return nil
}

// wrong says what is wrong with what a loss of power left.
func (l *life) wrong(left *vfs.Mem) string {
	after := &life{m: left}
	if err := after.start(); err != nil {
		return "does not start: " + err.Error()
	}
	most := l.written
	if l.on {
		most += 2 // one that is being written
	}
	if after.written < l.synced || after.written > most {
		return fmt.Sprintf("has %d of %d to %d", after.written, l.synced, most)
	}
	if err := after.add(true); err != nil {
		return err.Error()
	}
	again := &life{m: left.Crash(nil)}
	if err := again.start(); err != nil {
		return "does not start again: " + err.Error()
	}
	if again.written != after.written {
		return fmt.Sprintf("has %d of %d when it starts again", again.written, after.written)
	}
	return ""
}

// leaked are files that no manifest lists, and that none will take the place of.
func (l *life) leaked(left *vfs.Mem) (names []string) {
	d, err := Open(placeOn(left))
	if err != nil {
		return nil
	}
	files, _ := left.List(d.folder())
	listed := append(d.Files(), d.m.History...)
	for _, name := range files {
		var seq int64
		kind := ""
		if n, _ := fmt.Sscanf(strings.NewReplacer(".", " ").Replace(strings.TrimPrefix(name, "appendonly.aof.")), "%d %s", &seq, &kind); n != 2 {
			continue
		}
		given := d.m.baseSeq
		if kind == "incr" {
			given = d.m.incrSeq
		}
		if seq <= given && !slices.ContainsFunc(listed, func(i Info) bool { return i.Name == name }) {
			names = append(names, name)
		}
	}
	return names
}

// lose leads a life that loses power before each operation and after each step; the sync of number forget is not done. It tells what went wrong.
func lose(t *testing.T, forget int, old []byte) (bad []string, syncs int, what string) {
	m := &vfs.Mem{}
	l := &life{m: m}
	if old != nil {
		f, _ := m.Create(filepath.Join(work, "appendonly.aof"))
		_, _ = f.Write(old)
		_ = m.SyncDir(work)
		_ = f.Sync()
		_, _ = f.Write(AppendCommand(nil, []byte("SET"), []byte("4")))
		l.written, l.synced = 4, 3
	}
	random := rand.New(rand.NewPCG(7, uint64(forget)))
	at, since := "", -1
	look := func() {
		if l.on { // kill -9 loses nothing
			if s, _, err := loadFrom(m); err != nil || s.last < l.written {
				bad = append(bad, fmt.Sprintf("%s: killed, it has %d of %d: %v", at, s.last, l.written, err))
			}
		}
		lots := 4
		if forget > 0 { // all was well up to there; what is missed is missed soon
			lots = 0
			if since >= 0 {
				lots = max(3, 24-4*since)
				since++
			}
		}
		for i := 0; i < lots && len(bad) == 0; i++ {
			chance := random
			if i == 0 {
				chance = nil
			}
			left := m.Crash(chance)
			for _, name := range l.leaked(left) {
				bad = append(bad, at+": leaks "+name)
			}
			if d, err := Open(placeOn(left)); err == nil && l.cleaned && len(d.m.History) > 0 {
				bad = append(bad, at+": still lists what is out of force")
			}
			if wrong := l.wrong(left); wrong != "" {
				bad = append(bad, at+": "+wrong)
			}
		}
	}
	m.Before = func(operation, name string) error {
		at = operation + " " + name
		look()
		if operation != "sync" && operation != "syncdir" {
			return nil
		}
		if syncs++; syncs == forget {
			what, since = at, 0
			return vfs.Forget
		}
		return nil
	}
	step := func(err error) {
		if err != nil {
			t.Fatal(at, err)
		}
		at = "behind " + at
		look()
	}
	step(l.start())
	step(l.add(false))
	step(l.add(true))
	step(l.add(false))
	if old == nil {
		step(l.rewrite(true, Onward, false))
		step(l.add(false))
		step(l.rewrite(false, Onward, true))
		step(l.add(false))
		step(l.start()) // kill -9 and another server: all that was written is there
		step(l.add(false))
		step(l.rewrite(false, Onward, false))
		step(l.add(false))
		_ = l.tail.Close()
		l.on = false // appendonly no
		step(l.rewrite(true, Nowhere, false))
		step(l.rewrite(true, Afresh, true))
		step(l.rewrite(true, Afresh, false))
		step(l.add(true))
	}
	return bad, syncs, what
}

func TestPowerLoss(t *testing.T) {
	for name, old := range map[string][]byte{
		"a set": nil,
		"a file of old": AppendCommand(AppendCommand(AppendCommand(nil, []byte("SET"), []byte("1")), []byte("SET"), []byte("2")),
			[]byte("SET"), []byte("3")),
	} {
		t.Run(name, func(t *testing.T) {
			bad, syncs, _ := lose(t, 0, old)
			if len(bad) > 0 {
				t.Fatal(len(bad), strings.Join(bad[:min(5, len(bad))], "\n"))
			}
			for forget := 1; forget <= syncs; forget++ {
				if bad, _, what := lose(t, forget, old); len(bad) == 0 {
					t.Errorf("nobody misses number %d of %d: %s", forget, syncs, what)
				}
			}
		})
	}
}

// TestFailures fails each operation in turn, for once or for a while: what was written is in force, and when all is well again nothing is left over.
func TestFailures(t *testing.T) {
	errDisk := errors.New("no space left on device")
	for _, many := range []int{1, 3, 1000} {
		for fail := 1; fail < 90; fail++ {
			m := &vfs.Mem{}
			l := &life{m: m}
			if err := l.start(); err != nil {
				t.Fatal(err)
			}
			n, at := 0, ""
			m.Before = func(operation, name string) error {
				if n++; n >= fail && n < fail+many && operation != "remove" {
					at = fmt.Sprintf("%d failures from operation %d on, %s %s", many, fail, operation, name)
					return errDisk
				}
				return nil
			}
			check := func() {
				t.Helper()
				if s, _, err := loadFrom(m); err != nil || s.last != l.written {
					t.Fatalf("%s: %d of %d: %v", at, s.last, l.written, err)
				}
				if wrong := l.wrong(m.Crash(nil)); wrong != "" {
					t.Fatal(at, ": ", wrong)
				}
			}
			for i := range 3 {
				_ = l.add(i%2 == 0)
				check()
				_ = l.rewrite(i%2 == 0, Onward, false)
				check()
			}
			if l.d.Keeps = func() bool { return true }; l.d.Clean() != nil {
				t.Error("cleans what is to stay")
			}
			l.d.Keeps = nil
			m.Before = nil
			if err := errors.Join(l.add(true), l.rewrite(true, Onward, false), l.d.Clean()); err != nil {
				t.Fatal(at, ": ", err)
			}
			check()
			if names, _ := m.List(l.d.folder()); len(names) != 3 {
				t.Fatal(at, ": ", names)
			}
		}
	}
}

// TestHistoryKeepsItsNames: a set whose server ended before it had removed what was out of force goes on in a file of another name, which stays.
func TestHistoryKeepsItsNames(t *testing.T) {
	m := &vfs.Mem{}
	folder := filepath.Join(work, "appendonlydir")
	for name, text := range map[string]string{
		"appendonly.aof.2.base.aof": "*1\r\n$4\r\nPING\r\n", "appendonly.aof.1.incr.aof": "",
		"appendonly.aof.manifest": "file appendonly.aof.2.base.aof seq 2 type b\nfile appendonly.aof.1.base.aof seq 1 type h\nfile appendonly.aof.1.incr.aof seq 1 type h\n",
	} {
		f, err := m.Create(filepath.Join(folder, name))
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err = errors.Join(err, f.Sync()); err != nil {
			t.Fatal(err)
		}
	}
	place := placeOn(m)
	place.Log = slog.New(slog.DiscardHandler)
	d, err := Open(place)
	if err != nil {
		t.Fatal(err)
	}
	tail, err := d.Start()
	if err = errors.Join(err, d.Clean()); err != nil {
		t.Fatal(err)
	}
	names, _ := m.List(folder)
	if want := []string{"appendonly.aof.2.base.aof", tail.Name, "appendonly.aof.manifest"}; !slices.Equal(names, want) {
		t.Errorf("%q instead of %q", names, want)
	}
}

// TestLeftoverComesBack: what a rewrite has left under a name that is used again is gone for good, whatever a loss of power brings back.
func TestLeftoverComesBack(t *testing.T) {
	m := &vfs.Mem{}
	d, err := Open(placeOn(m))
	if err != nil {
		t.Fatal(err)
	}
	left, err := m.Create(d.path(d.tempIncr()))
	if err == nil {
		_, err = left.Write([]byte("*1\r\n$4\r\nPING\r\n"))
	}
	if err = errors.Join(err, left.Sync(), m.SyncDir(filepath.Dir(d.path(d.tempIncr())))); err != nil {
		t.Fatal(err)
	}
	r, err := d.Rewrite(true, Afresh)
	if err == nil {
		_, err = r.Write(baseOf(0, true))
		err = errors.Join(err, r.Finish())
	}
	if err != nil {
		t.Fatal(err)
	}
	after := m.Crash(nil)
	f, err := after.Open(d.path(r.Tail.Name))
	if err != nil {
		t.Fatal(err)
	}
	if size, err := f.Size(); size != 0 || err != nil {
		t.Errorf("%d bytes have come back, %v", size, err)
	}
}

// TestListedTwice: a file in force that is listed as one out of force, too, stays.
func TestListedTwice(t *testing.T) {
	m := &vfs.Mem{}
	l := &life{m: m}
	if err := l.start(); err != nil {
		t.Fatal(err)
	}
	f := l.d.Files()[0]
	l.d.m.History = append(l.d.m.History, Info{f.Name, f.Seq, History})
	if err := l.d.Clean(); err != nil || len(l.d.m.History) > 0 {
		t.Errorf("%v, %v", err, l.d.m.History)
	}
	if _, _, err := loadFrom(m); err != nil {
		t.Error(err)
	}
}
