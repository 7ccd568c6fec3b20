package vfs

import "testing"

// TestWrittenAnew: what a sync has given up of a file is of no concern to one that is created in its place.
func TestWrittenAnew(t *testing.T) {
	m, fails := &Mem{}, true
	m.Before = func(operation, _ string) error {
		if operation == "sync" && fails {
			fails = false
			return Dropped
		}
		return nil
	}
	for _, content := range []string{"first", "second"} {
		f, err := m.Create("/file")
		if err == nil {
			_, err = f.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Sync(); (err == nil) != (content == "second") {
			t.Fatalf("%s: %v", content, err)
		}
		_ = f.Close()
	}
	if err := m.SyncDir("/"); err != nil {
		t.Fatal(err)
	}
	f, err := m.Crash(nil).Open("/file")
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 20)
	if n, _ := f.Read(b); string(b[:n]) != "second" {
		t.Errorf("%q", b[:n])
	}
}
