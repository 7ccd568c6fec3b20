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
