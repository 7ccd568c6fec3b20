package poll

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func pair(t *testing.T) (a, b int) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = unix.Close(fds[0]), unix.Close(fds[1]) })
	return fds[0], fds[1]
}

// await waits until something happens; a signal of the runtime's ends a wait early.
func await(p *Poller) (e []Event) {
	for len(e) == 0 {
		e = p.Wait(time.Hour)
	}
	return e
}

func TestWait(t *testing.T) {
	p, err := New(4)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	a, b := pair(t)
	if err := p.Add(a, 77, In); err != nil {
		t.Fatal(err)
	}
	if e := p.Wait(2 * time.Millisecond); len(e) != 0 {
		t.Fatal(e)
	}
	if n, err := Write(b, []byte("hello")); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	e := await(p)
	if len(e) != 1 || e[0].Fd != 77 || e[0].Events&In == 0 {
		t.Fatal(e)
	}
	buf := make([]byte, 16)
	if n, err := Read(a, buf); n != 5 || err != nil || string(buf[:5]) != "hello" {
		t.Fatal(n, err)
	}
	if n, err := Read(a, buf); n != -1 || err != unix.EAGAIN {
		t.Fatal(n, err)
	}
	if err := p.Change(a, 78, In|Out); err != nil {
		t.Fatal(err)
	}
	if e := await(p); len(e) != 1 || e[0].Fd != 78 || e[0].Events != Out {
		t.Fatal(e)
	}
}

func TestLargeWrite(t *testing.T) {
	a, b := pair(t)
	_ = unix.SetsockoptInt(a, unix.SOL_SOCKET, unix.SO_SNDBUF, 1<<20)
	n, err := Write(a, make([]byte, 200<<10))
	if err != nil || n <= 0 {
		t.Fatal(n, err)
	}
	if n, err := Read(b, make([]byte, n)); err != nil || n <= 0 {
		t.Fatal(n, err)
	}
}
