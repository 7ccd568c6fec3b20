package ignition

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Machine measures how many cores this process could still use: the least of what the
// machine has idle, what the affinity mask allows and what the cgroup's quota leaves.
// A throttled cgroup counts as busy. One goroutine uses it.
type Machine struct {
	at        time.Time
	idle      uint64 // ticks
	total     uint64
	own       time.Duration
	throttled uint64
}

// Forget has the next Look start anew: nobody looked for a while.
func (m *Machine) Forget() { m.at = time.Time{} }

// Look returns how many cores, since the last call, were idle and open to this process,
// and how many it used; 0 both the first time.
func (m *Machine) Look() (open, spent float64) {
	now := time.Now()
	idle, total := machineTicks()
	own, throttled := processTime(), throttledPeriods()
	defer func() { m.at, m.idle, m.total, m.own, m.throttled = now, idle, total, own, throttled }()
	wall := now.Sub(m.at)
	if m.at.IsZero() || total <= m.total || wall <= 0 || throttled > m.throttled {
		return 0, 0
	}
	cores := affinity()
	share := float64(idle-m.idle) / float64(total-m.total)
	free := share * float64(cores)
	used := float64(own-m.own) / float64(wall)
	if quota := cgroupQuota(); quota > 0 {
		free = min(free, quota-used)
	}
	return max(min(free, float64(cores)-used), 0), used
}

// machineTicks reads the machine's idle and total time from /proc/stat.
func machineTicks() (idle, total uint64) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := bytes.Cut(data, []byte{'\n'})
	for i, f := range bytes.Fields(line) {
		v, err := strconv.ParseUint(string(f), 10, 64)
		if err != nil || i > 8 { // guest time is in user time already
			continue
		}
		total += v
		if i == 4 || i == 5 { // idle, iowait
			idle += v
		}
	}
	return idle, total
}

func affinity() int {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) != nil {
		return 1
	}
	return set.Count()
}

func processTime() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts)
	return time.Duration(ts.Nano())
}

// cgroupQuota is the limit of cgroup v2 in cores, 0 when there is none.
func cgroupQuota() float64 {
	data, err := os.ReadFile("/sys/fs/cgroup/cpu.max")
	f := bytes.Fields(data)
	if err != nil || len(f) < 2 {
		return 0
	}
	quota, err1 := strconv.ParseFloat(string(f[0]), 64)
	period, err2 := strconv.ParseFloat(string(f[1]), 64)
	if err1 != nil || err2 != nil || period == 0 {
		return 0
	}
	return quota / period
}

// throttledPeriods counts the times the cgroup was stopped for using its quota up.
func throttledPeriods() uint64 {
	data, _ := os.ReadFile("/sys/fs/cgroup/cpu.stat")
	_, rest, ok := bytes.Cut(data, []byte("nr_throttled "))
	if !ok {
		return 0
	}
	line, _, _ := bytes.Cut(rest, []byte{'\n'})
	n, _ := strconv.ParseUint(string(line), 10, 64)
	return n
}
