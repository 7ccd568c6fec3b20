//go:build !race

package poll

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// large is from where on the runtime is told of a call, in bytes: the kernel copies that long.
const large = 128 << 10

func wait(fd int, events []Event, d time.Duration) int {
	t := unix.NsecToTimespec(int64(d))
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT2, uintptr(fd), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)),
		uintptr(unsafe.Pointer(&t)), 0, 0)
	if errno == unix.ENOSYS {
		return slowWait(fd, events, d)
	}
	if errno != 0 {
		return 0
	}
	return int(n)
}

// Read is read(2) on a socket that never blocks.
func Read(fd int, b []byte) (int, error) { return raw(unix.SYS_READ, fd, b) }

// Write is write(2) on a socket that never blocks.
func Write(fd int, b []byte) (int, error) {
	if len(b) > large {
		return unix.Write(fd, b)
	}
	return raw(unix.SYS_WRITE, fd, b)
}

func raw(call uintptr, fd int, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, _, errno := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}
