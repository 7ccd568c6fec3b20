package workload

// Workload is what all clients together do.
type Workload struct {
	Name    string
	About   string
	Classes []string   // of statistics: commands by name
	Before  []*Command // sent once, before anything else
	Fills   []*Fill
	Roles   []*Role
	// Text is what it was read from, for whoever repeats it.
	Text string

	values []*Values
	keys   []*Keys
}

// Role is what some of the connections do.
type Role struct {
	Name      string
	Share     float64 // of all connections
	Paced     bool    // a rate that is set for the run holds for it; else it sends when it was answered
	Reconnect int     // a connection ends after so many tasks, and another one comes; 0: it stays
	Start     []*Command
	Tasks     []*Task // none: the role only listens
	Listens   bool    // it takes messages
	Message   int     // class of messages
	weight    float64
}

// Fill stores what is to be there before the run: its task is sent once for each key.
type Fill struct {
	Keys *Keys
	Role *Role
}

// Task is what a connection does in one go: commands that share what was drawn for them.
type Task struct {
	Weight   float64
	Commands []*Command
	draws    []drawn
}

// KeySlot is where the key is drawn that decides which node of a cluster the task goes to; -1: it has none.
func (t *Task) KeySlot() int {
	for _, c := range t.Commands {
		if c.key >= 0 {
			return c.key
		}
	}
	return -1
}

// AppendKey appends the text of a key that was drawn.
func (t *Task) AppendKey(b []byte, slot int, d *Dice) []byte {
	return t.draws[slot].(*Keys).append(b, d.drawn[slot])
}

// drawn is what fills a slot.
type drawn interface {
	draw(d *Dice) uint64
}

// anyNumber is what a value without a key is the value of.
type anyNumber struct{}

func (anyNumber) draw(d *Dice) uint64 { return d.pcg.Uint64() }

// Draw draws everything that the task's commands name.
func (t *Task) Draw(d *Dice) {
	d.room(len(t.draws))
	for i, w := range t.draws {
		d.drawn[i] = w.draw(d)
	}
}

// Next chooses a task.
func (r *Role) Next(d *Dice) *Task {
	if len(r.Tasks) == 1 {
		return r.Tasks[0]
	}
	at := d.Share() * r.weight
	for _, t := range r.Tasks {
		if at -= t.Weight; at < 0 {
			return t
		}
	}
	return r.Tasks[len(r.Tasks)-1]
}

// Prepare makes the bytes that values are cut of, and has sequences begin anew. It has to be called before anything is drawn.
func (w *Workload) Prepare() {
	for _, v := range w.values {
		v.prepare()
	}
	w.Rewind()
}

// Rewind has what is drawn in order begin anew.
func (w *Workload) Rewind() {
	for _, k := range w.keys {
		if s, ok := k.spread.(sequential); ok {
			s.at.Store(0)
		}
	}
	for _, f := range w.Fills {
		f.Keys.spread.(sequential).at.Store(0)
	}
}

// Deal says which role each of n connections has: every role has one at least, if there are as many connections as roles.
func (w *Workload) Deal(n int) []*Role {
	counts := make([]int, len(w.Roles))
	total, left := 0.0, n
	for _, r := range w.Roles {
		total += r.Share
	}
	for i, r := range w.Roles {
		others := len(w.Roles) - i - 1 // that are to have one, too
		counts[i] = max(min(max(int(r.Share/total*float64(n)+0.5), 1), left-others), 0)
		left -= counts[i]
	}
	for i := 0; left > 0; i, left = (i+1)%len(counts), left-1 {
		counts[i]++
	}
	var list []*Role
	for len(list) < n { // one of each in turn, so that the first connections have some of each
		for i, r := range w.Roles {
			if counts[i] > 0 {
				counts[i]--
				list = append(list, r)
			}
		}
	}
	return list
}
