package actors

import "fmt"

// Leftovers tells of tokens that are held or waited for and of calls that are under way: none, where nobody is and nothing is to be
// done. For tests.
func (d *Dispatcher) Leftovers() (list []string) {
	add := func(wrong bool, format string, a ...any) {
		if wrong {
			list = append(list, fmt.Sprintf(format, a...))
		}
	}
	for s := range d.tokens {
		w := d.tokens[s].word.Load()
		add(w != 0, "the token of shard %d is %x", s, w)
		for l := range d.inboxes {
			add(!d.mail[l][s].ring.Empty(), "shard %d has mail of loop %d", s, l)
			add(!d.inboxes[l].boxes[s].ring.Empty(), "shard %d has something for loop %d", s, l)
			add(d.inboxes[l].boxes[s].backlogged.Load(), "shard %d has a backlog for loop %d", s, l)
		}
	}
	for l, in := range d.inboxes {
		for i := range in.mail {
			add(in.mail[i].Load() != 0, "loop %d has bits %x", l, in.mail[i].Load())
		}
		add(in.Pending(), "loop %d is to look at its inbox", l)
		add(d.Backlogged(l), "loop %d has calls that wait for room", l)
	}
	add(d.Executing() != 0, "%d executors are busy", d.Executing())
	return list
}

// Stranded tells of what waits for somebody who was not told of it, at a moment when nobody goes on but by time: mail of a shard, or
// claims on it, where nobody holds its token, and what has come home to a loop that sleeps. For tests.
func (d *Dispatcher) Stranded(asleep func(loop int) bool) (list []string) {
	add := func(wrong bool, format string, a ...any) {
		if wrong {
			list = append(list, fmt.Sprintf(format, a...))
		}
	}
	for s := range d.tokens {
		w := d.tokens[s].word.Load()
		if d.told(s) {
			continue
		}
		add(w&held == 0 && w != 0, "nobody serves shard %d, whose token is %x", s, w)
		for l := range d.inboxes {
			add(w&held == 0 && !d.mail[l][s].ring.Empty(), "nobody serves shard %d, which has mail of loop %d", s, l)
			add(w&held == 0 && asleep(l) && d.mail[l][s].waiting > 0, "loop %d sleeps and has calls for shard %d, which is free", l, s)
			box := &d.inboxes[l].boxes[s]
			add(asleep(l) && !box.ring.Empty(), "loop %d sleeps, and shard %d has something for it", l, s)
			add(w&held == 0 && asleep(l) && box.backlogged.Load(), "loop %d sleeps, and shard %d, which is free, has a backlog for it", l, s)
		}
	}
	for l, in := range d.inboxes {
		add(asleep(l) && in.Pending(), "loop %d sleeps, and others believe that it looks at its inbox", l)
		for i := range in.mail {
			add(asleep(l) && in.mail[i].Load() != 0, "loop %d sleeps and has bits %x", l, in.mail[i].Load())
		}
	}
	return list
}

// told reports whether the worker of a shard is up, so that it comes to all that it was told of: chaos may hold it up at another one.
func (d *Dispatcher) told(shard int) bool {
	w := d.lent[shard].Load()
	return w != 0 && !d.workers[w-1].asleep.Load()
}

// AnyHeld reports whether anybody holds a token. For tests.
func (d *Dispatcher) AnyHeld() bool {
	for s := range d.tokens {
		if d.tokens[s].word.Load()&held != 0 {
			return true
		}
	}
	return false
}
