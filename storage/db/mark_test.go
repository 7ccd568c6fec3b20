package db

import (
	"maps"
	"strconv"
	"testing"
)

// moment is a Saver that keeps what it is given as the model would.
type moment struct {
	w     *world
	saved map[string]modelled
}

func (m *moment) Save(p *Part, e Entry) {
	name := string(e.Key())
	if _, twice := m.saved[name]; twice {
		m.w.t.Fatalf("%.20s is saved twice", name)
	}
	v := modelled{list: e.Type() == List, expireAt: e.ExpireAt(), edited: e.Edited()}
	if v.list {
		_, sum := sumChain(e.Value())
		v.text = strconv.Itoa(sum)
	} else {
		var buf [20]byte
		v.text = string(e.String(&buf))
	}
	m.saved[name] = v
}

func (m *moment) Full() bool { return false }

func (m *moment) visit(p *Part, e Entry) {
	if p.Unsaved(e) {
		m.Save(p, e)
		p.MarkSaved(e)
	}
}

// walk goes over everything in slices, with commands, moves of slots and now and then a flush in between.
func (m *moment) walk(disturb func()) {
	for cursor := uint64(0); ; {
		p := m.w.d.Part(int(m.w.s.slots.Owner(CursorSlot(cursor))))
		cursor = p.Scan(cursor, 1+m.w.r.IntN(5), func(e Entry) { m.visit(p, e) })
		if cursor == 0 {
			return
		}
		disturb()
	}
}

func TestMark(t *testing.T) {
	for seed := range uint64(10) {
		w := newWorld(t, seed+100, nil)
		for range 3000 {
			w.step()
		}
		for round := range 4 {
			m := &moment{w, map[string]modelled{}}
			then := maps.Clone(w.model)
			w.s.Mark(m)
			flushAt := -1
			if round == 2 {
				flushAt = w.r.IntN(50)
			}
			n := 0
			m.walk(func() {
				if n++; n == flushAt {
					w.d.Flush()
					clear(w.model)
				}
				for range w.r.IntN(30) {
					w.step()
				}
				if w.r.IntN(3) == 0 {
					w.s.Step(w.r.IntN(4), 1+w.r.IntN(40))
				}
				if w.r.IntN(20) == 0 {
					k, _ := w.key(w.name())
					w.s.MoveSlot(k.Slot, w.r.IntN(4), 1000)
				}
			})
			for i := range w.s.shards {
				for w.s.Owed(i) {
					w.s.Step(i, 10)
				}
			}
			w.s.Unmark()
			if !maps.Equal(m.saved, then) {
				t.Fatalf("seed %d, round %d: saved %d keys of %d", seed, round, len(m.saved), len(then))
			}
			w.check()
		}
	}
}
