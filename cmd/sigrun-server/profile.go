//go:build profile

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
)

// profile records what the server spends its time with, into a file of its own below $CPU_PROFILES, until stop is called. `make profile`
// merges such files into default.pgo, by which builds are tuned.
func profile() (stop func()) {
	name := filepath.Join(os.Getenv("CPU_PROFILES"), fmt.Sprintf("%d.prof", os.Getpid()))
	f, err := os.Create(name)
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "no profile:", err)
		return func() {}
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}
}
