package client

import (
	"sigrun/bench/wire"
	"sigrun/bench/workload"
)

// pending is a request that was sent.
type pending struct {
	cmd      *workload.Command // nil: one of the connection itself
	key      uint64
	sent     int64
	intended int64
}

// pendings are requests in the order in which they were sent.
type pendings struct {
	ring []pending
	head uint32
	tail uint32
}

func (q *pendings) len() int { return int(q.tail - q.head) }

func (q *pendings) push(p pending) {
	if q.len() == len(q.ring) {
		larger := make([]pending, max(2*len(q.ring), 4))
		n := q.len()
		for i := range n {
			larger[i] = q.ring[(q.head+uint32(i))&uint32(len(q.ring)-1)]
		}
		q.ring, q.head, q.tail = larger, 0, uint32(n)
	}
	q.ring[q.tail&uint32(len(q.ring)-1)] = p
	q.tail++
}

func (q *pendings) front() *pending { return &q.ring[q.head&uint32(len(q.ring)-1)] }

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
}
