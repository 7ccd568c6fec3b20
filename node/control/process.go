package control

import (
	"bytes"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"

	"golang.org/x/sys/unix"

	"sigrun/internal/sim"
)

// What INFO tells of the process and its machine. A simulated run is to be the same everywhere: there it is nothing.

func goVersion() string { return runtime.Version() }

func pid() int {
	if sim.On() {
		return 0
	}
	return os.Getpid()
}

func goroutines() int {
	if sim.On() {
		return 0
	}
	return runtime.NumGoroutine()
}

// readHeap looks at Go's heap.
func readHeap(to *runtime.MemStats) {
	if !sim.On() {
		runtime.ReadMemStats(to)
	}
}

func osName() string {
	var u unix.Utsname
	if sim.On() || unix.Uname(&u) != nil {
		return runtime.GOOS
	}
	text := func(b []byte) string {
		s, _, _ := bytes.Cut(b, []byte{0})
		return string(s)
	}
	return text(u.Sysname[:]) + " " + text(u.Release[:]) + " " + text(u.Machine[:])
}

func totalMemory() uint64 {
	var i unix.Sysinfo_t
	if sim.On() || unix.Sysinfo(&i) != nil {
		return 0
	}
	return uint64(i.Totalram) * uint64(i.Unit)
}

// ResidentBytes is what the process has in memory.
func ResidentBytes() uint64 {
	if sim.On() {
		return 0
	}
	data, err := os.ReadFile("/proc/self/statm")
	if f := bytes.Fields(data); err == nil && len(f) > 1 {
		pages, _ := strconv.ParseUint(string(f[1]), 10, 64)
		return pages * uint64(os.Getpagesize())
	}
	return 0
}

// cpuSeconds is the process's CPU time in user or system mode.
func cpuSeconds(user bool) float64 {
	var u unix.Rusage
	if !sim.On() {
		_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	}
	t := u.Stime
	if user {
		t = u.Utime
	}
	return float64(t.Sec) + float64(t.Usec)/1e6
}

// gcPercent is the garbage collector's share of the CPU time that the process used,
// in per cent. Time that it took from cores which were idle is not counted.
func gcPercent() float64 {
	if sim.On() {
		return 0
	}
	samples := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/gc/mark/idle:cpu-seconds"}}
	metrics.Read(samples)
	gc := samples[0].Value.Float64() - samples[1].Value.Float64()
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	used := float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
	if used <= 0 {
		return 0
	}
	return 100 * gc / used
}
