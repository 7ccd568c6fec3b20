package vfs

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func put(t *testing.T, f FS, name, text string) {
	t.Helper()
	w, err := f.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Sync(), w.Close(), f.SyncDir(filepath.Dir(name))); err != nil {
		t.Fatal(err)
	}
}

func get(f FS, name string) string {
	r, err := f.Open(name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "none"
		}
		return err.Error()
	}
	b, _ := io.ReadAll(r)
	if n, err := r.Size(); n != int64(len(b)) || err != nil {
		return "wrong size"
	}
	return string(b)
}

// TestBoth does the same on the machine's file system and in memory.
func TestBoth(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []FS{OS{}, &Mem{}} {
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		put(t, f, a, "one")
		put(t, f, a, "two")
		if get(f, a) != "two" || get(f, b) != "none" {
			t.Errorf("%T: %s %s", f, get(f, a), get(f, b))
		}
		put(t, f, b, "three")
		if err := f.Rename(a, b); err != nil || get(f, a) != "none" || get(f, b) != "two" {
			t.Errorf("%T: %v %s %s", f, err, get(f, a), get(f, b))
		}
		if err := f.Remove(b); err != nil || get(f, b) != "none" {
			t.Errorf("%T: %v", f, err)
		}
		if err := f.Remove(b); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%T: %v", f, err)
		}
		if err := f.Rename(a, b); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%T: %v", f, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Error(left)
	}
}

// TestBothAppend, cut, and keep files in a directory that is made.
func TestBothAppend(t *testing.T) {
	work := t.TempDir()
	for _, f := range []FS{OS{}, &Mem{}} {
		dir := filepath.Join(work, "dir")
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		for _, want := range []bool{true, false} {
			if made, err := f.MakeDir(dir); made != want || err != nil {
				t.Errorf("%T: %v %v", f, made, err)
			}
		}
		for _, text := range []string{"one", "two"} {
			w, err := f.Append(a)
			if err != nil {
				t.Fatal(err)
			}
			_, err = io.WriteString(w, text)
			if err := errors.Join(err, w.Close()); err != nil {
				t.Error(err)
			}
		}
		w, _ := f.Append(a)
		if size, err := w.Size(); size != 6 || err != nil {
			t.Errorf("%T: %d %v", f, size, err)
		}
		err := w.Truncate(4)
		_, more := io.WriteString(w, "hree")
		if err := errors.Join(err, more, w.Sync(), w.Close(), f.SyncDir(dir)); err != nil || get(f, a) != "onethree" {
			t.Errorf("%T: %v %s", f, err, get(f, a))
		}
		w, _ = f.Create(filepath.Join(work, "c"))
		_, err = io.WriteString(w, "moral")
		_ = w.Truncate(2)
		_, more = io.WriteString(w, "ved")
		if err := errors.Join(err, more, w.Sync(), w.Close()); err != nil {
			t.Errorf("%T: %v", f, err)
		}
		if err := f.Rename(filepath.Join(work, "c"), b); err != nil {
			t.Error(err)
		}
		if names, err := f.List(dir); err != nil || !slices.Equal(names, []string{"a", "b"}) || get(f, b) != "moved" {
			t.Errorf("%T: %v %v", f, names, err)
		}
		if names, err := f.List(work); err != nil || len(names) != 0 {
			t.Errorf("%T: %v %v", f, names, err)
		}
		if r, _ := f.Open(a); r.Truncate(0) == nil {
			t.Errorf("%T: cuts what is read", f)
		}
	}
	if _, err := (OS{}).MakeDir(filepath.Join(work, "dir", "a")); err == nil {
		t.Error("a file is taken for a directory")
	}
}

// lots loses power many times and counts what is found.
func lots(m *Mem, find func(left *Mem) string) map[string]int {
	seen := map[string]int{find(m.Crash(nil)): 1}
	random := rand.New(rand.NewPCG(1, 3))
	for range 300 {
		seen[find(m.Crash(random))]++
	}
	return seen
}

// TestCrashBehindACut: the end that was cut off is there, or is not, or there is something of what was written in its place.
func TestCrashBehindACut(t *testing.T) {
	m := &Mem{}
	put(t, m, "/d/a", "0123456789")
	w, _ := m.Append("/d/a")
	_ = w.Truncate(4)
	file := func(left *Mem) string { return get(left, "/d/a") }
	if seen := lots(m, file); len(seen) != 2 || seen["0123456789"] == 0 || seen["0123"] == 0 {
		t.Error(seen)
	}
	_, _ = io.WriteString(w, "abcdefgh")
	seen := lots(m, file)
	for text := range seen {
		if text != "0123456789" && text[:4] != "0123" || len(text) > 12 {
			t.Error(text)
		}
	}
	if len(seen) < 5 {
		t.Error(seen)
	}
	_ = w.Sync()
	if seen := lots(m, file); len(seen) != 1 || seen["0123abcdefgh"] == 0 {
		t.Error(seen)
	}
}

