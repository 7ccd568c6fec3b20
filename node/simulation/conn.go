//go:build sim

package simulation

import (
	"errors"
	"slices"

	"sigrun/internal/sim"
	"sigrun/reactor/session"
)

// place says who looks after a connection, as in the reactor.
type place uint8

const (
	enrolled  place = iota // it is read
	sidelined              // it is not, but whether it ends is looked at
	transit                // between the two, or between loops
)

// conn is a connection: a session's link, and what its client holds of it.
type conn struct {
	e      *engine
	name   string
	number int
	s      *session.Session
	loop   *loop
	place  place

	in, out []byte // sent by the client and not read yet; taken from the session and not read by the client yet
	taken   int    // bytes that the client has read
	shut    bool   // the client has sent its last byte
	reset   bool   // the client is gone
	gone    bool   // the node has closed it
	come    chan struct{}
	halfway bool // that the client has shut was noticed
	ending  bool // Close was called
	inTurn  bool
	writes  bool // the session waits for room
	stop    bool // StopReading was called in transit
	looked  bool // the loop will look at it
}

var errReset = errors.New("connection reset by peer")

// readBuffer is what a turn reads at most.
const readBuffer = 16 << 10

// Write implements session.Link: now and then it takes less than there is room for.
func (c *conn) Write(b []byte) (int, error) {
	switch {
	case c.place == transit || c.ending:
		return 0, nil
	case c.reset:
		return 0, errReset
	}
	n := min(len(b), c.room()-len(c.out))
	if n > 1 && sim.IntN(8) == 0 {
		n = 1 + sim.IntN(n-1)
	}
	c.out = append(c.out, b[:n]...)
	c.tell()
	return n, nil
}

// tell wakes the client.
func (c *conn) tell() {
	select {
	case c.come <- struct{}{}:
	default:
	}
}

// Read implements session.Link.
func (c *conn) Read(b []byte) (int, error) {
	if c.reset {
		return 0, errReset
	}
	n := copy(b, c.in)
	c.in = c.in[n:]
	return n, nil
}

// AwaitWritable implements session.Link.
func (c *conn) AwaitWritable() {
	c.writes = true
	c.look()
}

// StopReading implements session.Link.
func (c *conn) StopReading() {
	if c.place != enrolled || c.ending {
		c.stop = c.place == transit
		return
	}
	c.place = sidelined
	c.e.r.Parked.Add(1)
	c.look()
}

// ResumeReading implements session.Link.
func (c *conn) ResumeReading() {
	switch c.place {
	case sidelined:
		c.place = transit
		c.enroll(c.loop)
	case transit:
		c.stop = false
	}
}

// Close implements session.Link.
func (c *conn) Close() {
	if c.ending {
		return
	}
	c.ending = true
	switch {
	case c.place == enrolled && !c.inTurn:
		c.closed()
	case c.place == sidelined:
		c.place = transit
		c.loop.post(c.over)
	}
}

// Fd implements session.Link.
func (c *conn) Fd() int { return 8 + c.number }

// Size implements session.Link.
func (c *conn) Size() int { return 0 }

// enroll has l take the connection, soon.
func (c *conn) enroll(l *loop) {
	if c.loop != nil {
		c.loop.conns = slices.DeleteFunc(c.loop.conns, func(o *conn) bool { return o == c })
	}
	c.loop = l
	l.conns = append(l.conns, c)
	l.post(c.arrived)
	sim.Yield("has given a connection away")
}

func (c *conn) arrived() {
	if c.gone {
		return
	}
	c.place = enrolled
	c.e.r.Join(c.s, c.loop.Loop)
	if c.ending {
		c.closed()
		return
	}
	if c.stop {
		c.stop = false
		c.loop.post(c.StopReading)
	}
	if c.writes && c.roomy() {
		c.writes = false
		c.s.Writable()
	}
	c.comeHome()
	c.look()
}

func (c *conn) comeHome() {
	if c.loop.Waiting() {
		c.loop.post(c.loop.Homecoming)
	}
}

func (c *conn) roomy() bool { return c.reset || len(c.out) < c.room() }

// room is how many bytes a connection holds: more to a client that reads much, as the window of TCP does. Half a gigabyte gets through within the steps of a run.
func (c *conn) room() int { return max(c.e.room, c.taken>>12) }

// look has the loop look at the connection: something came, there is room, or the client is gone. Anybody may call it.
func (c *conn) look() {
	if !c.looked && c.loop != nil {
		c.looked = true
		l := c.loop
		l.post(func() { c.happened(l) })
	}
}

// happened looks at what has come about.
func (c *conn) happened(l *loop) {
	c.looked = false
	switch {
	case c.gone || c.place == transit || c.ending: // whoever takes it in looks again
		return
	case c.loop != l:
		c.look()
		return
	}
	if c.place == sidelined && (c.reset || c.shut && len(c.in) == 0 && c.s.Blocked()) {
		c.Close()
		return
	}
	if c.writes && c.roomy() {
		c.writes = false
		c.s.Writable()
		c.loop.Homecoming()
	}
	if c.place != enrolled || c.ending || c.gone {
		return
	}
	switch {
	case c.reset:
		c.closed()
	case len(c.in) > 0:
		c.turn()
	case c.shut && !c.halfway:
		c.halfway = true
		c.closed()
	}
}

// turn reads what came.
func (c *conn) turn() {
	n := min(len(c.in), readBuffer)
	if sim.IntN(4) == 0 {
		n = 1 + sim.IntN(n)
	}
	buf := slices.Clone(c.in[:n])
	c.in = c.in[n:]
	c.inTurn = true
	c.s.Traffic(buf)
	for range 8 {
		into := c.s.Direct()
		if into == nil || c.ending || c.place != enrolled {
			break
		}
		n, err := c.Read(into)
		if n <= 0 || err != nil {
			break
		}
		c.s.Arrived(n)
	}
	c.loop.TurnEnded()
	c.inTurn = false
	if c.ending {
		c.closed()
		return
	}
	c.look()
}

// closed is the end of what is read: the connection's, unless its client is still owed something.
func (c *conn) closed() {
	if c.gone {
		return
	}
	if !c.ending && c.s.Lingers() && !c.ending {
		c.halfway, c.place = true, sidelined
		c.look()
		return
	}
	c.over()
}

// over ends the session.
func (c *conn) over() {
	if c.gone {
		return
	}
	c.gone, c.ending, c.place = true, true, transit
	c.loop.conns = slices.DeleteFunc(c.loop.conns, func(o *conn) bool { return o == c })
	if c.s.Loop() == nil { // it never arrived
		c.e.r.Left()
	} else {
		c.s.Closed()
		c.comeHome()
	}
	c.tell()
}

// What the client does.

func (c *conn) send(b []byte) {
	if c.gone || c.shut || c.reset {
		return
	}
	c.in = append(c.in, b...)
	c.look()
	sim.Yield("has sent")
}

// take is what has come, up to n bytes.
func (c *conn) take(n int) []byte {
	n = min(n, len(c.out))
	b := slices.Clone(c.out[:n])
	c.taken += n
	if c.out = c.out[n:]; n > 0 && c.writes {
		c.look()
	}
	return b
}

// hangUp shuts the sending side, or resets the connection.
func (c *conn) hangUp(reset bool) {
	c.shut = true
	if reset {
		c.reset, c.in, c.out = true, nil, nil
	}
	c.look()
	sim.Yield("has hung up")
}
