package observe

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync/atomic"

	"sigrun/internal/sim"
)

// HotKeys finds the keys that are asked for most: a sample of what clients send goes into a Sketch of each loop, window after window,
// and what the last complete window found is told. Off, it costs a load for each batch of commands.
type HotKeys struct {
	top     atomic.Int64 // keys that are told; 0: off
	percent atomic.Int64 // of accesses that are looked at
	window  atomic.Int64 // milliseconds
	resets  atomic.Uint64
	since   atomic.Int64 // unix ms of the last reset

	mu    sim.Mutex // of who adds to loops, or empties it
	loops atomic.Pointer[[]*Sketch]
}

// longestHot is the length from which on a key is not followed: a sketch is small.
const longestHot = 16 << 10

// Hot is one key of the last complete window, and how often it was seen.
type Hot struct {
	DB   int
	Key  string
	Seen uint64
}

// Tune sets at a time in ms how many keys are followed (0: none), the share of accesses in percent, and the length of a window in
// seconds. What was found before is forgotten.
func (h *HotKeys) Tune(now, top, percent, seconds int64) {
	h.percent.Store(percent)
	h.window.Store(seconds * 1000)
	h.top.Store(top)
	h.Reset(now)
	if top == 0 { // a loop that is looking still has its sketch for the rest of a batch
		h.mu.Lock()
		h.loops.Store(nil)
		h.mu.Unlock()
	}
}

// On reports whether anything is looked at.
func (h *HotKeys) On() bool { return h.top.Load() != 0 }

// Percent is the share of accesses that is looked at.
func (h *HotKeys) Percent() int { return int(h.percent.Load()) }

// Reset forgets what was found; each sketch follows when its loop looks at it next. The first window that is told is the first whole one from now on.
func (h *HotKeys) Reset(now int64) {
	h.since.Store(now)
	h.resets.Add(1)
}

// Rate is how often a second a key was accessed that was seen so often in a window.
func (h *HotKeys) Rate(seen uint64) int64 {
	percent, window := h.percent.Load(), h.window.Load()
	if percent == 0 || window == 0 {
		return 0
	}
	return int64(seen) * 100 * 1000 / (percent * window)
}

// Loop is the sketch of a loop, which alone uses it.
func (h *HotKeys) Loop(loop int) *Sketch {
	if all := h.sketches(); loop < len(all) && all[loop] != nil {
		return all[loop]
	}
	return h.join(loop)
}

// sketches are those of loops that have looked, by loop, nil for others. Nobody changes what is there.
func (h *HotKeys) sketches() []*Sketch {
	if all := h.loops.Load(); all != nil {
		return *all
	}
	return nil
}

func (h *HotKeys) join(loop int) *Sketch {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.sketches()
	all := make([]*Sketch, max(len(before), loop+1))
	copy(all, before)
	if all[loop] == nil {
		all[loop] = &Sketch{h: h}
	}
	h.loops.Store(&all)
	return all[loop]
}

// Bytes is what all sketches take.
func (h *HotKeys) Bytes() (n int64) {
	for _, s := range h.sketches() {
		if s != nil {
			n += s.bytes.Load()
		}
	}
	return n
}

// Hottest are the keys that several loops found, the hottest first.
func (h *HotKeys) Hottest(found []Hot) []Hot {
	type name struct {
		db  int
		key string
	}
	at, n := map[name]int{}, 0
	for _, f := range found {
		i, known := at[name{f.DB, f.Key}]
		if known {
			found[i].Seen += f.Seen
			continue
		}
		at[name{f.DB, f.Key}], found[n] = n, f
		n++
	}
	slices.SortFunc(found[:n], func(a, b Hot) int {
		return cmp.Or(cmp.Compare(b.Seen, a.Seen), cmp.Compare(a.DB, b.DB), cmp.Compare(a.Key, b.Key))
	})
	return found[:min(n, int(h.top.Load()))]
}

