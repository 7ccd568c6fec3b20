package tracking

import (
	"sync/atomic"

	"sigrun/internal/account"
	"sigrun/internal/metrics"
)

// Registry is what the node knows of all who track.
type Registry struct {
	Most  atomic.Int64 // keys that all tables may hold, 0: any number (tracking-table-max-keys)
	Seats Seats

	clients  atomic.Int64
	keys     atomic.Int64
	items    atomic.Int64
	memory   account.Figure // of the tables
	prefixes Prefixes
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
func (r *Registry) Count(more Size) {
	for _, one := range []struct {
		of *atomic.Int64
		n  int
	}{{&r.keys, more.Keys}, {&r.items, more.Items}} {
		if one.n != 0 {
			one.of.Add(int64(one.n))
		}
	}
	r.memory.Add(int64(keyBytes*more.Keys + more.Names + more.Rows))
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
			r.memory.Add(-keyBytes)
			return true
		}
	}
}

// Bytes is what tables and places take, about. Prefixes are their clients' own.
func (r *Registry) Bytes() int64 { return r.memory.Bytes() + r.Seats.memory.Bytes() }

// Join has an account know of it.
func (r *Registry) Join(a *account.Account) {
	r.memory.Join(a)
	r.Seats.memory.Join(a)
}

// keyBytes is what a key takes beside its name and the bits of clients for which an entry has no place.
const keyBytes = 128

// Figures are what INFO tells.
func (r *Registry) Figures() []metrics.Row {
	return []metrics.Row{
		metrics.Level("tracking_clients", r.clients.Load),
		metrics.Level("tracking_total_keys", r.keys.Load),
		metrics.Level("tracking_total_items", r.items.Load),
		metrics.Level("tracking_total_prefixes", r.prefixes.count.Load),
	}
}
