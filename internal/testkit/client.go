package testkit

import (
	"bufio"
	"net"
	"strconv"
	"strings"
	"time"
)

// Client is one connection that sends what it is told and returns replies as the bytes that came. Not for use by several
// goroutines at once, except that one may send while another reads.
type Client struct {
	Conn    net.Conn
	Timeout time.Duration // for each reply; from Dial it is long
	in      *bufio.Reader
}

// Dial connects to host:port, or to a Unix socket when addr holds a slash.
func Dial(addr string) (*Client, error) {
	network := "tcp"
	if strings.Contains(addr, "/") {
		network = "unix"
	}
	conn, err := net.DialTimeout(network, addr, patience)
	if err != nil {
		return nil, err
	}
	return Over(conn), nil
}

// Over is a client on a connection that is there.
func Over(conn net.Conn) *Client {
	return &Client{Conn: conn, Timeout: patience, in: bufio.NewReader(conn)}
}

// Close ends the connection.
func (c *Client) Close() error { return c.Conn.Close() }

// Send writes bytes as they are.
func (c *Client) Send(raw []byte) error {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(c.Timeout)); err != nil {
		return err
	}
	_, err := c.Conn.Write(raw)
	return err
}

// Read returns one whole reply as the bytes that came, nested ones and attributes included.
func (c *Client) Read() ([]byte, error) {
	if err := c.Conn.SetReadDeadline(time.Now().Add(c.Timeout)); err != nil {
		return nil, err
	}
	return readReply(c.in)
}

// Do sends one command and returns its raw reply.
func (c *Client) Do(args ...string) ([]byte, error) {
	if err := c.Send(Command(args...)); err != nil {
		return nil, err
	}
	return c.Read()
}

// Pipeline sends the commands with one write and returns the raw reply of each.
func (c *Client) Pipeline(commands ...[]string) ([][]byte, error) {
	var raw []byte
	for _, args := range commands {
		raw = append(raw, Command(args...)...)
	}
	if err := c.Send(raw); err != nil {
		return nil, err
	}
	replies := make([][]byte, 0, len(commands))
	for range commands {
		reply, err := c.Read()
		if err != nil {
			return replies, err
		}
		replies = append(replies, reply)
	}
	return replies, nil
}

// Command is a command as clients send it: an array of bulk strings.
func Command(args ...string) []byte {
	b := append(strconv.AppendInt([]byte{'*'}, int64(len(args)), 10), "\r\n"...)
	for _, a := range args {
		b = append(strconv.AppendInt(append(b, '$'), int64(len(a)), 10), "\r\n"...)
		b = append(append(b, a...), "\r\n"...)
	}
	return b
}

// Exchange opens a connection, writes bytes, and returns all that comes back until the server closes or is silent for
// quiet; closed tells which. For input that is no command.
func Exchange(addr string, raw []byte, quiet time.Duration) (answer []byte, closed bool, err error) {
	c, err := Dial(addr)
	if err != nil {
		return nil, false, err
	}
	defer c.Close()
	if err := c.Send(raw); err != nil {
		return nil, true, nil // closed before it had read everything
	}
	buf := make([]byte, 64<<10)
	for {
		if err := c.Conn.SetReadDeadline(time.Now().Add(quiet)); err != nil {
			return answer, false, err
		}
		n, err := c.Conn.Read(buf)
		answer = append(answer, buf[:n]...)
		if err != nil {
			timeout, ok := err.(net.Error)
			return answer, !ok || !timeout.Timeout(), nil
		}
	}
}
