package client

import (
	"math"
	"strconv"

	"sigrun/bench/workload"
)

// pace says when a thread of the open loop sends. The times do not depend on what the server does: what cannot be sent in time,
// since all connections wait, is sent as soon as one does not, and its time counts from when it was to be sent.
type pace struct {
	gap   float64 // nanoseconds between two, in the mean
	at    float64 // when the next is to be sent
	next  int64
	free  []*lane // that may send, first come first served
	head  int
	short int64 // until then there was no connection free
	log   []entry
}

func (p *pace) begin(t *thread, now int64) {
	p.next = math.MaxInt64
	if t.Replay != nil {
		p.log = t.Replay.of(t)
		p.follow(now)
		return
	}
	if t.Rate == 0 {
		return
	}
	mine := 0
	for _, l := range t.lanes {
		if l.role.Paced && len(l.role.Tasks) > 0 {
			mine++
		}
	}
	if mine == 0 {
		return
	}
	p.gap = float64(t.paced) / (t.Rate * float64(mine)) * 1e9
	p.at = float64(now) + p.gap*float64(t.id)/float64(t.Threads)
	p.next = int64(p.at)
}

// freed has a lane that may send again wait for its turn. When it is the only one, what was to be sent before had nobody to send it.
func (p *pace) freed(l *lane, now int64) {
	if p.head == len(p.free) {
		p.short = now
	}
	p.queue(l)
}

// queue has a lane wait for its turn to send.
func (p *pace) queue(l *lane) {
	if !l.queued {
		l.queued = true
		p.free = append(p.free, l)
	}
}

// pop is the lane whose turn it is.
func (p *pace) pop(t *thread) *lane {
	for p.head < len(p.free) {
		l := p.free[p.head]
		p.free[p.head] = nil
		if p.head++; p.head == len(p.free) || p.head > 4096 {
			p.free = append(p.free[:0], p.free[p.head:]...)
			p.head = 0
		}
		l.queued = false
		if l.out < t.Pipeline && !l.leaving && !l.stuffed() && t.mayGoOn(l) {
			return l
		}
	}
	return nil
}

// waits tells whether there is something to be sent at its time, and somebody who can.
func (p *pace) waits() bool { return p.log != nil || p.head < len(p.free) }

// send sends all that is to be sent by now.
func (p *pace) send(t *thread) {
	if !t.sending || p.next > t.now {
		return
	}
	t.clock()
	if p.log != nil {
		p.replay(t)
		return
	}
	for p.next <= t.now && p.next < t.until && t.budget != 0 {
		l := p.pop(t)
		if l == nil {
			p.short = t.now
			return
		}
		if p.next >= p.short && t.counts(p.next) {
			t.set.Lag.Record(t.now - p.next)
		}
		t.task(l, p.next)
		if l.out < t.Pipeline {
			p.queue(l)
		}
		p.step(t)
	}
}

// step goes on to the time of the next request.
func (p *pace) step(t *thread) {
	gap := p.gap
	if !t.Even {
		gap *= t.dice.Exponential()
	}
	if t.Ramp > 0 { // the rate grows with time
		begin := float64(t.from - int64(t.WarmUp))
		if share := (p.at - begin) / float64(t.Ramp); share < 1 {
			gap /= max(share, 0.02)
		}
	}
	p.at += gap
	p.next = int64(p.at)
}

// late tells whether something is still to be sent whose time has come.
func (p *pace) late(t *thread) bool {
	if t.Replay != nil {
		return len(p.log) > 0 && p.log[0].at < t.until
	}
	return t.Rate > 0 && p.next < t.until
}

// exhausted tells whether there is nothing more to be sent, ever.
func (p *pace) exhausted(t *thread) bool { return t.Replay != nil && len(p.log) == 0 }

// behind counts what was to be sent and was not.
func (p *pace) behind(t *thread) (n int64) {
	if t.Replay != nil {
		for n < int64(len(p.log)) && p.log[n].at < t.until {
			n++
		}
		return n
	}
	if t.Rate == 0 || t.budget == 0 {
		return 0
	}
	if end := min(t.until, t.now); p.next < end {
		return int64(float64(end-p.next) / p.gap)
	}
	return 0
}

// follow notes the time of the next entry of the log.
func (p *pace) follow(int64) {
	p.next = math.MaxInt64
	if len(p.log) > 0 {
		p.next = p.log[0].at
	}
}

func (p *pace) replay(t *thread) {
	for len(p.log) > 0 && p.log[0].at <= t.now && p.log[0].at < t.until && t.budget != 0 {
		e := &p.log[0]
		k := e.lane.links[0]
		if k.state != open {
			t.fault("replay: the connection is gone")
			t.lost(&pending{cmd: e.cmd, sent: t.now, intended: e.at})
		} else {
			t.choose(k, e)
			t.sendRaw(k, e.cmd, e.bytes, e.at)
		}
		p.log = p.log[1:]
		p.follow(t.now)
		if k.waiting.len()%256 == 255 {
			t.flush()
		}
	}
}

// choose has a connection be in the database that an entry was recorded in.
func (t *thread) choose(k *link, e *entry) {
	l := k.lane
	if e.db >= 0 && e.db != l.db {
		t.say(k, "SELECT", strconv.Itoa(e.db))
		l.db = e.db
	}
	if e.selects {
		l.db = -1
	}
}

// sendRaw puts a command on its way that is bytes already.
func (t *thread) sendRaw(k *link, c *workload.Command, b []byte, at int64) {
	if t.counts(at) {
		t.set.Lag.Record(t.now - at)
	}
	k.out = append(k.out, b...)
	t.set.Classes[c.Class].Out += int64(len(b))
	k.waiting.push(pending{cmd: c, sent: t.now, intended: at})
	k.lane.out++
	if t.budget > 0 && t.counts(at) {
		t.budget--
	}
	t.soil(k)
}
