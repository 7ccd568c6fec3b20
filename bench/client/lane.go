package client

import (
	"bytes"
	"errors"
	"fmt"

	"sigrun/bench/wire"
	"sigrun/bench/workload"
)

// refill has a lane of the closed loop send.
func (t *thread) refill(l *lane) {
	if l.resting || !t.sending || l.leaving || len(l.role.Tasks) == 0 || !t.mayGoOn(l) {
		return
	}
	if t.pacedLane(l) {
		t.pace.freed(l, t.now)
		return
	}
	if !t.Each && l.out > 0 {
		return
	}
	for l.out < t.Pipeline && t.budget != 0 && !l.leaving && !l.stuffed() {
		t.task(l, t.now)
	}
}

// timed tells whether requests have a time at which they are to be sent.
func (p *Plan) timed() bool { return p.Rate > 0 || p.Replay != nil }

// pacedLane tells whether something says when the lane is to send.
func (p *Plan) pacedLane(l *lane) bool { return p.Rate > 0 && l.role.Paced || p.Replay != nil }

// mayGoOn tells whether there is somebody to send to.
func (e *engine) mayGoOn(l *lane) bool {
	return l.links[0].state == open && l.links[0].owed == 0 || e.topology != nil
}

// mostUnsent is how many bytes a lane draws ahead of what its sockets take. What is drawn lies in memory.
const mostUnsent = 256 << 10

// task draws a task and puts its commands on their way.
func (t *thread) task(l *lane, intended int64) {
	task := l.role.Next(t.dice)
	t.dice.Connection, t.dice.Now = l.id, t.now
	task.Draw(t.dice)
	k := t.route(l, task)
	for _, c := range task.Commands {
		t.command(k, c, intended, t.now)
	}
	if t.budget > 0 && t.counts(intended) {
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
	p := pending{cmd: c, key: c.Key(t.dice), sent: sent, intended: intended}
	if t.topology != nil && c.InOrder() {
		p.drawn = t.dice.Keep()
	}
	k.waiting.push(p)
	k.lane.out++
	t.soil(k)
}

// ownCommand is a command of the generator's own among those of a workload, whose reply nobody waits for.
var ownCommand workload.Command

// say puts such a command on its way.
func (t *thread) say(k *link, args ...string) {
	k.out = wire.AppendCommand(k.out, args...)
	k.waiting.push(pending{cmd: &ownCommand, sent: t.now, intended: t.now})
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
	k.keep(whole)
	return nil
}

var errUnasked = errors.New("the server sends a reply that nobody has asked for")

// reply takes a reply, or a message.
func (t *thread) reply(k *link, r *wire.Reply) error {
	l := k.lane
	if k.waiting.len() == 0 || r.Kind == '>' && (!l.role.Listens || k.owed == 0) || l.role.Listens && isMessage(r) {
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
	if p.cmd == &ownCommand {
		if r.IsError() {
			t.fault("the server says %.100s", r.Text)
		}
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
		if t.timed() {
			c.RecordBoth(t.now-p.sent, t.now-p.intended)
		} else {
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
		next.Redraw(t.dice, p.key)
		t.command(k, next, t.now, t.now)
	}
	return nil
}

// isMessage tells whether something is a message of a channel, and no answer. Which it is its first string says.
func isMessage(r *wire.Reply) bool {
	if r.Kind != '>' && r.Kind != '*' {
		return false
	}
	_, rest, _ := bytes.Cut(r.Raw, []byte("\r\n"))
	for _, word := range []string{"$7\r\nmessage\r\n", "$8\r\npmessage\r\n", "$8\r\nsmessage\r\n"} {
		if len(rest) > len(word) && string(rest[:len(word)]) == word {
			return true
		}
	}
	return false
}

// message takes what the server says by itself.
func (t *thread) message(l *lane, r *wire.Reply) error {
	if r.IsError() {
		return errors.New("the server says " + string(r.Text))
	}
	if r.Kind != '>' && !(l.role.Listens && isMessage(r)) {
		t.unasked++
		return errUnasked
	}
	if !l.role.Listens {
		return nil
	}
	t.answered, t.heard = t.now, t.now
	if !t.begun || t.interval < 0 || t.now >= t.until+int64(t.Drain) {
		return nil
	}
	c := &t.set.Classes[l.role.Message]
	switch sent, ok := t.dice.Stamped(lastOf(r.Raw)); {
	case ok && sent <= t.now && !t.counts(sent): // of the warm-up, or of behind the end
	case ok && sent <= t.now:
		c.In += int64(len(r.Raw))
		c.Record(t.now - sent)
	default: // nobody knows how long it took
		c.In += int64(len(r.Raw))
		c.Done++
	}
	return nil
}

// lastOf is the end of a message, without its line end.
func lastOf(raw []byte) []byte { return raw[:max(len(raw)-2, 0)] }

// trouble deals with a reply that is none; true: the request is on its way once more.
func (t *thread) trouble(k *link, p *pending, r *wire.Reply, outcome workload.Outcome) bool {
	switch outcome {
	case workload.Moved, workload.Asked:
		if t.topology != nil && p.cmd.Task != nil && len(p.cmd.Task.Commands) == 1 && t.redirect(k, p, r, outcome) {
			return true
		}
		fallthrough
	case workload.Refused:
		t.refused(p.cmd, r)
	default:
		t.wrong(p, r)
	}
	return false
}

// refused counts an error by what it says. Only the first of a kind is put in words: the load generator is not to be the bottleneck.
func (t *thread) refused(c *workload.Command, r *wire.Reply) {
	t.reason = append(append(t.reason[:0], c.Name...), '-')
	at := len(t.reason)
	if t.reason = appendKind(t.reason, r.Text); !t.troubles.knows(t.reason, mostKinds) {
		t.reason = append(t.reason[:at], code(r.Text)...)
	}
	said := r.Text[:min(len(r.Text), mostWords)]
	t.troubles.count(t.reason, mostCodes, said, func() string { return fmt.Sprintf("%s: the server says %s", c.Name, said) })
}

// wrong counts a reply that cannot be right by its form.
func (t *thread) wrong(p *pending, r *wire.Reply) {
	t.reason = append(append(t.reason[:0], p.cmd.Name...), r.Kind)
	if r.Null {
		t.reason = append(t.reason, '0')
	}
	t.troubles.count(t.reason, mostWrong, nil, func() string {
		key := p.cmd.KeyText(p.key)
		if key != "" {
			key = "; the first time of " + key
		}
		return fmt.Sprintf("%s: the server answers %.60q, and not %s%s", p.cmd.Name, r.Raw[:min(len(r.Raw), 60)], &p.cmd.Expect, key)
	})
}
