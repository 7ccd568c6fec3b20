package nodetest

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// NoGarbage fails a test in which commands, given with their replies, leave objects on Go's
// heap. They are sent over and over again and have to end where they began.
func NoGarbage(t *testing.T, steps [][2]string) {
	addr := Start(t, [2]string{"io-threads", "1"}, [2]string{"ignition", "off"})
	c := testkit.MustDial(t, addr)
	var batch, want strings.Builder
	const repeated = 16
	for range repeated {
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
	if each := float64(after.Mallocs-before.Mallocs) / float64(rounds*repeated*len(steps)); each > 0.05 {
		t.Errorf("%.2f allocations a command", each)
	}
}
