// Package peers keeps connections to other servers, for commands that speak to one. Whoever takes one has it alone until he gives it back;
// what nobody takes is closed after a while. It knows nothing of what is said there.
package peers

import (
	"context"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	// mostIdle is how many connections are kept.
	mostIdle = 64
	// IdleFor is how long one is kept that nobody takes.
	IdleFor = 10 * time.Second
)

// Target is a server, and as whom it is spoken to: a connection that somebody has introduced himself on is nobody else's.
type Target struct {
	Host           string
	Port           int
	User, Password string
	Known          bool // by a password; else nobody is introduced
	Named          bool // and by a user's name
}

// Dial makes a connection.
type Dial func(ctx context.Context, address string) (net.Conn, error)

// Pool is the connections of a node. Any goroutine may use it.
type Pool struct {
	dial Dial
	ctx  context.Context
	end  context.CancelFunc

	mu   sync.Mutex
	idle []*Conn // in the order in which they were given back
	used map[*Conn]struct{}
}

// New makes a pool without connections.
func New(dial Dial) *Pool {
	p := &Pool{dial: dial, used: map[*Conn]struct{}{}}
	p.ctx, p.end = context.WithCancel(context.Background())
	return p
}

// Kept takes a connection to a target that is there, nil: none is. It may have broken meanwhile.
func (p *Pool) Kept(to Target, within time.Duration) *Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.idle) - 1; i >= 0; i-- {
		if c := p.idle[i]; c.to == to {
			p.idle = slices.Delete(p.idle, i, i+1)
			p.used[c] = struct{}{}
			c.within = within
			return c
		}
	}
	return nil
}

// Connect makes a new one. within bounds how long that takes, and then how long each write and each reply may.
func (p *Pool) Connect(to Target, within time.Duration) (*Conn, error) {
	ctx, cancel := context.WithTimeout(p.ctx, within)
	defer cancel()
	conn, err := p.dial(ctx, net.JoinHostPort(to.Host, strconv.Itoa(to.Port)))
	if err != nil {
		return nil, err
	}
	c := newConn(p, conn, to, within)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.ctx.Err(); err != nil { // the node ends
		_ = conn.Close()
		return nil, err
	}
	p.used[c] = struct{}{}
	return c, nil
}

// Give takes a connection back that the next one can use. Where too many are kept the one goes that was not used for longest.
func (p *Pool) Give(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, mine := p.used[c]; !mine {
		return
	}
	delete(p.used, c)
	if len(p.idle) == mostIdle {
		_ = p.idle[0].conn.Close()
		p.idle = slices.Delete(p.idle, 0, 1)
	}
	c.since = time.Now()
	p.idle = append(p.idle, c)
}

// drop forgets a connection that was taken.
func (p *Pool) drop(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.used, c)
}

// Expire closes what nobody has taken for a while.
func (p *Pool) Expire(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := 0
	for old < len(p.idle) && now.Sub(p.idle[old].since) > IdleFor {
		_ = p.idle[old].conn.Close()
		old++
	}
	p.idle = slices.Delete(p.idle, 0, old)
}

// Idle is how many connections are kept.
func (p *Pool) Idle() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle)
}

// Close closes all connections, those in use too: whoever waits there is told. None can be made any more.
func (p *Pool) Close() {
	p.end()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		_ = c.conn.Close()
	}
	p.idle = nil
	for c := range p.used {
		_ = c.conn.Close()
	}
}
