// Package load makes load for a server: prepared pipelines over a number of
// connections, each sent when the one before has been answered (closed loop).
package load

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
)

// Pipeline is bytes to send and the number of replies that they cause.
type Pipeline struct {
	Bytes   []byte
	Replies int
}

// Add appends one command.
func (p *Pipeline) Add(args ...string) {
	p.Bytes = fmt.Appendf(p.Bytes, "*%d\r\n", len(args))
	for _, a := range args {
		p.Bytes = fmt.Appendf(p.Bytes, "$%d\r\n%s\r\n", len(a), a)
	}
	p.Replies++
}

// Conn is one connection that sends pipelines and reads their replies.
type Conn struct {
	net.Conn
	r *bufio.Reader
}

// Dial connects.
func Dial(addr string) (*Conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &Conn{c, bufio.NewReaderSize(c, 64<<10)}, nil
}

// Do sends a pipeline and reads all its replies; an error reply is an error.
func (c *Conn) Do(p *Pipeline) error {
	if _, err := c.Write(p.Bytes); err != nil {
		return err
	}
	for i := 0; i < p.Replies; i++ {
		if err := c.skip(); err != nil {
			return err
		}
	}
	return nil
}

// Text sends one command and returns its reply, a simple or bulk string.
func (c *Conn) Text(args ...string) (string, error) {
	var p Pipeline
	p.Add(args...)
	if _, err := c.Write(p.Bytes); err != nil {
		return "", err
	}
	line, err := c.r.ReadString('\n')
	if err != nil || line[0] != '$' {
		return line, err
	}
	n, _ := strconv.Atoi(line[1 : len(line)-2])
	buf := make([]byte, max(n, 0)+2)
	_, err = io.ReadFull(c.r, buf)
	return string(buf[:max(n, 0)]), err
}

// skip reads one reply.
func (c *Conn) skip() error {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return err
	}
	switch line[0] {
	case '-':
		return fmt.Errorf("the server answers %q", bytes.TrimSpace(line))
	case '$':
		n, _ := strconv.Atoi(string(line[1 : len(line)-2]))
		if n >= 0 {
			_, err = c.r.Discard(n + 2)
		}
	case '*', '~', '>':
		n, _ := strconv.Atoi(string(line[1 : len(line)-2]))
		for ; n > 0 && err == nil; n-- {
			err = c.skip()
		}
	}
	return err
}

// Run has every connection send the pipelines that next gives it until it gives none,
// all at the same time.
func Run(addr string, conns int, next func(conn, turn int) *Pipeline) error {
	var wg sync.WaitGroup
	errs := make([]error, conns)
	for i := 0; i < conns; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c, err := Dial(addr)
			if err != nil {
				errs[i] = err
				return
			}
			defer c.Close()
			for turn := 0; ; turn++ {
				p := next(i, turn)
				if p == nil {
					return
				}
				if errs[i] = c.Do(p); errs[i] != nil {
					return
				}
			}
		}()
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Fill stores keys from..to-1 of 16 bytes with values of size bytes; ttl > 0 gives
// every key a time of expiry in seconds.
func Fill(addr string, from, to, size, ttl int) error {
	const conns, batch = 4, 256
	value := string(bytes.Repeat([]byte{'x'}, size))
	share := (to - from + conns - 1) / conns
	return Run(addr, conns, func(conn, turn int) *Pipeline {
		at := from + conn*share + turn*batch
		end := min(from+(conn+1)*share, to)
		if at >= end {
			return nil
		}
		p := &Pipeline{}
		for ; at < end && p.Replies < batch; at++ {
			if ttl > 0 {
				p.Add("SET", Key(at), value, "EX", strconv.Itoa(ttl))
			} else {
				p.Add("SET", Key(at), value)
			}
		}
		return p
	})
}

// Key is key n, 16 bytes, as redis-benchmark names it.
func Key(n int) string { return fmt.Sprintf("key:%012d", n) }
