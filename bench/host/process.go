package host

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// tick is the unit of processor time in /proc.
const tick = 10 * time.Millisecond

// Used is what a process has taken so far.
type Used struct {
	User     time.Duration `json:"user"`
	System   time.Duration `json:"system"`
	Ran      time.Duration `json:"-"`        // of both by the scheduler's account, of threads that live; more exact
	Resident int64         `json:"resident"` // bytes, now
	Switches int64         `json:"switches"` // of its threads, of their own accord or not
}

// CPU is what it had of processors.
func (u Used) CPU() time.Duration { return u.User + u.System }

// Since is what was taken since an earlier look; memory is as it is now. Ticks say how user and system share what the scheduler
// has counted, unless threads have ended meanwhile, of which it tells no more.
func (u Used) Since(o Used) Used {
	d := Used{User: u.User - o.User, System: u.System - o.System, Ran: u.Ran - o.Ran, Resident: u.Resident, Switches: u.Switches - o.Switches}
	ticks := d.User + d.System
	if o.Ran > 0 && d.Ran > ticks-ticks/20-2*tick {
		share := 0.5
		if ticks > 0 {
			share = float64(d.User) / float64(ticks)
		}
		d.User = time.Duration(share * float64(d.Ran))
		d.System = d.Ran - d.User
	}
	return d
}

// With is what two processes have taken together.
func (u Used) With(o Used) Used {
	return Used{u.User + o.User, u.System + o.System, u.Ran + o.Ran, u.Resident + o.Resident, u.Switches + o.Switches}
}

// OwnCPU is what this process has had of processors so far.
func OwnCPU() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Process is what a process on this machine has taken.
func Process(pid int) (u Used, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, err
	}
	f := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(f) < 22 {
		return u, fmt.Errorf("process %d: its state cannot be read", pid)
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	pages, _ := strconv.ParseInt(f[21], 10, 64)
	u = Used{User: time.Duration(user) * tick, System: time.Duration(system) * tick, Resident: pages * int64(os.Getpagesize())}
	u.precise(pid)
	return u, nil
}

// precise takes what the scheduler has counted.
func (u *Used) precise(pid int) {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return
	}
	for _, t := range tasks {
		data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", pid, t.Name()))
		if f := strings.Fields(string(data)); len(f) == 3 {
			n, _ := strconv.ParseInt(f[0], 10, 64)
			u.Ran += time.Duration(n)
		}
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/status", pid, t.Name()))
		u.Switches += number(status, "voluntary_ctxt_switches:") + number(status, "nonvoluntary_ctxt_switches:")
	}
}

// number is the number behind a word at the beginning of a line.
func number(text []byte, word string) int64 {
	_, rest, ok := bytes.Cut(append([]byte("\n"), text...), []byte("\n"+word))
	if !ok {
		return 0
	}
	if f := bytes.Fields(rest); len(f) > 0 {
		n, _ := strconv.ParseInt(string(f[0]), 10, 64)
		return n
	}
	return 0
}

// IsProcess tells whether a process of this machine runs a program whose name contains a word.
func IsProcess(pid int, word string) bool {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return err == nil && strings.Contains(string(name), word)
}
