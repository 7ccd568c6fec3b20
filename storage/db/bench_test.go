package db

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"testing"

	"sigrun/internal/rng"
	"sigrun/protocol/slot"
)

const benchShards = 16

func benchKey(buf []byte, i uint64) []byte {
	return fmt.Appendf(buf[:0], "key:%012d", i)
}

func partOf(d *Database, k *Key) *Part {
	return d.Part(int(k.Slot) * benchShards / slot.Count)
}

// resident is the resident set of this process in bytes.
func resident(b *testing.B) int {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip("no /proc")
	}
	pages, _ := strconv.Atoi(string(bytes.Fields(text)[1]))
	return pages * os.Getpagesize()
}

func populate(s *Space, n int, expireAt int64) *Database {
	d := s.Database(0)
	name, text := make([]byte, 0, 16), bytes.Repeat([]byte("v"), 32)
	for i := range uint64(n) {
		k := s.Hasher().Key(benchKey(name, i))
		partOf(d, &k).SetString(&k, 0, text, expireAt)
	}
	return d
}

// BenchmarkBytesPerKey measures resident memory with keys of 16 and values of
// 32 bytes. Run it with -benchtime 1x.
func BenchmarkBytesPerKey(b *testing.B) {
	for _, millions := range []int{1, 3, 4, 5, 6, 8} {
		for _, expireAt := range []int64{0, 1 << 41} {
			b.Run(fmt.Sprintf("%dM/ttl=%v", millions, expireAt != 0), func(b *testing.B) {
				for range b.N {
					before := resident(b)
					s := newSpace(b, benchShards, nil)
					populate(s, millions*1e6, expireAt)
					perKey := func(n int) float64 { return float64(n) / float64(millions*1e6) }
					used := 0
					for i := range benchShards {
						used += int(s.Arena(i).Used())
					}
					b.ReportMetric(perKey(resident(b)-before), "RSS-B/key")
					b.ReportMetric(perKey(used), "used-B/key")
					if err := s.Region().Close(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkFind looks up random keys among n, in batches, with and without
// touching all buckets and then all entries of the batch first.
func BenchmarkFind(b *testing.B) {
	for _, n := range []int{256, 5e6} {
		s := newSpace(b, benchShards, nil)
		d := populate(s, n, 0)
		names := make([][]byte, 1<<20)
		r := rng.New(1)
		for i := range names {
			names[i] = benchKey(make([]byte, 0, 16), r.Uint64n(uint64(n)))
		}
		for _, batch := range []int{1, 16, 64} {
			for _, touch := range []bool{false, true} {
				b.Run(fmt.Sprintf("%d/batch=%d/touch=%v", n, batch, touch), func(b *testing.B) {
					b.ReportAllocs()
					findBatches(b, s, d, names, batch, touch)
				})
			}
		}
		b.Run(fmt.Sprintf("%d/hashing", n), func(b *testing.B) {
			for i := range b.N {
				sink += s.Hasher().Key(names[i&(len(names)-1)]).Hash
			}
		})
		s.Region().Close()
	}
}

var sink uint64

func findBatches(b *testing.B, s *Space, d *Database, names [][]byte, batch int, touch bool) {
	var keys [64]Key
	var buckets [64]uint64
	for i := 0; i < b.N; i += batch {
		for j := range batch {
			keys[j] = s.Hasher().Key(names[(i+j)&(len(names)-1)])
		}
		if touch {
			for j := range batch {
				buckets[j] = d.TouchBucket(keys[j].Slot, keys[j].Hash)
			}
			for j := range batch {
				sink += d.TouchEntry(keys[j].Slot, keys[j].Hash, buckets[j])
			}
		}
		for j := range batch {
			e := partOf(d, &keys[j]).Find(&keys[j])
			if e == 0 {
				b.Fatal("lost a key")
			}
			sink += command(e)
		}
	}
}

// command stands for what a real one does between two look-ups, about 100 ns:
// without it the processor overlaps the look-ups by itself, as it never will in
// a server.
func command(e Entry) (sum uint64) {
	var reply, buf [64]byte
	n := copy(reply[:], e.String((*[20]byte)(buf[:20])))
	for range 8 {
		sum = uint64(slot.Of(reply[:n]))
		reply[0] = byte(sum)
	}
	return sum
}

// BenchmarkFindHot is Find alone, of a key that is in the cache.
func BenchmarkFindHot(b *testing.B) {
	s := newSpace(b, benchShards, nil)
	d := populate(s, 256, 0)
	var keys [256]Key
	for i := range keys {
		keys[i] = s.Hasher().Key(benchKey(make([]byte, 0, 16), uint64(i)))
	}
	parts := make([]*Part, len(keys))
	for i := range parts {
		parts[i] = partOf(d, &keys[i])
	}
	for i := range b.N {
		parts[i&255].Find(&keys[i&255])
	}
}

// BenchmarkSetString replaces values in place, in a table that is in the cache.
func BenchmarkSetString(b *testing.B) {
	s := newSpace(b, benchShards, nil)
	d := populate(s, 256, 0)
	text := bytes.Repeat([]byte("w"), 32)
	var keys [256]Key
	for i := range keys {
		keys[i] = s.Hasher().Key(benchKey(make([]byte, 0, 16), uint64(i)))
	}
	b.ReportAllocs()
	for i := range b.N {
		k := &keys[i&255]
		p := partOf(d, k)
		p.SetString(k, p.Find(k), text, 0)
	}
}

// BenchmarkExpireScan collects keys that all expire at once.
func BenchmarkExpireScan(b *testing.B) {
	s := newSpace(b, 1, nil)
	d := s.Database(0)
	var name [16]byte
	for i := range uint64(b.N) {
		k := s.Hasher().Key(benchKey(name[:], i))
		d.Part(0).SetString(&k, 0, name[:], 1)
	}
	b.ResetTimer()
	for p := d.Part(0); p.Volatile() > 0; {
		p.ExpireScan(2, 1000, func(e Entry) {
			k := s.Hasher().Key(e.Key())
			p.Delete(&k, e)
		})
	}
}
