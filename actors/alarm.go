package actors

import (
	"golang.org/x/sys/unix"

	"sigrun/internal/sim"
)

// alarm wakes a worker, which sleeps in a blocking read of an eventfd: a goroutine that is locked to its thread
// and parks on a channel costs tens of microseconds to wake. In a simulated run it is a channel all the same.
type alarm struct {
	fd    int
	wakes chan struct{}
}

func newAlarm() (a alarm, err error) {
	if sim.On() {
		return alarm{wakes: make(chan struct{}, 1)}, nil
	}
	a.fd, err = unix.Eventfd(0, unix.EFD_CLOEXEC)
	return a, err
}

func (a *alarm) wake() {
	if sim.On() {
		select {
		case a.wakes <- struct{}{}:
		default:
		}
		return
	}
	one := [8]byte{1}
	_, _ = unix.Write(a.fd, one[:])
}

// sleep returns when there was a wake since the last time; false: it never will again.
func (a *alarm) sleep() bool {
	if sim.On() {
		sim.Receive("sleeps", a.wakes)
		return true
	}
	var count [8]byte
	_, err := unix.Read(a.fd, count[:])
	return err == nil || err == unix.EINTR
}

func (a *alarm) close() {
	if !sim.On() {
		_ = unix.Close(a.fd)
	}
}
