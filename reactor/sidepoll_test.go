package reactor

import (
	"testing"

	"golang.org/x/sys/unix"

	"sigrun/reactor/session"
)

// An event of a connection that is gone must not reach the one that was given its descriptor since.
func TestSidePollerTellsConnectionsOfOneDescriptorApart(t *testing.T) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	p := &sidePoller{fd: fd, watched: map[int32]watch{}} // nobody polls: the test does
	told := 0
	loop := &session.Loop{Post: func(func()) { told++ }}
	first, second := pair(t, loop), pair(t, loop)
	p.watch(first, unix.EPOLLOUT)
	old := next(t, p)
	p.forget(first)
	if err := unix.Dup2(second.fd, first.fd); err != nil { // the number is given to another
		t.Fatal(err)
	}
	second.fd = first.fd
	p.watch(second, unix.EPOLLOUT)
	p.report(old)
	if told != 0 {
		t.Fatal("a connection was told what happened to another")
	}
	p.report(next(t, p))
	if told != 1 {
		t.Fatal("a connection was not told what happened to it")
	}
}

// next is an event that is there.
func next(t *testing.T, p *sidePoller) unix.EpollEvent {
	t.Helper()
	var events [1]unix.EpollEvent
	for {
		n, err := unix.EpollWait(p.fd, events[:], -1)
		if err == unix.EINTR {
			continue
		}
		if n != 1 || err != nil {
			t.Fatal(n, err)
		}
		return events[0]
	}
}

// pair is a connection of a loop, one end of a pair of sockets.
func pair(t *testing.T, loop *session.Loop) *conn {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fds[0]); _ = unix.Close(fds[1]) })
	c := &conn{loop: loop, fd: fds[0]}
	c.at.Store(loop)
	return c
}
