package testkit

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
	"testing"
)

// Relay listens on an address without TLS and passes everything on to one with it, so that whoever knows nothing of TLS can test what
// is behind. Either side's last byte is the other side's, too. It ends with the test.
func Relay(t testing.TB, to string, cfg *tls.Config) (addr string) {
	t.Helper()
	ln := Must(net.Listen("tcp", "127.0.0.1:0"))(t)
	var all sync.WaitGroup
	t.Cleanup(func() {
		_ = ln.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			near, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() { relay(near.(*net.TCPConn), to, cfg) })
		}
	})
	return ln.Addr().String()
}

func relay(near *net.TCPConn, to string, cfg *tls.Config) {
	defer near.Close()
	far, err := tls.Dial("tcp", to, cfg)
	if err != nil {
		return
	}
	defer far.Close()
	var both sync.WaitGroup
	both.Go(func() {
		if _, err := io.Copy(far, near); err != nil { // it was reset: so is the other one
			_ = far.NetConn().(*net.TCPConn).SetLinger(0)
			_ = far.NetConn().Close()
			return
		}
		_ = far.CloseWrite()
	})
	both.Go(func() {
		if _, err := io.Copy(near, far); err != nil {
			_ = near.SetLinger(0)
			_ = near.Close()
			return
		}
		_ = near.CloseWrite()
		_ = near.CloseRead()
	})
	both.Wait()
}
