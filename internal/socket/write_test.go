package socket

import (
	"bytes"
	"testing"

	"golang.org/x/sys/unix"
)

// pair is two ends of a connection that never block.
func pair(t testing.TB) (a, b int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = unix.Close(fds[0]), unix.Close(fds[1]) })
	return fds[0], fds[1]
}

// TestWrite compares with unix.Write: what arrives, how much of it, and which errors.
func TestWrite(t *testing.T) {
	for _, n := range []int{0, 1, 100, short - 1, short, short + 1, 8 << 20} {
		data := bytes.Repeat([]byte("0123456789"), n/10+1)[:n]
		a, b := pair(t)
		c, d := pair(t)
		got, err := Write(a, data)
		want, wantErr := unix.Write(c, data)
		if got != want || err != wantErr {
			t.Fatalf("%d bytes: %d, %v; unix.Write: %d, %v", n, got, err, want, wantErr)
		}
		buf := make([]byte, n)
		if m, _ := unix.Read(b, buf); n > 0 && (m <= 0 || !bytes.Equal(buf[:m], data[:m])) {
			t.Fatalf("%d bytes: %d arrived changed", n, m)
		}
		_ = d
	}
}

func TestWriteErrors(t *testing.T) {
	a, _ := pair(t)
	one := []byte("x")
	for i := 0; ; i++ {
		if _, err := Write(a, make([]byte, short)); err == unix.EAGAIN {
			break
		} else if err != nil || i > 1000 {
			t.Fatalf("a full socket: %v after %d writes", err, i)
		}
	}
	if n, err := Write(-1, one); n != -1 || err != unix.EBADF {
		t.Errorf("a bad descriptor: %d, %v", n, err)
	}
	c, d := pair(t)
	_ = unix.Shutdown(d, unix.SHUT_RDWR)
	if n, err := Write(c, one); n != -1 || err != unix.EPIPE {
		t.Errorf("a peer that is gone: %d, %v", n, err)
	}
}

func FuzzWrite(f *testing.F) {
	f.Add([]byte("+PONG\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, b := pair(t)
		n, err := Write(a, data)
		if err != nil || n != len(data) && n < short {
			t.Fatalf("%d of %d, %v", n, len(data), err)
		}
		buf := make([]byte, n)
		if m, _ := unix.Read(b, buf); n > 0 && !bytes.Equal(buf[:max(m, 0)], data[:m]) {
			t.Fatal("arrived changed")
		}
	})
}
