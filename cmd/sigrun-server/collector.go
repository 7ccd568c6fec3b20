package main

import (
	"runtime/debug"
	"runtime/metrics"

	"golang.org/x/sys/unix"
)

// The keyspace lies outside of the Go heap, which holds connections and little else: a
// few MB. A collection is due when the heap has doubled, and to double a few MB takes
// next to nothing, so that by default the collector would run all the time for very
// little. It is given headroom in bytes instead of a percentage: at least leastRoom
// between two collections, at most as much again as is alive. A command allocates
// nothing; with 16 MiB of headroom what does allocate (connections, messages, calls
// that had to leave their loop) leads to a collection every hundred thousand
// events or so, each of which takes about a millisecond of CPU. The headroom is memory that
// is resident as soon as something has allocated that much since the last collection: a snapshot
// does, and more of it would be all that a small keyspace grows by meanwhile.
//
// Scripts that calculate are another matter: every number is an allocation. While
// collections come too often the headroom is doubled, up to mostRoom, and halved again
// when they are rare: a collection disturbs all cores, a tenth of two cores' work at 15
// a second.
//
// What many connections leave behind when they go is not collected by itself, since
// nothing allocates any more; then it is done here, and the pages are given back.
const (
	leastRoom   = 16 << 20
	mostRoom    = 160 << 20 // and a 32nd of the machine's memory, if that is less
	oftenCycles = 8         // collections between two looks
	litterBytes = 6 << 20   // worth a collection of its own
	sparePages  = 12 << 20
)

// tuneCollector sets the collector up; what it returns looks after it and is to be
// called every few seconds while the server works.
func tuneCollector() (look func()) {
	t := &tuner{room: leastRoom, most: max(min(mostRoom, memory()/32), leastRoom)}
	debug.SetGCPercent(400) // leastRoom for the smallest heap
	return t.look
}

type tuner struct {
	room      uint64 // least headroom now
	most      uint64
	percent   int
	cycles    uint64
	allocated uint64
	collected bool // collected since it became quiet
}

func (t *tuner) look() {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/cycles/total:gc-cycles"}, {Name: "/gc/heap/allocs:bytes"},
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(s)
	live, objects, cycles, allocated := s[0].Value.Uint64(), s[1].Value.Uint64(), s[2].Value.Uint64(), s[3].Value.Uint64()
	t.pace(cycles - t.cycles)
	t.adjust(live)
	quiet := cycles == t.cycles && allocated-t.allocated < litterBytes
	t.cycles, t.allocated = cycles, allocated
	if !quiet {
		t.collected = false
	}
	switch {
	case quiet && !t.collected && objects > litterBytes:
		// Once, whatever was alive at the last collection: in the middle of a burst that may
		// have been all of it. The pages go, too.
		debug.FreeOSMemory()
		t.collected = true
	case quiet && s[4].Value.Uint64()+s[5].Value.Uint64() > sparePages:
		debug.FreeOSMemory()
	}
}

// pace changes the headroom with the number of collections since the last look.
func (t *tuner) pace(cycles uint64) {
	switch {
	case cycles > oftenCycles:
		t.room = min(2*t.room, t.most)
	case cycles <= oftenCycles/4:
		t.room = max(t.room/2, leastRoom)
	}
}

// memory is the machine's, in bytes.
func memory() uint64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}

// adjust turns the headroom into a percentage of what is alive. Changing it stops the
// world for a moment, so small differences are let be.
func (t *tuner) adjust(live uint64) {
	want := int(max(t.room, live) * 100 / max(live, 4<<20))
	if t.percent == 0 || want > t.percent*5/4 || want < t.percent*4/5 {
		t.percent = want
		debug.SetGCPercent(want)
	}
}
