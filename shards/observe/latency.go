package observe

import (
	"slices"
	"sort"
	"sync/atomic"

	"sigrun/internal/sim"
)

// samples is how many an event keeps.
const samples = 160

// Sample is the worst latency of an event within one second.
type Sample struct {
	At int64 // unix seconds
	Ms int64
}

// Event is what held the server up under one name.
type Event struct {
	Name  string
	Max   int64    // ms, ever
	Sum   int64    // ms
	Count int64    // of all, not of the samples that are kept
	Past  []Sample // oldest first
}

// Latest is the newest sample.
func (e *Event) Latest() Sample { return e.Past[len(e.Past)-1] }

// Latency keeps samples of events that took longer than a threshold.
type Latency struct {
	Threshold atomic.Int64 // ms, 0: nothing is kept

	mu     sim.Mutex
	events map[string]*Event
}

// The events that exist here. Others of Valkey's are about forks, modules, the cluster's file and what is never waited for.
const (
	EventCommand     = "command"
	EventFastCommand = "fast-command"
	EventUnblocking  = "command-unblocking"
	EventRingDelay   = "ring-delay"
	EventWriteDelay  = "write-delay"
	EventExpireCycle = "expire-cycle"
	EventDefragCycle = "active-defrag-cycle"

	EventEvictionCycle = "eviction-cycle"
	EventEvictionDel   = "eviction-del"
	EventEvictionFree  = "eviction-lazyfree"

	EventLogWrite      = "aof-write" // any of the following three
	EventLogWriteSync  = "aof-write-pending-fsync"
	EventLogWriteSave  = "aof-write-active-child" // there is no child, but something is being saved
	EventLogWriteAlone = "aof-write-alone"
	EventLogSync       = "aof-fsync-always"
	EventLogRename     = "aof-rename"
	EventLogSize       = "aof-fstat"
)

// Note keeps a sample when it is above the threshold. now is unix seconds.
func (l *Latency) Note(event string, now, ms int64) {
	if from := l.Threshold.Load(); from <= 0 || ms < from {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.events == nil {
		l.events = map[string]*Event{}
	}
	e := l.events[event]
	if e == nil {
		e = &Event{Name: event}
		l.events[event] = e
	}
	e.Max = max(e.Max, ms)
	e.Sum += ms
	e.Count++
	if n := len(e.Past); n > 0 && e.Past[n-1].At == now {
		e.Past[n-1].Ms = max(e.Past[n-1].Ms, ms)
		return
	}
	if len(e.Past) == samples {
		e.Past = e.Past[:copy(e.Past, e.Past[1:])]
	}
	e.Past = append(e.Past, Sample{now, ms})
}

// Event is a copy of one event; ok is false when nothing was ever kept of it.
func (l *Latency) Event(name string) (e Event, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.events[name] == nil {
		return e, false
	}
	return l.events[name].copy(), true
}

// Events are copies of all, in the order of their names.
func (l *Latency) Events() (all []Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events { // in any order
		all = append(all, e.copy())
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

func (e *Event) copy() Event {
	c := *e
	c.Past = slices.Clone(e.Past)
	return c
}

// Reset forgets events, all when none is named, and counts them.
func (l *Latency) Reset(names ...string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(names) == 0 {
		n = len(l.events)
		l.events = nil
		return n
	}
	for _, name := range names {
		if l.events[name] != nil {
			delete(l.events, name)
			n++
		}
	}
	return n
}
