package stream_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestNoGarbage: adding, trimming, reading, delivering and acknowledging leave nothing on
// Go's heap.
func TestNoGarbage(t *testing.T) {
	addr := nodetest.Start(t, [2]string{"io-threads", "1"}, [2]string{"ignition", "off"})
	c := testkit.MustDial(t, addr)
	do(t, c, ok, "XGROUP CREATE s g $ MKSTREAM")
	do(t, c, ":1\r\n", "XGROUP CREATECONSUMER s g c")
	entry := "*2\r\n" + bulk("1-1") + "*2\r\n" + bulk("f") + bulk("12")
	steps := [][2]string{
		{"XADD s 1-1 f 12", bulk("1-1")},
		{"XREAD COUNT 5 STREAMS s 0", "*1\r\n*2\r\n" + bulk("s") + "*1\r\n" + entry},
		{"XRANGE s - + COUNT 2", "*1\r\n" + entry},
		{"XREADGROUP GROUP g c COUNT 2 STREAMS s >", "*1\r\n*2\r\n" + bulk("s") + "*1\r\n" + entry},
		{"XPENDING s g - + 10 d", "*0\r\n"},
		{"XACK s g 1-1", ":1\r\n"},
		{"XADD s MAXLEN = 0 1-2 f abc", bulk("1-2")},
		{"XGROUP SETID s g 0", ok},
		{"XSETID s 1-0", ok},
	}
	const repeat = 16
	var batch, want strings.Builder
	for range repeat {
		for _, step := range steps {
			batch.Write(testkit.Command(strings.Fields(step[0])...))
			want.WriteString(step[1])
		}
	}
	send, reply := []byte(batch.String()), make([]byte, want.Len())
	round := func() {
		if err := c.Send(send); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c.Conn, reply); err != nil || string(reply) != want.String() {
			t.Fatalf("%v %q", err, reply)
		}
	}
	for range 50 {
		round()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const rounds = 200
	for range rounds {
		round()
	}
	runtime.ReadMemStats(&after)
	if each := float64(after.Mallocs-before.Mallocs) / float64(rounds*repeat*len(steps)); each > 0.05 {
		t.Errorf("%.2f allocations a command", each)
	}
}
