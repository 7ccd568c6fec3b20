package reactor

import (
	"context"

	"github.com/panjf2000/gnet/v2"
)

// handler is what gnet calls, on the loops.
type handler struct {
	gnet.BuiltinEventEngine
}

// anchor is the connection by which the reactor gets hold of a gnet loop.
type anchor struct{ opened chan gnet.EventLoop }

// OnOpen takes a connection in: a new one, one that comes from another loop, or one
// that is read again.
func (h *handler) OnOpen(g gnet.Conn) ([]byte, gnet.Action) {
	switch x := g.Context().(type) {
	case *anchor:
		x.opened <- g.EventLoop()
	case *conn:
		defer x.loop.Guard()
		action := x.arrived(g)
		x.comeHome()
		return nil, action
	}
	return nil, gnet.None
}

// comeHome has the loop look at what came for it by itself meanwhile: outside of turns nobody else does. It
// is posted, since what is under way may be part of such a look.
func (c *conn) comeHome() {
	if c.loop.Waiting() {
		c.loop.Post(c.loop.Homecoming)
	}
}

func (c *conn) arrived(g gnet.Conn) gnet.Action {
	c.g, c.fd, c.place = g, g.Fd(), enrolled
	c.r.Join(c.s, c.loop)
	if c.ending {
		return gnet.Close
	}
	if c.tls != nil {
		c.secured()
	}
	if c.stop {
		c.stop = false
		c.loop.Post(c.StopReading) // not here: gnet is still opening it
	}
	if c.writes {
		c.writes = false
		c.sendOwn()
		c.s.Writable()
	}
	return gnet.None
}

// OnTraffic hands what was read to the session, then reads the rest of a large
// argument straight to where it belongs.
func (h *handler) OnTraffic(g gnet.Conn) gnet.Action {
	c, ok := g.Context().(*conn)
	if !ok {
		_, _ = g.Discard(-1)
		return gnet.None
	}
	if m := &c.r.meters[c.loop.ID]; m.asked.Load() {
		m.answer()
	}
	defer c.loop.Guard()
	buf, _ := g.Next(-1)
	c.inTurn = true
	if c.tls != nil {
		c.ciphertext(buf)
	} else {
		c.s.Traffic(buf)
		c.direct()
	}
	c.loop.TurnEnded()
	c.inTurn = false
	if c.leaving || c.ending || c.over {
		return gnet.Close
	}
	return gnet.None
}

// direct reads the rest of a large argument to where it belongs.
func (c *conn) direct() {
	for i := 0; i < directReads; i++ {
		into := c.s.Direct()
		if into == nil || c.ending || c.place != enrolled {
			break
		}
		n, err := c.Read(into)
		if n <= 0 || err != nil {
			break // end of file and errors show again, by gnet
		}
		c.s.Arrived(n)
		if n < len(into) {
			break
		}
	}
}

// directReads bounds what one connection reads in a turn beyond its share.
const directReads = 8

// OnClose is the end of a connection, unless it only leaves gnet.
func (h *handler) OnClose(g gnet.Conn, err error) gnet.Action {
	c, ok := g.Context().(*conn)
	if !ok {
		return gnet.None
	}
	if c.leaving {
		c.leaving = false
		return gnet.None
	}
	defer c.loop.Guard()
	c.x.side.forget(c)
	owed := !c.ending && c.s.Lingers() // which sends what was held back, and may find that nobody is there
	if owed && !c.ending && !c.x.closing.Load() && c.linger() {
		return gnet.None
	}
	if c.tls != nil && !c.ending && c.tls.Ended() { // the peer ended first, and is told that nothing follows
		c.tls.Goodbye()
	}
	c.ending, c.place = true, transit
	c.s.Closed()
	c.comeHome()
	return gnet.None
}

// linger keeps the socket of a peer that has shut down its sending side, until it has
// got everything that it is owed.
func (c *conn) linger() bool {
	fd, err := c.g.Dup()
	if err != nil {
		return false
	}
	c.fd, c.place, c.halfway = fd, sidelined, true
	c.watch()
	return true
}

// task runs a function on a loop.
type task func()

func (t task) Run(context.Context) error {
	t()
	return nil
}