// Sketch counts the keys of one loop that it has seen most, by the Space-Saving algorithm: a key that is new takes the place of the one
// that was seen least, and its count, which is more than it was seen then: what it took over is not told. It counts more keys than are
// asked for, or the many that are seen once would take the places of those that are not so hot.
type Sketch struct {
	h      *HotKeys
	resets uint64
	turn   int64          // number of the window that is under way
	counts []hotCount     // a heap, the least on top
	at     map[string]int // in counts
	name   []byte         // scratch
	frozen []Hot          // of the last complete window
	bytes  atomic.Int64
}

type hotCount struct {
	name string // the database's number and the key
	seen uint64
	over uint64 // of it, taken over
}

// counted is how many keys a sketch counts.
func (h *HotKeys) counted() int { return max(4*int(h.top.Load()), 256) }

// hotBytes is what a key takes besides its name.
const hotBytes = 80

// See counts an access at a time in milliseconds.
func (s *Sketch) See(db int, key []byte, now int64) {
	if s.look(now); len(key) > longestHot {
		return
	}
	s.name = append(binary.AppendUvarint(s.name[:0], uint64(db)), key...)
	if i, known := s.at[string(s.name)]; known {
		s.counts[i].seen++
		s.sink(i)
		return
	}
	name := string(s.name)
	s.bytes.Add(int64(hotBytes + len(name)))
	if len(s.counts) < s.h.counted() {
		if s.at == nil {
			s.at = map[string]int{}
		}
		s.counts = append(s.counts, hotCount{name: name, seen: 1})
		s.at[name] = len(s.counts) - 1
		s.rise(len(s.counts) - 1)
		return
	}
	least := &s.counts[0]
	s.bytes.Add(-int64(hotBytes + len(least.name)))
	delete(s.at, least.name)
	least.name, least.over = name, least.seen
	least.seen++
	s.at[name] = 0
	s.sink(0)
}

// Completed is what the last complete window found.
func (s *Sketch) Completed(now int64) []Hot {
	s.look(now)
	return s.frozen
}

// look begins a new window when it is time, or after a reset.
func (s *Sketch) look(now int64) {
	window := max(s.h.window.Load(), 1)
	turn := now / window
	resets := s.h.resets.Load()
	if turn == s.turn && resets == s.resets {
		return
	}
	frozen := s.frozen[:0]
	if turn == s.turn+1 && resets == s.resets && s.turn*window >= s.h.since.Load() {
		for _, c := range s.counts {
			db, n := binary.Uvarint([]byte(c.name[:min(len(c.name), binary.MaxVarintLen64)]))
			frozen = append(frozen, Hot{DB: int(db), Key: c.name[n:], Seen: c.seen - c.over})
		}
	}
	if len(frozen) < len(s.frozen) {
		clear(s.frozen[len(frozen):])
	}
	s.frozen, s.turn, s.resets = frozen, turn, resets
	clear(s.counts)
	clear(s.at)
	s.counts = s.counts[:0]
	bytes := 0
	for i := range frozen {
		bytes += hotBytes + len(frozen[i].Key)
	}
	s.bytes.Store(int64(bytes))
}

// rise and sink bring a count to its place.
func (s *Sketch) rise(i int) {
	for up := (i - 1) / 2; i > 0 && s.counts[i].seen < s.counts[up].seen; up = (i - 1) / 2 {
		s.swap(i, up)
		i = up
	}
}

func (s *Sketch) sink(i int) {
	for {
		least := i
		for _, below := range [2]int{2*i + 1, 2*i + 2} {
			if below < len(s.counts) && s.counts[below].seen < s.counts[least].seen {
				least = below
			}
		}
		if least == i {
			return
		}
		s.swap(i, least)
		i = least
	}
}

func (s *Sketch) swap(i, j int) {
	s.counts[i], s.counts[j] = s.counts[j], s.counts[i]
	s.at[s.counts[i].name], s.at[s.counts[j].name] = i, j
}
