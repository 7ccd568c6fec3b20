package driver

import (
	"testing"
	"time"

	"sigrun/actors"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
)

// layers are the steps of a turn, each including those before it, so that differences
// are what a step costs.
var layers = []struct {
	name string
	run  func(l *Loop, t *turn)
}{
	{"parse", func(l *Loop, t *turn) { t.parse(l) }},
	{"look-ahead", func(l *Loop, t *turn) {
		t.parse(l)
		l.Run.Prepare(t.batch, 0)
	}},
	{"token", func(l *Loop, t *turn) {
		t.parse(l)
		l.Run.Prepare(t.batch, 0)
		by := actors.Runner(l.Run)
		for i := range t.batch {
			if l.Dispatcher.Try(int(t.batch[i].Shard)) {
				l.Dispatcher.Release(int(t.batch[i].Shard), by)
			}
		}
	}},
	{"execute", func(l *Loop, t *turn) {
		t.parse(l)
		l.Run.Prepare(t.batch, 0)
		t.out.B = t.out.B[:0]
		by := actors.Runner(l.Run)
		for i := range t.batch {
			if cmd := &t.batch[i]; l.Dispatcher.Try(int(cmd.Shard)) {
				l.Run.Run(cmd, &l.Session.Client, &t.out, nil, l.Session)
				l.Dispatcher.Release(int(cmd.Shard), by)
			}
		}
	}},
	{"session", func(l *Loop, t *turn) { l.Feed(t.input) }},
}

// turn is one pipeline and the scratch memory of its execution.
type turn struct {
	input []byte
	argv  [][]byte
	batch []call.Command
	out   resp.Writer
}

func (t *turn) parse(l *Loop) {
	lim := resp.DefaultLimits()
	t.argv, t.batch = t.argv[:0], t.batch[:0]
	for n := 0; n < len(t.input); {
		start, used := len(t.argv), 0
		t.argv, used, _ = resp.Scan(t.input[n:], t.argv, &lim)
		n += used
		args := t.argv[start:len(t.argv):len(t.argv)]
		t.batch = append(t.batch, call.Command{Spec: l.Table.Lookup(args[0]), Args: args})
	}
}

// BenchmarkLayers is the share of each layer in a GET within a pipeline of 64, without
// sockets: the layers are measured in turn, round after round.
func BenchmarkLayers(b *testing.B) {
	mix := Mix{Keys: 100000, Pipeline: 64, Size: 32}
	d, err := New(Options{Loops: 1, Shards: 16})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	d.Fill(mix.Keys, mix.Size)
	in := mix.Inputs(2000, 1)
	spent := make([]time.Duration, len(layers))
	t := &turn{}
	t.out.Proto = 2
	const rounds, turns = 200, 50
	for range b.N {
		for round := range rounds {
			for i, layer := range layers {
				start := time.Now()
				for n := range turns {
					t.input = in[(round*turns+n)%len(in)]
					layer.run(d.Loops[0], t)
				}
				spent[i] += time.Since(start)
			}
		}
	}
	commands := float64(b.N * rounds * turns * mix.Pipeline)
	before := time.Duration(0)
	for i, layer := range layers {
		b.ReportMetric(float64(spent[i]-before)/commands, layer.name+"-ns")
		before = spent[i]
	}
}
