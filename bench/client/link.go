package client

import (
	"io"

	"golang.org/x/sys/unix"

	"sigrun/bench/poll"
	"sigrun/bench/wire"
	"sigrun/bench/workload"
)

// pending is a request that was sent.
type pending struct {
	cmd      *workload.Command // nil: one of the connection itself
	key      uint64
	sent     int64
	intended int64
	drawn    *workload.Drawn // all that was drawn for it, where it cannot be drawn once more
}

// pendings are requests in the order in which they were sent.
type pendings struct {
	buf  []pending
	head uint32
	tail uint32
}

func (q *pendings) len() int { return int(q.tail - q.head) }

func (q *pendings) push(p pending) {
	if q.len() == len(q.buf) {
		larger := make([]pending, max(2*len(q.buf), 4))
		n := q.len()
		for i := range n {
			larger[i] = q.buf[(q.head+uint32(i))&uint32(len(q.buf)-1)]
		}
		q.buf, q.head, q.tail = larger, 0, uint32(n)
	}
	q.buf[q.tail&uint32(len(q.buf)-1)] = p
	q.tail++
}

func (q *pendings) front() *pending { return &q.buf[q.head&uint32(len(q.buf)-1)] }

// state is how far a connection has come.
type state uint8

const (
	closed state = iota
	dialling
	shaking // TLS
	open
)

// link is a connection.
type link struct {
	lane    *lane
	id      int // in the thread's list
	fd      int
	state   state
	node    int // of the cluster
	waiting pendings
	scan    wire.Scanner
	part    []byte // a reply of which only this has come
	out     []byte // not sent yet
	dirty   bool   // it stands in the thread's list of those that have something to send
	full    bool   // the socket takes no more; it is told of when it does
	owed    int    // replies to what the connection itself has sent
	since   int64  // when it was dialled
	secure  *secure
	fails   int   // in a row
	retry   int64 // when it is dialled again
	listed  bool  // it stands in the thread's list of those that are dialled again
	later   bool  // the last try came to nothing, and was no failure
}

// unsent is how much waits for the socket.
func (k *link) unsent() int {
	if k.secure != nil {
		return len(k.out) + len(k.secure.out)
	}
	return len(k.out)
}

// write sends what the socket takes.
func (k *link) write(p *poll.Poller) error {
	if k.secure != nil {
		return k.writeSecure(p)
	}
	rest, err := k.push(p, k.out)
	if err != nil {
		return err
	}
	k.out = kept(k.out, rest)
	return nil
}

// push writes what the socket takes and returns what it does not.
func (k *link) push(p *poll.Poller, b []byte) (rest []byte, err error) {
	for len(b) > 0 {
		n, err := poll.Write(k.fd, b)
		if err == unix.EAGAIN {
			k.full = true
			return b, p.Change(k.fd, k.id, poll.In|poll.Out)
		}
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, io.ErrShortWrite
		}
		b = b[n:]
	}
	return nil, nil
}

// kept moves what is left of a buffer to its front; a large one that is empty goes.
func kept(buf, rest []byte) []byte {
	if len(rest) == 0 && cap(buf) > keptBuffer {
		return nil
	}
	return append(buf[:0], rest...)
}

// keep keeps what has come of a reply.
func (k *link) keep(rest []byte) {
	switch {
	case len(rest) == 0 && cap(k.part) > keptBuffer:
		k.part = nil
	case len(k.part) == len(rest): // nothing of it is done
	default:
		k.part = append(k.part[:0], rest...) // it may lie in part itself, further behind
	}
}

// lane is what one client does. In a cluster it has a connection to each node.
type lane struct {
	id      uint64
	role    *workload.Role
	links   []*link // by node
	out     int     // commands under way
	tasks   int     // since it has connected
	queued  bool    // it stands in the queue of those who may send at their time
	resting bool    // its time has not come yet (ramp)
	leaving bool    // it goes when it was answered
	db      int     // that it works in, as far as a replay has said; -1: nobody knows
}

// stuffed tells whether so much is to be sent that nothing should be drawn before some of it has gone.
func (l *lane) stuffed() bool {
	for _, k := range l.links {
		if k != nil && k.unsent() >= mostUnsent {
			return true
		}
	}
	return false
}
