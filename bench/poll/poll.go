// Package poll is what a load thread asks of the kernel, at the least cost: waiting for many sockets with a deadline in
// nanoseconds, reading and writing without blocking, and the processor time of the thread. The runtime is not told of these
// calls: its monitor would take the processor away from the thread in every longer wait, and look for one to take all the time.
// Whoever waits here therefore holds one of Go's processors, and starts with one more than there are threads that do.
package poll

import (
	"time"

	"golang.org/x/sys/unix"
)

// longest is how long a thread waits at most: a collection of garbage has to wait for it.
const longest = 5 * time.Millisecond

// Event is a socket that something happened to.
type Event = unix.EpollEvent

// What is waited for and what is told.
const (
	In  = unix.EPOLLIN
	Out = unix.EPOLLOUT
	Bad = unix.EPOLLERR | unix.EPOLLHUP
)

// Poller waits for sockets, each known by a number of the caller's.
type Poller struct {
	fd     int
	events []Event
}

// New makes a Poller that tells of most events at a time.
func New(most int) (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return &Poller{fd: fd, events: make([]Event, most)}, nil
}

// Add waits for what happens to a socket from now on; id comes back with each event, in Fd.
func (p *Poller) Add(fd, id int, what uint32) error {
	return p.control(unix.EPOLL_CTL_ADD, fd, id, what)
}

// Change waits for something else.
func (p *Poller) Change(fd, id int, what uint32) error {
	return p.control(unix.EPOLL_CTL_MOD, fd, id, what)
}

func (p *Poller) control(op, fd, id int, what uint32) error {
	e := Event{Events: what, Fd: int32(id)}
	return unix.EpollCtl(p.fd, op, fd, &e)
}

// Wait returns what has happened, at the latest after d, and after 5 ms anyway. It may return early with nothing.
func (p *Poller) Wait(d time.Duration) []Event {
	return p.events[:wait(p.fd, p.events, min(max(d, 0), longest))]
}

// Close forgets all sockets.
func (p *Poller) Close() { _ = unix.Close(p.fd) }

// CPU is the processor time of the calling thread, which has to be locked to its goroutine.
func CPU() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t)
	return time.Duration(t.Nano())
}

// Punctual has the kernel wake the calling thread when it is to be woken, and not up to 50 us later.
func Punctual() { _ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) }

// Leisurely undoes Punctual.
func Leisurely() { _ = unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) }