// TestCrashOfADirectory: with it go its files.
func TestCrashOfADirectory(t *testing.T) {
	m := &Mem{}
	_, _ = m.MakeDir("/d/e/")
	put(t, m, "/d/e/a", "safe")
	file := func(left *Mem) string { return get(left, "/d/e/a") }
	if seen := lots(m, file); len(seen) != 2 || seen["safe"] == 0 || seen["none"] == 0 {
		t.Error(seen)
	}
	if made, _ := m.Crash(nil).MakeDir("/d/e"); !made {
		t.Error("it is still there")
	}
	_ = m.SyncDir("/d")
	if seen := lots(m, file); len(seen) != 1 || seen["safe"] == 0 {
		t.Error(seen)
	}
	if made, _ := m.Crash(nil).MakeDir("/d/e"); made {
		t.Error("it is not there")
	}
}

// TestCrashOfAMove: a file that got another name has one of the two at least.
func TestCrashOfAMove(t *testing.T) {
	m := &Mem{}
	put(t, m, "/d/a", "safe")
	_ = m.Rename("/d/a", "/e/b")
	names := func(left *Mem) string { return get(left, "/d/a") + " " + get(left, "/e/b") }
	if seen := lots(m, names); len(seen) != 3 || seen["none none"] != 0 {
		t.Error(seen)
	}
	_ = m.SyncDir("/e")
	if seen := lots(m, names); len(seen) != 2 || seen["none safe"] == 0 || seen["safe safe"] == 0 {
		t.Error(seen)
	}
	_ = m.SyncDir("/d")
	if seen := lots(m, names); len(seen) != 1 || seen["none safe"] == 0 {
		t.Error(seen)
	}
}

func TestCrashLosesWhatIsNotSafe(t *testing.T) {
	m := &Mem{}
	put(t, m, "/d/a", "safe")
	w, _ := m.Create("/d/b")
	_, _ = io.WriteString(w, "bytes")
	_ = w.Sync()
	if left := m.Crash(nil); get(left, "/d/a") != "safe" || get(left, "/d/b") != "none" {
		t.Error("a name survived that was not safe")
	}
	_ = m.SyncDir("/d")
	_, _ = io.WriteString(w, "more")
	_ = m.Remove("/d/a")
	if left := m.Crash(nil); get(left, "/d/a") != "safe" || get(left, "/d/b") != "bytes" {
		t.Errorf("%s %s", get(left, "/d/a"), get(left, "/d/b"))
	}
	seen := map[string]bool{}
	random := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		left := m.Crash(random)
		seen[get(left, "/d/a")] = true
		seen[get(left, "/d/b")] = true
	}
	if !seen["safe"] || !seen["none"] || len(seen) < 5 {
		t.Error("chance decides nothing", len(seen))
	}
}

// replaceAll replaces a file three times and tells ok after each that succeeded.
func replaceAll(m *Mem, ok func(text string)) {
	for _, text := range []string{"one", "two", "three"} {
		r, err := Replace(m, "/d/temp", "/d/file")
		if err != nil {
			continue
		}
		_, err = io.WriteString(r, text)
		if err != nil {
			r.Abandon()
		} else if r.Commit() == nil {
			ok(text)
		}
	}
}

// violations loses power before every operation, after forgetting the sync of that number, and counts what should not be.
func violations(forget int) (bad, syncs int) {
	m := &Mem{}
	random := rand.New(rand.NewPCG(1, 2))
	done, next := "none", map[string]string{"none": "one", "one": "two", "two": "three", "three": "three"}
	look := func() {
		for i := range 20 {
			r := random
			if i == 0 {
				r = nil
			}
			if have := get(m.Crash(r), "/d/file"); have != done && have != next[done] {
				bad++
			}
		}
	}
	m.Before = func(operation, name string) error {
		look()
		if operation == "sync" || operation == "syncdir" {
			if syncs++; syncs == forget {
				return Forget
			}
		}
		return nil
	}
	replaceAll(m, func(text string) { done = text; look() })
	return bad, syncs
}

func TestReplaceSurvives(t *testing.T) {
	bad, syncs := violations(0)
	if bad != 0 || syncs != 6 {
		t.Error(bad, syncs)
	}
	for forget := 1; forget <= syncs; forget++ {
		if bad, _ := violations(forget); bad == 0 {
			t.Errorf("nobody misses sync %d", forget)
		}
	}
}

// TestReplaceFails fails every operation once: then the former file is there, or the new one, and no other.
func TestReplaceFails(t *testing.T) {
	for fail := 1; fail < 20; fail++ {
		m, operations := &Mem{}, 0
		m.Before = func(operation, name string) error {
			if operations++; operations == fail {
				return errors.New("no space left on device")
			}
			return nil
		}
		last := "none"
		replaceAll(m, func(text string) {
			if last = text; get(m, "/d/file") != text {
				t.Errorf("operation %d: %s instead of %s", fail, get(m, "/d/file"), text)
			}
		})
		if names := m.Names(); len(names) != 1 || last != "three" && fail < 11 {
			t.Errorf("operation %d: %v %s", fail, names, last)
		}
	}
}
