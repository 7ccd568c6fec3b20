package tracking

import (
	"bytes"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/puzpuzpuz/xsync/v3"

	"sigrun/internal/sim"
)

// Listener is a client that hears of prefixes. NoLoop: not of what it changes itself.
type Listener struct {
	ID     uint64
	NoLoop bool
}

// Prefixes are those that clients want to hear of. Whoever changes keys looks them up without a lock; whoever begins or ends to hear of one changes
// that one alone, however many others there are, and however many hear of it.
type Prefixes struct {
	count   atomic.Int64
	lengths atomic.Pointer[[]int]                        // that prefixes have, each once, in their order; replaced as a whole
	table   atomic.Pointer[xsync.MapOf[string, *prefix]] // made when it is first needed, and kept
	mu      sim.Mutex                                    // held by whoever changes what follows, or which prefixes there are
	lengthy map[int]int                                  // prefixes by their length
}

// prefix is who hears of one.
type prefix struct {
	mu   sim.Mutex
	list []Listener
	at   map[uint64]int             // in the list, by client
	told atomic.Pointer[[]Listener] // a copy of it, for who tells them, who makes a new one; nil: there has been a change
}

// Prefixes are the present ones, nil for none.
func (r *Registry) Prefixes() *Prefixes {
	if r.prefixes.count.Load() == 0 {
		return nil
	}
	return &r.prefixes
}

// Listen has a client hear of prefixes, too.
func (r *Registry) Listen(l Listener, prefixes []string) {
	for _, text := range prefixes {
		r.prefixes.listen(l, text)
	}
}

// Leave has a client hear of prefixes no more.
func (r *Registry) Leave(id uint64, prefixes []string) {
	for _, text := range prefixes {
		r.prefixes.leave(id, text)
	}
}

func (p *Prefixes) listen(l Listener, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	table := p.table.Load()
	if table == nil {
		table = xsync.NewMapOf[string, *prefix]()
		p.table.Store(table)
		p.lengthy = map[int]int{}
	}
	one, there := table.Load(text)
	if !there {
		one = &prefix{at: map[uint64]int{}}
		table.Store(text, one)
		p.count.Add(1)
		p.longer(len(text), 1)
	}
	one.put(l)
}

func (p *Prefixes) leave(id uint64, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	table := p.table.Load()
	if table == nil {
		return
	}
	one, there := table.Load(text)
	if there && one.strike(id) {
		table.Delete(text)
		p.count.Add(-1)
		p.longer(len(text), -1)
	}
}

// longer counts one prefix of a length more or less.
func (p *Prefixes) longer(length, by int) {
	before := p.lengthy[length]
	if p.lengthy[length] = before + by; before+by == 0 {
		delete(p.lengthy, length)
	}
	if before == 0 || before+by == 0 {
		all := slices.Sorted(maps.Keys(p.lengthy))
		p.lengths.Store(&all)
	}
}

func (x *prefix) put(l Listener) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.told.Store(nil)
	if i, there := x.at[l.ID]; there {
		x.list[i] = l
		return
	}
	x.at[l.ID] = len(x.list)
	x.list = append(x.list, l)
}

// strike takes a client out, and reports whether nobody is left.
func (x *prefix) strike(id uint64) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	i, there := x.at[id]
	if !there {
		return false
	}
	x.told.Store(nil)
	last := len(x.list) - 1
	x.list[i] = x.list[last]
	x.at[x.list[i].ID] = i
	delete(x.at, id)
	if x.list = x.list[:last]; cap(x.list) > 2*sparse*(last+1) {
		x.list = slices.Clone(x.list)
	}
	return last == 0
}

// listeners are all who hear of it. Nobody changes what is returned.
func (x *prefix) listeners() []Listener {
	if list := x.told.Load(); list != nil {
		return *list
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	list := slices.Clone(x.list)
	x.told.Store(&list)
	return list
}

// Match reports whether somebody hears of the key.
func (p *Prefixes) Match(name []byte) bool {
	found := false
	p.each(name, func(string, *prefix) { found = true })
	return found
}

// each calls fn for the prefixes of a key.
func (p *Prefixes) each(name []byte, fn func(text string, one *prefix)) {
	if p == nil {
		return
	}
	lengths, table := p.lengths.Load(), p.table.Load()
	if lengths == nil {
		return
	}
	for _, n := range *lengths {
		if n > len(name) {
			return
		}
		text := string(name[:n])
		if one, has := table.Load(text); has {
			fn(text, one)
		}
	}
}

// Changed is a key that was changed. Own: by the command of the client itself, and neither by time nor by a script.
type Changed struct {
	Name []byte
	Own  bool
}

// Tell calls fn for those who hear of some of the keys, with what they are to hear of: for each prefix in their order, once for all who hear the same.
// by is whose command is running.
func (p *Prefixes) Tell(changed []Changed, by uint64, fn func(clients []uint64, names [][]byte)) {
	if p == nil {
		return
	}
	at, who := map[string][]Changed{}, map[string]*prefix{}
	for _, c := range changed {
		p.each(c.Name, func(text string, one *prefix) { at[text], who[text] = append(at[text], c), one })
	}
	for _, text := range slices.Sorted(maps.Keys(at)) {
		list := once(at[text])
		names, foreign := make([][]byte, 0, len(list)), [][]byte(nil) // all, and for by, if it is not told of its own
		for _, one := range list {
			if names = append(names, one.Name); !one.Own {
				foreign = append(foreign, one.Name)
			}
		}
		listeners := who[text].listeners()
		all := make([]uint64, 0, len(listeners))
		for _, l := range listeners {
			switch {
			case !l.NoLoop || l.ID != by:
				all = append(all, l.ID)
			case len(foreign) > 0:
				fn([]uint64{l.ID}, foreign)
			}
		}
		if len(all) > 0 {
			fn(all, names)
		}
	}
}

// once is a list in order, in which each key stands once; who changed it last counts.
func once(list []Changed) []Changed {
	slices.SortStableFunc(list, func(a, b Changed) int { return bytes.Compare(a.Name, b.Name) })
	n := 0
	for i := range list {
		if i+1 < len(list) && bytes.Equal(list[i].Name, list[i+1].Name) {
			continue
		}
		list[n] = list[i]
		n++
	}
	return list[:n]
}
