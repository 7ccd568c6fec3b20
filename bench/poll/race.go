//go:build race

package poll

import (
	"time"

	"golang.org/x/sys/unix"
)

func wait(fd int, events []Event, d time.Duration) int { return slowWait(fd, events, d) }

// Read is read(2), and tells the race detector what is written.
func Read(fd int, b []byte) (int, error) { return unix.Read(fd, b) }

// Write is write(2), and tells the race detector what is read.
func Write(fd int, b []byte) (int, error) { return unix.Write(fd, b) }
