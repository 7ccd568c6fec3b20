package db

import (
	"fmt"
	"testing"
)

// compactStep does some steps of compaction in some shard.
func (w *world) compactStep() {
	shard := w.r.IntN(len(w.s.shards))
	if w.r.IntN(3) == 0 {
		w.s.BeginCompaction(shard, w.r.IntN(2) == 0)
	}
	if w.r.IntN(500) == 0 {
		w.s.EndCompaction(shard)
	}
	for range w.r.IntN(20) {
		w.s.Compact(shard, 1+w.r.IntN(200))
	}
}

// Commands see nothing of compaction that goes on between them.
func TestCompactionAgainstModel(t *testing.T) {
	for name, hash := range map[string]func([]byte) uint64{"keyed": nil, "collide": func([]byte) uint64 { return 0 }} {
		t.Run(name, func(t *testing.T) {
			moved := uint64(0)
			for seed := range uint64(4) {
				w := newWorld(t, seed+50, hash)
				for i := range 5000 {
					w.step()
					w.compactStep()
					switch {
					case i%1000 == 999:
						w.check()
						w.drain()
						w.moveSlots()
						w.check()
						w.drain()
					case i == 2500:
						w.flush()
					}
				}
				for i := range w.s.shards {
					w.s.Account(i)
					moved += w.s.Compaction(i).Moved.Load()
				}
			}
			if moved < 10000 {
				t.Fatalf("only %d objects were moved", moved)
			}
		})
	}
}

// What a mark saves is what was there, while memory is compacted before and after it.
func TestCompactionRestsDuringMark(t *testing.T) {
	w := newWorld(t, 7, nil)
	w.fill(3000)
	w.s.Mark(&moment{w, map[string]modelled{}})
	for i := range w.s.shards {
		w.s.BeginCompaction(i, true)
		if more, _ := w.s.Compact(i, 10); more {
			t.Fatal("memory is compacted while a mark is saved")
		}
	}
	w.s.Unmark()
	for i := range w.s.shards {
		if more, _ := w.s.Compact(i, 10); !more {
			t.Fatal("compaction does not go on behind the mark")
		}
	}
	w.check()
}

// A shard from which nine of ten keys went gets by with a fraction of its slabs, keys with and without
// a time of expiry and lists alike.
func TestCompactionEmptiesSlabs(t *testing.T) {
	w := newWorld(t, 9, nil)
	for i := range 200000 {
		name := fmt.Sprintf("{%d}key:%d", i%64, i)
		k, p := w.key(name)
		v := modelled{text: fmt.Sprintf("%0*d", 20+i%40, i), expireAt: int64(i % 3)}
		p.SetString(&k, 0, []byte(v.text), v.expireAt)
		w.model[name] = v
	}
	for name := range w.model {
		if w.r.IntN(10) != 0 {
			k, p := w.key(name)
			p.Delete(&k, p.Find(&k))
			delete(w.model, name)
		}
	}
	for i := range w.s.shards {
		a := w.s.Arena(i)
		before, used := a.Slabs()
		w.s.BeginCompaction(i, false)
		for more := true; more; {
			more, _ = w.s.Compact(i, 100)
		}
		after, now := a.Slabs()
		if now != used || after > before/3 {
			t.Errorf("shard %d: %d of %d bytes in use before, %d of %d after", i, used, before, now, after)
		}
		if a.Draining() {
			t.Error("slabs drain behind the round")
		}
	}
	w.check()
	w.drain()
}

// BenchmarkCompact is the price of a key that is moved: three of four go, then the rest is compacted.
func BenchmarkCompact(b *testing.B) {
	s := newSpace(b, 1, nil)
	p := s.Database(0).Part(0)
	key := func(i int) Key { return s.Hasher().Key(fmt.Appendf(nil, "key:%d", i)) }
	const keys = 500000
	round := 0
	for b.Loop() {
		b.StopTimer()
		round++
		for i := range keys {
			k := key(i)
			p.SetRaw(&k, p.Find(&k), make([]byte, 60), 0)
		}
		for i := range keys {
			if (i+round)%4 != 0 {
				k := key(i)
				p.Delete(&k, p.Find(&k))
			}
		}
		b.StartTimer()
		s.BeginCompaction(0, false)
		for more := true; more; {
			more, _ = s.Compact(0, 1000)
		}
	}
	s.Account(0)
	moved := s.Compaction(0).Moved.Load()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(moved), "ns/object")
}
