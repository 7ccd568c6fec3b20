package reactor

import (
	"net"

	"sigrun/reactor/transport"
)

// What a connection does whose bytes are ciphertext. It is read by gnet like any other; what was read is decrypted on its loop.

// secured is called when the connection has come to a loop.
func (c *conn) secured() {
	c.tls.Attach(c, &c.x.scratch[c.loop.ID])
	if c.tls.HasEarly() || c.tls.Failed() != nil { // not here: gnet is still opening it
		loop := c.loop
		loop.Post(func() {
			if c.at.Load() == loop { // or it has gone to another one, which takes it in
				c.catchUp()
			}
		})
	}
}

// catchUp takes in what came before the loop had the connection.
func (c *conn) catchUp() {
	if c.place != enrolled || c.ending {
		return
	}
	c.inTurn = true
	c.ciphertext(nil)
	c.inTurn = false
	if c.leaving || c.ending || c.over {
		c.closeGnet()
		return
	}
	c.comeHome()
}

// ciphertext takes what was read, and on top of that the rest of a large argument.
func (c *conn) ciphertext(buf []byte) {
	if early := c.tls.Early(); early != nil {
		c.decrypt(early)
	}
	c.decrypt(buf)
	for i := 0; i < directReads && !c.ending && c.place == enrolled && c.s.Direct() != nil; i++ {
		into := c.x.scratch[c.loop.ID].Received()
		n, err := c.Read(into)
		if n <= 0 || err != nil {
			break // end of file and errors show again, by gnet
		}
		c.decrypt(into[:n])
		if n < len(into) {
			break
		}
	}
	c.sendOwn()
	if err := c.tls.Failed(); err != nil {
		if c.tls.Ended() {
			c.over = c.place == enrolled // as if the peer had shut down its side of the socket
		} else {
			c.Close()
		}
	}
}

// decrypt hands the session what buf says.
func (c *conn) decrypt(buf []byte) {
	c.tls.Feed(buf)
	for !c.ending {
		if into := c.s.Direct(); into != nil {
			n := c.tls.Into(into)
			if n == 0 {
				return
			}
			c.s.Arrived(n)
			continue
		}
		b := c.tls.Next()
		if len(b) == 0 {
			return
		}
		c.s.Traffic(b)
	}
}

// sendOwn sends what TLS itself has to say (answers to updates of keys, alerts), which may be without any reply.
func (c *conn) sendOwn() {
	if c.tls == nil || !c.tls.Owes() || c.place == transit || c.ending || c.writes {
		return
	}
	if err := c.tls.Flush(); err != nil {
		c.Close()
	} else if c.tls.Owes() {
		c.AwaitWritable()
	}
}

// greet has a new connection shake hands, and gives it to a loop when that is done. It waits while too many do.
func (r *Reactor) greet(nc net.Conn, leaving <-chan struct{}) {
	if r.clients.Load()+int64(r.handshakes.UnderWay()) >= r.MaxClients() { // which cannot be told before the handshake
		r.Rejected.Add(1)
		_ = nc.Close()
		return
	}
	if !r.handshakes.Begin(nc, leaving) {
		_ = nc.Close()
	}
}

// greeted takes in a connection that has shaken hands.
func (r *Reactor) greeted(nc net.Conn, s *transport.Stream) { r.accept(nc, s) }
