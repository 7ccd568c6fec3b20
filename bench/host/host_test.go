package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestReadFile: what has no end is not read to its end.
func TestReadFile(t *testing.T) {
	if _, err := ReadFile("/dev/zero", 100); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := ReadFile(path, 3); err != nil || string(text) != "abc" {
		t.Error(string(text), err)
	}
	if _, err := ReadFile(path, 2); err == nil {
		t.Error("three bytes are read as two")
	}
}

func TestCPUs(t *testing.T) {
	if list, err := CPUs("0-2, 5"); err != nil || !slices.Equal(list, []int{0, 1, 2, 5}) {
		t.Error(list, err)
	}
	for _, bad := range []string{"", "x", "1-x", "3-1", "-1", "0-999999"} {
		if _, err := CPUs(bad); err == nil {
			t.Error(bad)
		}
	}
}

func TestBind(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, bound, after unix.CPUSet
	_ = unix.SchedGetaffinity(0, &before)
	cpu := 0
	for !before.IsSet(cpu) {
		cpu++
	}
	release, err := Bind(cpu)
	if err != nil {
		t.Fatal(err)
	}
	_ = unix.SchedGetaffinity(0, &bound)
	release()
	_ = unix.SchedGetaffinity(0, &after)
	if bound.Count() != 1 || !bound.IsSet(cpu) || after != before {
		t.Error(before, bound, after)
	}
	if _, err := Bind(1000); err == nil {
		t.Error("a core that is not there")
	}
}

func TestFacts(t *testing.T) {
	f := Look()
	if f.Kernel == "" || f.Cores < 1 || f.Memory == 0 || f.Go == "" {
		t.Errorf("%+v", f)
	}
}

func TestSince(t *testing.T) {
	a := Used{User: 100 * tick, System: 50 * tick, Ran: 1500 * time.Millisecond, Switches: 5}
	b := Used{User: 103 * tick, System: 51 * tick, Ran: 1544 * time.Millisecond, Switches: 7}
	if d := b.Since(a); d.User != 33*time.Millisecond || d.System != 11*time.Millisecond || d.Switches != 2 {
		t.Errorf("%+v", d)
	}
	b.Ran = 100 * time.Millisecond // a thread has ended
	if d := b.Since(a); d.User != 3*tick || d.System != tick {
		t.Errorf("%+v", d)
	}
	if d := a.Since(Used{User: 99 * tick}); d.User != tick { // who does not tell of it
		t.Errorf("%+v", d)
	}
}

func TestProcess(t *testing.T) {
	for sum := 0; OwnCPU() < 30*tick; sum++ {
	}
	u, err := Process(os.Getpid())
	if err != nil || u.CPU() < 20*tick || u.Resident == 0 {
		t.Errorf("%+v, %v", u, err)
	}
	if d := u.Since(u); d.CPU() != 0 || d.Resident != u.Resident {
		t.Errorf("%+v", d)
	}
	if w := u.With(u); w.CPU() != 2*u.CPU() || w.Switches != 2*u.Switches {
		t.Errorf("%+v", w)
	}
	child := exec.Command("sleep", "100")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait()
	defer child.Process.Kill()
	if !IsProcess(os.Getpid(), "host.test") || IsProcess(child.Process.Pid, "host.test") || IsProcess(-1, "") {
		t.Error("processes are taken for others")
	}
	if _, err := Process(-1); err == nil {
		t.Error("no process")
	}
}
