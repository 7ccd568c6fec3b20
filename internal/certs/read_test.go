package certs

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// What is no file, or a very large one, is refused at once.
func TestWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	pipe, large, good := filepath.Join(dir, "pipe"), filepath.Join(dir, "large"), filepath.Join(dir, "good")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(large, make([]byte, largestFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(good, make([]byte, 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{pipe, "/dev/zero", large, dir, filepath.Join(dir, "none")} {
		if _, err := readFile(name); err == nil {
			t.Error(name, "was read")
		}
	}
	if data, err := readFile(good); err != nil || len(data) != 1000 {
		t.Error(len(data), err)
	}
}
