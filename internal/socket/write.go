//go:build !race

package socket

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Write is write(2) on a socket that never blocks. The runtime is not told of short ones:
// when it is, its monitor takes the processor away from the loop in many of them and keeps
// looking, fourteen thousand times a second: 4 % of a loop's CPU.
func Write(fd int, b []byte) (int, error) {
	if len(b) == 0 || len(b) > short {
		return unix.Write(fd, b)
	}
	n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}
