// Package output sends replies and messages to peers. An Output is a connection's: what the socket did not take, within the limits of
// its class. A Sender is a loop's: the buffer that the turn under way replies into, spare buffers, and reply coalescing, by which a
// crowded loop writes the replies of several turns one after another. Both belong to the loop's goroutine. They know the flags of
// a session (reactor/admission), and no session: what follows when a connection ends or can be written to again is its owner's.
package output

import (
	"sigrun/reactor/admission"
)

// Link is the way to a peer.
type Link interface {
	// Write sends what fits into the socket's buffer.
	Write(b []byte) (int, error)
	// AwaitWritable has the owner be told once the socket takes more.
	AwaitWritable()
	// Close ends the connection after the present turn.
	Close()
}

// Output is what one connection is owed.
type Output struct {
	Known bool // its peer has authenticated at some time

	sender    *Sender
	link      Link
	flags     *admission.Flags
	seq       *uint64 // the newest commit that what it sends may show
	owner     Owner
	sent      uint64
	rest      []byte // what the socket did not take
	buf       []byte // the buffer that rest is the end of
	coalesced bool   // a reply of it is held back
	at        int    // where, in coalescing.waiting
	counted   int    // of the next write, since it was queued before
	marks     []mark // what of rest waits for the log
	indulged  int    // below this much rest the peer need not read first
	closed    bool   // the connection is gone
	withheld  bool   // in Sender.withheld

	timed      uint64 // since when the newest reply is on its way, 0: nobody asks
	timedWhat  int
	softSince  int64 // unix ms since when the soft limit is exceeded
	softListed bool  // in Sender.overSoft
}

// Owner is who has an output. Writable is called when what was withheld may go.
type Owner interface{ Writable() }

// Attach says where the bytes go, by whom, for a session in which state, whose number of the newest commit that it has seen is seq.
func (o *Output) Attach(by *Sender, to Link, flags *admission.Flags, seq *uint64, owner Owner) {
	o.sender, o.link, o.flags, o.seq, o.owner = by, to, flags, seq, owner
}

// Flush sends what the turn replied, with one write. What the socket does not take of a
// large reply stays where it is: the connection gets the buffer, the loop another one.
func (o *Output) Flush() {
	s := o.sender
	if s.Cut {
		s.Cut, s.B = false, s.buffer()
		o.Kill()
		return
	}
	if b := s.B; len(b) > 0 {
		rest := o.write(b)
		switch {
		case len(rest) >= worthKeeping && len(o.rest) == 0:
			o.buf, o.rest = b, rest
			s.B = s.buffer()
			o.account(cap(b))
		default:
			if len(rest) > 0 {
				o.owe(rest)
			}
			s.B = b[:0]
		}
		if cap(s.B) > maxKept {
			s.B = s.buffer()
		}
	}
	if *o.flags&admission.CloseAfterReply != 0 && len(o.rest) == 0 {
		o.link.Close()
	}
}

// Transmit sends b now if nothing is waiting before it, and keeps a copy of what the
// socket does not take.
func (o *Output) Transmit(b []byte) {
	if rest := o.write(b); len(rest) > 0 {
		o.owe(rest)
	}
}

// Queue puts b behind whatever the connection is owed; Writable sends it.
func (o *Output) Queue(b []byte) {
	o.count(len(b))
	o.mark(len(b))
	o.owe(b)
}

// Retake puts what was queued before the replies of the turn that begins, so that both are written at once.
func (o *Output) Retake() {
	o.sender.Raw(o.rest)
	o.counted += len(o.rest)
	o.Drop()
}

// write gives b to the socket, behind what the connection is owed already, and returns what
// is still to be kept.
func (o *Output) write(b []byte) (rest []byte) {
	o.CatchUp()
	if o.closed || o.Exceeds(len(b)) {
		return nil
	}
	o.count(len(b) - o.counted)
	o.counted = 0
	if len(o.rest) > 0 || *o.seq > o.sender.shown && o.withholds(*o.seq) {
		o.mark(len(b))
		return b
	}
	o.sender.Counters.Writes.Inc()
	n, err := o.link.Write(b)
	if err != nil {
		o.link.Close()
		return nil
	}
	if n < len(b) {
		o.link.AwaitWritable()
	} else if o.timed != 0 {
		o.written()
	}
	return b[n:]
}

func (o *Output) count(n int) {
	o.sent += uint64(n)
	o.sender.Counters.NetOut.Add(uint64(n))
}

// owe keeps b until the socket takes it, within the limits of the class.
func (o *Output) owe(b []byte) {
	before := cap(o.buf)
	if before == 0 {
		o.buf = o.sender.small(len(b))
		o.rest = o.buf
	}
	grown := append(o.rest, b...)
	if cap(grown) != cap(o.rest) {
		o.buf = grown
	}
	o.rest = grown
	if more := cap(o.buf) - before; more != 0 {
		o.account(more)
	}
}

// Writable sends on what waited for the socket, or for the log. False: the connection is to end.
func (o *Output) Writable() bool {
	for len(o.rest) > 0 {
		b := o.sendable()
		if len(b) == 0 {
			return true
		}
		o.sender.Counters.Writes.Inc()
		n, err := o.link.Write(b)
		switch {
		case err != nil:
			o.link.Close()
			return false
		case n < len(b):
			o.rest = o.rest[n:]
			o.link.AwaitWritable()
			return true
		case n < len(o.rest):
			o.rest = o.rest[n:]
			continue
		}
		o.Drop()
		if o.timed != 0 {
			o.written()
		}
	}
	return true
}

// Timed has Sender.Written be told when what is sent next has gone to the socket, whole.
func (o *Output) Timed(what int, since uint64) { o.timedWhat, o.timed = what, since }

func (o *Output) written() {
	since := o.timed
	o.timed = 0
	o.sender.Written(o.timedWhat, since)
}

// Drop forgets what the connection is owed; the loop keeps a few of the buffers.
func (o *Output) Drop() {
	o.sender.Limits.Outstanding.Add(-int64(cap(o.buf)))
	switch n := cap(o.buf); {
	case n >= worthKeeping:
		o.sender.keepBuffer(o.buf)
	case n >= leastSmall:
		o.sender.keepSmall(o.buf)
	}
	o.rest, o.buf, o.marks, o.softSince, o.indulged = nil, nil, o.marks[:0], 0, 0
}

// Kill closes a connection whose peer does not read.
func (o *Output) Kill() {
	if tell := o.sender.Overrun; tell != nil {
		tell(o.owner)
	}
	o.sender.Counters.OutputKilled.Inc()
	*o.flags |= admission.CloseAfterReply // nothing more is executed
	o.Drop()
	o.link.Close()
}

// End says that the connection is gone: nothing is kept for it any more.
func (o *Output) End() {
	o.closed = true
	o.Drop()
}

// Owed is the number of bytes that wait for the socket, Size what their buffer takes, and Sent what was ever sent.
func (o *Output) Owed() int    { return len(o.rest) }
func (o *Output) Size() int    { return cap(o.buf) }
func (o *Output) Sent() uint64 { return o.sent }

// Taken is how much of that the socket took so far.
func (o *Output) Taken() uint64 { return o.sent - uint64(len(o.rest)) }

// Idle reports whether no list of the loop has the output.
func (o *Output) Idle() bool { return len(o.rest) == 0 && !o.coalesced && !o.softListed && !o.withheld }
