package client

import (
	"errors"

	"sigrun/bench/wire"
	"sigrun/bench/workload"
)

// refill has a lane of the closed loop send.
func (t *thread) refill(l *lane) {
	if l.resting || !t.sending || l.leaving || len(l.role.Tasks) == 0 || !t.mayGoOn(l) {
		return
	}
	if t.paced(l) {
		t.pace.queue(l)
		return
	}
	if !t.Each && l.out > 0 {
		return
	}
	for l.out < t.Pipeline && t.budget != 0 && !l.leaving {
		t.task(l, t.now)
	}
}

// paced tells whether something says when the lane is to send.
func (t *thread) paced(l *lane) bool { return t.Rate > 0 && l.role.Paced || t.Replay != nil }

// mayGoOn tells whether there is somebody to send to.
func (t *thread) mayGoOn(l *lane) bool {
	return l.links[0].state == open && l.links[0].owed == 0 || t.topology != nil
}

// task draws a task and puts its commands on their way.
func (t *thread) task(l *lane, intended int64) {
	task := l.role.Next(t.dice)
	t.dice.Connection, t.dice.Now = l.id, t.now
	task.Draw(t.dice)
	k := t.route(l, task)
	for _, c := range task.Commands {
		t.command(k, c, intended, t.now)
	}
	if t.budget > 0 {
		t.budget--
	}
	if l.tasks++; l.role.Reconnect > 0 && l.tasks >= l.role.Reconnect {
		l.leaving = true
	}
}

// command puts a command of the task that was drawn last on its way.
func (t *thread) command(k *link, c *workload.Command, intended, sent int64) {
	before := len(k.out)
	k.out = c.Append(k.out, t.dice)
	t.set.Classes[c.Class].Out += int64(len(k.out) - before)
	k.waiting.push(pending{cmd: c, key: c.Key(t.dice), sent: sent, intended: intended})
	k.lane.out++
	t.soil(k)
}

// soil notes that a connection has something to send.
func (t *thread) soil(k *link) {
	if !k.dirty {
		k.dirty = true
		t.dirty = append(t.dirty, k)
	}
}

// take takes what a connection has brought.
func (t *thread) take(k *link, buf []byte) error {
	whole := buf
	if len(k.part) > 0 {
		k.part = append(k.part, buf...)
		whole = k.part
	}
	for len(whole) > 0 {
		r, n, err := k.scan.Next(whole)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		if err := t.reply(k, &r); err != nil {
			return err
		}
		if k.state != open { // it was let go
			return nil
		}
		whole = whole[n:]
	}
	t.keep(k, whole)
	return nil
}

// keep keeps what has come of a reply.
func (t *thread) keep(k *link, rest []byte) {
	switch {
	case len(rest) == 0 && cap(k.part) > keptBuffer:
		k.part = nil
	case len(k.part) == len(rest): // nothing of it is done
	default:
		k.part = append(k.part[:0], rest...) // it may lie in part itself, further behind
	}
}

var errUnasked = errors.New("the server sends a reply that nobody has asked for")

// reply takes a reply, or a message.
func (t *thread) reply(k *link, r *wire.Reply) error {
	l := k.lane
	if r.Kind == '>' && !isSubscription(k) || k.waiting.len() == 0 {
		return t.message(l, r)
	}
	p := *k.waiting.front()
	k.waiting.head++
	t.answered = t.now
	if p.cmd == nil || k.owed > 0 {
		k.owed--
		return t.prelude(k, r)
	}
	l.out--
	if p.cmd == &asking {
		return nil
	}
	c := &t.set.Classes[p.cmd.Class]
	outcome := p.cmd.Expect.Check(r, p.key)
	if outcome >= workload.Refused && t.trouble(k, &p, r, outcome) {
		return nil // it is sent once more
	}
	if t.counts(p.intended) {
		c.In += int64(len(r.Raw))
		if t.now >= t.until {
			t.late++
		}
		switch {
		case t.Rate > 0 || t.Replay != nil:
			c.RecordBoth(t.now-p.sent, t.now-p.intended)
		default:
			c.Record(t.now - p.sent)
		}
		switch outcome {
		case workload.Hit:
			c.Hits++
		case workload.Miss:
			c.Misses++
		case workload.Refused, workload.Moved, workload.Asked:
			c.Refused++
		case workload.Wrong:
			c.Wrong++
		}
	}
	if outcome == workload.Miss && p.cmd.OnNil != nil && t.sending {
		next := p.cmd.OnNil
		t.dice.Connection, t.dice.Now = l.id, t.now
		next.Task.Redraw(t.dice, next.KeySlot(), p.key)
		t.command(k, next, t.now, t.now)
	}
	return nil
}

// isSubscription tells whether what was sent first is answered by messages.
func isSubscription(k *link) bool { return k.owed > 0 && k.lane.role.Listens }

// message takes what the server says by itself.
func (t *thread) message(l *lane, r *wire.Reply) error {
	if !l.role.Listens {
		if r.Kind == '>' {
			return nil
		}
		if r.IsError() {
			return errors.New("the server says " + string(r.Text))
		}
		return errUnasked
	}
	t.answered = t.now
	if t.interval < 0 || t.now >= t.until+int64(t.Drain) {
		return nil
	}
	c := &t.set.Classes[l.role.Message]
	c.In += int64(len(r.Raw))
	if sent := stamp(r.Raw); sent > 0 && sent <= t.now {
		if t.counts(sent) {
			c.Record(t.now - sent)
		}
		return nil
	}
	c.Record(0)
	return nil
}

// stamp is the time that the last string of a message says, or 0.
func stamp(raw []byte) (n int64) {
	const long = 20
	if len(raw) < long+2 {
		return 0
	}
	for _, c := range raw[len(raw)-2-long : len(raw)-2] {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// mostTroubles is how many replies that are none a thread puts in words.
const mostTroubles = 1000

// trouble deals with a reply that is none; true: the request is on its way once more.
func (t *thread) trouble(k *link, p *pending, r *wire.Reply, outcome workload.Outcome) bool {
	if t.troubles++; t.troubles > mostTroubles && outcome != workload.Moved && outcome != workload.Asked {
		return false // they are counted; to put each in words would make the load generator the bottleneck
	}
	switch outcome {
	case workload.Moved, workload.Asked:
		if t.topology != nil && len(p.cmd.Task.Commands) == 1 && t.redirect(k, p, r, outcome) {
			return true
		}
		fallthrough
	case workload.Refused:
		t.fault("%s: the server says %.100s", p.cmd.Name, r.Text)
	default:
		t.fault("%s %s: the server answers %.60q, and not %s", p.cmd.Name, p.cmd.KeyText(p.key), r.Raw[:min(len(r.Raw), 60)], &p.cmd.Expect)
	}
	return false
}
