package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// runOn keeps all threads of the process, and those they will start, to some CPUs:
// numbers and ranges such as 0-3,8 or 0-6:2 (parameter server-cpulist).
func runOn(list string) error {
	cpus, err := parseCPUs(list)
	if err != nil {
		return err
	}
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads {
		id, _ := strconv.Atoi(t.Name())
		if err := unix.SchedSetaffinity(id, cpus); err != nil && err != unix.ESRCH {
			return err
		}
	}
	runtime.GOMAXPROCS(min(cpus.Count(), runtime.GOMAXPROCS(0)))
	return nil
}

func parseCPUs(list string) (*unix.CPUSet, error) {
	var cpus unix.CPUSet
	for _, part := range strings.Split(list, ",") {
		span, step, stepped := strings.Cut(part, ":")
		from, to, ranged := strings.Cut(span, "-")
		if !ranged {
			to = from
		}
		if !stepped {
			step = "1"
		}
		a, err1 := strconv.ParseUint(from, 10, 16)
		b, err2 := strconv.ParseUint(to, 10, 16)
		n, err3 := strconv.ParseUint(step, 10, 16)
		if err1 != nil || err2 != nil || err3 != nil || n == 0 || a > b || b >= 1024 {
			return nil, fmt.Errorf("%q is no list of CPUs", list)
		}
		for ; a <= b; a += n {
			cpus.Set(int(a))
		}
	}
	return &cpus, nil
}
