package tracking

import (
	"bytes"
	"maps"
	"slices"
	"sync/atomic"

	"sigrun/internal/metrics"
	"sigrun/internal/sim"
)

// Registry is what the node knows of all who track.
type Registry struct {
	Most  atomic.Int64 // keys that all tables may hold, 0: any number (tracking-table-max-keys)
	Seats Seats

	clients  atomic.Int64
	keys     atomic.Int64
	items    atomic.Int64
	names    atomic.Int64 // bytes of keys
	mu       sim.Mutex    // held by whoever changes prefixes
	prefixes atomic.Pointer[Prefixes]
}

// On reports whether anybody tracks.
func (r *Registry) On() bool { return r.clients.Load() > 0 }

// Began and Ended count those who track, and give them places.
func (r *Registry) Began(client uint64) Seat {
	r.clients.Add(1)
	return r.Seats.Take(client)
}

func (r *Registry) Ended(who Seat) {
	r.clients.Add(-1)
	r.Seats.Leave(who)
}

// Count changes what the tables hold together.
func (r *Registry) Count(more Held) {
	for _, one := range []struct {
		of *atomic.Int64
		n  int
	}{{&r.keys, more.Keys}, {&r.items, more.Items}, {&r.names, more.Names}} {
		if one.n != 0 {
			one.of.Add(int64(one.n))
		}
	}
}

// Over reports whether they hold more than they may.
func (r *Registry) Over() bool {
	most := r.Most.Load()
	return most > 0 && r.keys.Load() > most
}

// Reserve has the caller forget one key, which is counted already; false: there are not too many.
func (r *Registry) Reserve() bool {
	for {
		most, n := r.Most.Load(), r.keys.Load()
		if most == 0 || n <= most {
			return false
		}
		if r.keys.CompareAndSwap(n, n-1) {
			return true
		}
	}
}

// Listener is a client that hears of prefixes. NoLoop: not of what it changes itself.
type Listener struct {
	ID     uint64
	NoLoop bool
}

// Prefixes are those that clients want to hear of. They are never changed, but replaced.
type Prefixes struct {
	who     map[string][]Listener
	texts   []string // in their order
	lengths []int    // that prefixes have, each once
	bytes   int64
}

// Prefixes are the present ones, nil for none.
func (r *Registry) Prefixes() *Prefixes { return r.prefixes.Load() }

// Listen has a client hear of prefixes, too.
func (r *Registry) Listen(l Listener, prefixes []string) {
	r.change(func(who map[string][]Listener) {
		for _, p := range prefixes {
			list := slices.DeleteFunc(slices.Clone(who[p]), func(o Listener) bool { return o.ID == l.ID })
			who[p] = append(list, l)
		}
	})
}

// Leave has a client hear of prefixes no more.
func (r *Registry) Leave(id uint64, prefixes []string) {
	r.change(func(who map[string][]Listener) {
		for _, p := range prefixes {
			list := slices.DeleteFunc(slices.Clone(who[p]), func(o Listener) bool { return o.ID == id })
			if who[p] = list; len(list) == 0 {
				delete(who, p)
			}
		}
	})
}

func (r *Registry) change(fn func(who map[string][]Listener)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := &Prefixes{who: map[string][]Listener{}}
	if now := r.prefixes.Load(); now != nil {
		for _, p := range now.texts {
			next.who[p] = now.who[p]
		}
	}
	fn(next.who)
	next.texts = slices.Sorted(maps.Keys(next.who))
	for _, p := range next.texts {
		next.lengths = append(next.lengths, len(p))
		next.bytes += int64(prefixBytes + len(p))
	}
	slices.Sort(next.lengths)
	next.lengths = slices.Compact(next.lengths)
	if len(next.texts) == 0 {
		next = nil
	}
	r.prefixes.Store(next)
}

// Match reports whether somebody hears of the key.
func (p *Prefixes) Match(name []byte) bool {
	found := false
	p.each(name, func(string) { found = true })
	return found
}

// each calls fn for the prefixes of a key.
func (p *Prefixes) each(name []byte, fn func(prefix string)) {
	if p == nil {
		return
	}
	for _, n := range p.lengths {
		if n > len(name) {
			return
		}
		if _, has := p.who[string(name[:n])]; has {
			fn(string(name[:n]))
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
	at := map[string][]Changed{}
	for _, one := range changed {
		p.each(one.Name, func(prefix string) { at[prefix] = append(at[prefix], one) })
	}
	for _, prefix := range slices.Sorted(maps.Keys(at)) {
		list := once(at[prefix])
		names, foreign := make([][]byte, 0, len(list)), [][]byte(nil) // all, and for by, if it is not told of its own
		for _, one := range list {
			if names = append(names, one.Name); !one.Own {
				foreign = append(foreign, one.Name)
			}
		}
		all := make([]uint64, 0, len(p.who[prefix]))
		for _, l := range p.who[prefix] {
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

// Bytes is what tables and prefixes take, about.
func (r *Registry) Bytes() (n int64) {
	n = keyBytes*r.keys.Load() + 8*r.items.Load() + r.names.Load()
	if p := r.prefixes.Load(); p != nil {
		n += p.bytes
	}
	return n
}

// What a key takes beside its name, and a prefix beside its text.
const (
	keyBytes    = 128
	prefixBytes = 160
)

// Figures are what INFO tells.
func (r *Registry) Figures() []metrics.Row {
	return []metrics.Row{
		metrics.Level("tracking_clients", r.clients.Load),
		metrics.Level("tracking_total_keys", r.keys.Load),
		metrics.Level("tracking_total_items", r.items.Load),
		metrics.Level("tracking_total_prefixes", func() int {
			if p := r.prefixes.Load(); p != nil {
				return len(p.texts)
			}
			return 0
		}),
	}
}
