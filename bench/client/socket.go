package client

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"sigrun/bench/poll"
)

// event deals with what has happened to a socket.
func (t *thread) event(k *link, what uint32) {
	if k.fd < 0 || k.state == shaking || k.state == closed {
		return
	}
	if k.state == dialling {
		if err := t.knocked(k); err != nil {
			t.lose(k, err)
		}
		return
	}
	if k.state == open && what&(poll.In|poll.Bad) != 0 {
		if err := t.read(k); err != nil {
			t.lose(k, err)
			return
		}
		if k.state == open {
			t.goOn(k.lane)
		}
	}
	if k.fd >= 0 && k.full && what&(poll.Out|poll.Bad) != 0 {
		k.full = false
		if err := t.poller.Change(k.fd, k.id, poll.In); err != nil {
			t.lose(k, err)
			return
		}
		t.soil(k)
	}
}

// goOn has a lane do what it does when it was answered.
func (t *thread) goOn(l *lane) {
	if !l.leaving {
		t.refill(l)
		return
	}
	if l.out == 0 {
		for _, k := range l.links {
			if k != nil && k.state == open {
				t.let(k)
			}
		}
	}
}

// read reads what has come.
func (t *thread) read(k *link) error {
	if k.secure != nil {
		return t.readSecure(k)
	}
	if need := k.scan.Needs(); need > len(k.part)+readBuffer {
		return t.readDirect(k, need)
	}
	n, err := poll.Read(k.fd, t.in)
	if err = readError(n, err); err != nil || n <= 0 {
		return err
	}
	t.clock()
	return t.take(k, t.in[:n])
}

// readDirect reads a large reply to where it is kept.
func (t *thread) readDirect(k *link, need int) error {
	const room = 1 << 20 // no more than that is believed to come
	if cap(k.part)-len(k.part) < readBuffer {
		larger := make([]byte, len(k.part), min(need+readBuffer, 2*len(k.part)+room))
		copy(larger, k.part)
		k.part = larger
	}
	n, err := poll.Read(k.fd, k.part[len(k.part):cap(k.part)])
	if err = readError(n, err); err != nil || n <= 0 {
		return err
	}
	t.clock()
	k.part = k.part[:len(k.part)+n]
	return t.take(k, nil)
}

var errEnd = errors.New("the server has closed the connection")

func readError(n int, err error) error {
	switch {
	case n == 0:
		return errEnd
	case err == unix.EAGAIN || err == unix.EINTR:
		return nil
	case err == unix.ECONNRESET:
		return fmt.Errorf("the server has reset the connection")
	}
	return err
}

// flush sends what is to be sent.
func (t *thread) flush() {
	for i := 0; i < len(t.dirty); i++ {
		k := t.dirty[i]
		k.dirty = false
		if k.state == open && !k.full && len(k.out) > 0 {
			if err := k.write(t.poller); err != nil {
				t.lose(k, err)
			}
		}
	}
	t.dirty = t.dirty[:0]
}

// let ends a connection whose time is over; another one comes.
func (t *thread) let(k *link) {
	k.fails = 0
	t.drop(k)
	if t.sending {
		t.dial(k)
	}
}

// lose ends a connection that has failed.
func (t *thread) lose(k *link, err error) {
	if !t.sending && t.begun {
		t.fault("behind the end: %v", err)
	} else {
		t.fault("%v", err)
	}
	first := k.owed // what the connection itself has sent is no work of the lane's
	for ; k.waiting.len() > 0; k.waiting.head++ {
		if first > 0 {
			first--
			continue
		}
		k.lane.out--
		t.lost(k.waiting.front())
	}
	t.drop(k)
	if !t.begun {
		t.fail(fmt.Errorf("connecting to %s: %w", t.addr(k.node), err))
		return
	}
	k.fails++
	t.again(k, t.now+int64(backoff)<<min(k.fails, 7))
	if t.topology != nil { // nobody else tells the lane to go on, and no node will say that another one serves the slots now
		t.stalled = append(t.stalled, k.lane)
		t.topology.refresh(t.Target, k.node)
	}
}

// lost counts a request that will not be answered, with the time that it has taken so far: it would have taken longer.
func (t *thread) lost(p *pending) {
	if p.cmd == nil || p.cmd == &ownCommand || !t.begun || !t.counts(p.intended) {
		return
	}
	if t.timed() {
		t.set.Classes[p.cmd.Class].LoseBoth(t.now-p.sent, t.now-p.intended)
		return
	}
	t.set.Classes[p.cmd.Class].Lose(t.now - p.sent)
}

// resume has lanes go on that have lost what they waited for.
func (t *thread) resume() {
	list := t.stalled
	t.stalled = nil
	for _, l := range list {
		t.goOn(l)
	}
	t.flush()
}

// drop closes a socket and forgets what was under way on it.
func (t *thread) drop(k *link) {
	if k.fd >= 0 {
		// No reply is owed, or none will come: a socket that waits for its last packets would only keep its port.
		_ = unix.SetsockoptLinger(k.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		_ = unix.Close(k.fd)
	}
	if k.state == dialling || k.state == shaking {
		t.dials--
	}
	k.fd, k.state, k.full, k.secure, k.owed = -1, closed, false, nil, 0
	k.waiting.head = k.waiting.tail
	k.scan = scanner()
	k.out, k.part = k.out[:0], k.part[:0]
	k.lane.tasks, k.lane.leaving = 0, false
}
