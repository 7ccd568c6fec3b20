package client

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"sigrun/bench/wire"
)

// Conn is a connection to ask the server something, beside the load.
type Conn struct {
	net.Conn
	// Patience is how long an answer may take; 0: a minute.
	Patience time.Duration

	r    *bufio.Reader
	scan wire.Scanner
	buf  []byte
}

// Ask connects.
func Ask(t *Target) (*Conn, error) { return ask(t, 0) }

// ask connects to who has so much time, for connecting and for every answer; 0: as much as is usual.
func ask(t *Target, patience time.Duration) (*Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	if patience > 0 {
		d.Timeout = min(patience, dialTimeout)
	}
	nc, err := d.Dial(t.Network, t.Addr)
	if err != nil {
		return nil, err
	}
	if t.TLS != nil {
		s := tls.Client(nc, t.TLS)
		_ = s.SetDeadline(time.Now().Add(d.Timeout))
		if err := s.Handshake(); err != nil {
			_ = nc.Close()
			return nil, fmt.Errorf("TLS: %w", err)
		}
		nc = s
	}
	c := &Conn{Conn: nc, Patience: patience, r: bufio.NewReaderSize(nc, 16<<10)}
	for _, args := range t.introduction() {
		if _, err := c.Text(args...); err != nil {
			_ = nc.Close()
			return nil, fmt.Errorf("%s: %w", args[0], err)
		}
	}
	return c, nil
}

// askTimeout is how long an answer may take. BGSAVE and such answer at once, and work on.
const askTimeout = 60 * time.Second

// Send sends one command as bytes and returns its reply, whose bytes are valid until the next one. An error reply is no error.
func (c *Conn) Send(b []byte) (r wire.Reply, err error) {
	patience := c.Patience
	if patience == 0 {
		patience = askTimeout
	}
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Write(b); err != nil {
		return r, err
	}
	c.buf = c.buf[:0]
	for {
		if r, n, err := c.scan.Next(c.buf); err != nil || n > 0 {
			return r, err
		}
		if len(c.buf) == cap(c.buf) {
			c.buf = append(c.buf, make([]byte, len(c.buf)+4096)...)[:len(c.buf)]
		}
		n, err := c.r.Read(c.buf[len(c.buf):cap(c.buf)])
		if c.buf = c.buf[:len(c.buf)+n]; err == io.EOF {
			return r, io.ErrUnexpectedEOF
		}
		if err != nil {
			return r, err
		}
	}
}

// Text sends a command and returns what is answered, if that is text or a number.
func (c *Conn) Text(args ...string) (string, error) {
	r, err := c.Send(wire.AppendCommand(nil, args...))
	if err != nil {
		return "", err
	}
	if r.IsError() {
		return "", errors.New(string(r.Text))
	}
	return string(r.Text), nil
}
