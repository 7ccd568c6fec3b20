package vfs

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
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
