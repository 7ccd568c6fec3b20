package poll

import (
	"time"

	"golang.org/x/sys/unix"
)

// slowWait waits by milliseconds, where the kernel is older than Linux 5.11.
func slowWait(fd int, events []Event, d time.Duration) int {
	n, err := unix.EpollWait(fd, events, int((d+time.Millisecond-1)/time.Millisecond))
	if err != nil {
		return 0
	}
	return n
}
