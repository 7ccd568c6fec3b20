package peers

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"time"
)

const (
	// piece is how much is written in the time that one write may take.
	piece = 64 << 10
	// longestLine bounds a reply.
	longestLine = 4 << 10
)

// Conn is a connection that somebody has taken.
type Conn struct {
	// DB is the database that is selected there, -1: nobody knows.
	DB int64

	pool   *Pool
	conn   net.Conn
	in     *bufio.Reader
	to     Target
	within time.Duration
	since  time.Time
}

func newConn(p *Pool, conn net.Conn, to Target, within time.Duration) *Conn {
	return &Conn{DB: -1, pool: p, conn: conn, in: bufio.NewReaderSize(conn, longestLine), to: to, within: within}
}

// Send writes bytes, each piece of them in time.
func (c *Conn) Send(b []byte) error {
	for len(b) > 0 {
		some := b[:min(len(b), piece)]
		if err := c.conn.SetWriteDeadline(time.Now().Add(c.within)); err != nil {
			return err
		}
		if _, err := c.conn.Write(some); err != nil {
			return err
		}
		b = b[len(some):]
	}
	return nil
}

// Line reads a line, without what ends it. It lives until the next one.
func (c *Conn) Line() ([]byte, error) {
	if err := c.conn.SetReadDeadline(time.Now().Add(c.within)); err != nil {
		return nil, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
		return nil, errEmpty
	}
	return line, nil
}

var errEmpty = errors.New("an empty reply")

// Late reports whether an error says that something took too long.
func Late(err error) bool {
	var late net.Error
	return errors.As(err, &late) && late.Timeout()
}

// Close ends a connection that was taken and is of no use any more.
func (c *Conn) Close() error {
	c.pool.drop(c)
	return c.conn.Close()
}
