package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The keyspace lies outside of the Go heap, which holds connections and little else: a
// few MB. A collection is due when the heap has doubled, and to double a few MB takes
// next to nothing, so that by default the collector would run all the time for very
// little. It is given headroom in bytes instead of a percentage: at least leastRoom
// between two collections, at most as much again as is alive. A command allocates
// nothing; with 40 MiB of headroom what does allocate (connections, messages, calls
// that had to leave their loop) leads to a collection every few hundred thousand
// events, each of which takes about a millisecond of CPU.
//
// What many connections leave behind when they go is not collected by itself, since
// nothing allocates any more; then it is done here, and the pages are given back.
const (
	leastRoom   = 40 << 20
	lookEvery   = 2 * time.Second
	litterBytes = 6 << 20 // worth a collection of its own
	sparePages  = 12 << 20
)

// tuneCollector starts to adjust the collector, for as long as the process lives.
func tuneCollector() {
	t := &tuner{}
	debug.SetGCPercent(1000) // leastRoom for the smallest heap
	go func() {
		for {
			time.Sleep(lookEvery)
			t.look()
		}
	}()
}

type tuner struct {
	percent   int
	cycles    uint64
	allocated uint64
}

func (t *tuner) look() {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/cycles/total:gc-cycles"}, {Name: "/gc/heap/allocs:bytes"},
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(s)
	live, objects, cycles, allocated := s[0].Value.Uint64(), s[1].Value.Uint64(), s[2].Value.Uint64(), s[3].Value.Uint64()
	t.adjust(live)
	quiet := cycles == t.cycles && allocated-t.allocated < litterBytes/4
	t.cycles, t.allocated = cycles, allocated
	switch {
	case quiet && objects > live+litterBytes:
		runtime.GC()
	case quiet && s[4].Value.Uint64()+s[5].Value.Uint64() > sparePages:
		debug.FreeOSMemory()
	}
}

// adjust turns the headroom into a percentage of what is alive. Changing it stops the
// world for a moment, so small differences are let be.
func (t *tuner) adjust(live uint64) {
	want := int(max(leastRoom, live) * 100 / max(live, 4<<20))
	if t.percent == 0 || want > t.percent*5/4 || want < t.percent*4/5 {
		t.percent = want
		debug.SetGCPercent(want)
	}
}
