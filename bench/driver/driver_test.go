package driver

import (
	"testing"
	"time"

	"sigrun/bench/load"
)

// BenchmarkPipeline is the cost of one command within a pipeline, without sockets.
func BenchmarkPipeline(b *testing.B) {
	for _, bench := range []struct {
		name string
		mix  Mix
	}{
		{"get/64", Mix{Keys: 100000, Pipeline: 64, Size: 32}},
		{"set/64", Mix{Keys: 100000, Pipeline: 64, Size: 32, Writes: 1}},
		{"get/1", Mix{Keys: 100000, Pipeline: 1, Size: 32}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			d, err := New(Options{Loops: 1, Shards: 16})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			fill(d, bench.mix)
			in := bench.mix.Inputs(2000, 1)
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += bench.mix.Pipeline {
				d.Loops[0].Feed(in[i/bench.mix.Pipeline%len(in)])
			}
		})
	}
}

func fill(d *Driver, m Mix) {
	m.Writes, m.MSET, m.Zipf, m.Pipeline = 1, 0, 0, 64
	for i := 0; i < m.Keys; {
		var p load.Pipeline
		for ; i < m.Keys && p.Replies < 64; i++ {
			p.Add("SET", load.Key(i), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
		}
		d.Loops[0].Feed(p.Bytes)
	}
}

// BenchmarkScaling is the throughput of two loops against one, as a ratio.
func BenchmarkScaling(b *testing.B) {
	for _, bench := range []struct {
		name string
		mix  Mix
	}{
		{"uniform", Mix{Keys: 1000000, Pipeline: 64, Size: 32, Writes: 0.5}},
		{"uniform+mset", Mix{Keys: 1000000, Pipeline: 64, Size: 32, Writes: 0.5, MSET: 0.01}},
		{"zipf", Mix{Keys: 1000000, Pipeline: 64, Size: 32, Writes: 0.5, Zipf: 0.99}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			d, err := New(Options{Loops: 2, Shards: 16})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			fill(d, bench.mix)
			inputs := [][][]byte{bench.mix.Inputs(2000, 1), bench.mix.Inputs(2000, 2)}
			for i := 0; i < b.N; i++ {
				one := d.Run(1, inputs, 300*time.Millisecond)
				two := d.Run(2, inputs, 300*time.Millisecond)
				b.ReportMetric(float64(two)/float64(one), "two/one")
			}
		})
	}
}
