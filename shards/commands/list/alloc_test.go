package list_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestNoGarbage: pushes, pops and ranges leave nothing on Go's heap.
func TestNoGarbage(t *testing.T) {
	addr := nodetest.Start(t, [2]string{"io-threads", "1"}, [2]string{"ignition", "off"})
	c := testkit.MustDial(t, addr)
	var batch, want strings.Builder
	for range 16 {
		for _, step := range [][2]string{{"LPUSH l abc", ":1\r\n"}, {"RPUSH l 12", ":2\r\n"},
			{"LRANGE l 0 -1", "*2\r\n$3\r\nabc\r\n$2\r\n12\r\n"}, {"LPOP l", "$3\r\nabc\r\n"}, {"RPOP l", "$2\r\n12\r\n"}} {
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
	if each := float64(after.Mallocs-before.Mallocs) / (rounds * 80); each > 0.05 {
		t.Errorf("%.2f allocations a command", each)
	}
}
