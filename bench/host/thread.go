// Package host knows the machine that the load is made on: its processors and what they were used for, what the kernel is, and
// what processes have taken.
package host

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Bind has the calling thread run on one core only, until release is called.
func Bind(cpu int) (release func(), err error) {
	var before, set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return func() {}, err
	}
	set.Set(cpu)
	return func() { _ = unix.SchedSetaffinity(0, &before) }, unix.SchedSetaffinity(0, &set)
}

// ThreadWait is how long the calling thread could have run and had no processor, since it began.
func ThreadWait() time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/schedstat", unix.Gettid()))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(data))
	if len(f) < 2 {
		return 0
	}
	n, _ := strconv.ParseInt(f[1], 10, 64)
	return time.Duration(n)
}

// mostCores is how many a set of them holds.
const mostCores = 1024

// Allowed are the cores that this process may run on.
func Allowed() (list []int) {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) != nil {
		return nil
	}
	for n := range mostCores {
		if set.IsSet(n) {
			list = append(list, n)
		}
	}
	return list
}

// ListOf writes cores as CPUs reads them.
func ListOf(list []int) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}
