package exec_test

import (
	"strconv"
	"testing"

	"sigrun/protocol/resp"
)

// BenchmarkXRange reads a hundred entries of two fields.
func BenchmarkXRange(b *testing.B) {
	e := newBare(b)
	e.settings.StreamNodeEntries.Store(100)
	e.settings.StreamNodeBytes.Store(4096)
	for i := range 10000 {
		e.do("XADD", "s", "1700000000000-*", "name", "value:000"+strconv.Itoa(i), "age", strconv.Itoa(i%100))
	}
	e.tape = nil
	cmd := e.command("XRANGE", "s", "-", "+", "COUNT", "100")
	out := resp.Writer{Proto: 2}
	b.ReportAllocs()
	for b.Loop() {
		out.Rewind(0)
		e.ctx.Run(&cmd, &e.cl, &out, e.all, nil)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/entry")
}
