package testkit

import (
	"syscall"
	"time"
)

// CPU is the processor time that this process has used. What is bounded by it is bounded on a crowded host too, where the
// same work takes any time.
func CPU() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic("BUG: " + err.Error())
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
