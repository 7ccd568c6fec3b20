package node_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// While a script holds its shard, and commands wait for that shard, nobody else waits: INFO, CLIENT LIST and CONFIG are answered.
func TestControlWaitsForNoScript(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		for _, waits := range [][]string{{"BGSAVE"}, {"SAVE"}, {"CLIENT", "PAUSE", "1", "WRITE"}, {"CLIENT", "PAUSE", "1"}, {"DEBUG", "RELOAD"}, {"DEBUG", "SLEEP", "0"}} {
			asides(t, addr, waits)
		}
	}, [2]string{"busy-reply-threshold", "0"})
}

// asides sends a command behind a script and asks others meanwhile. When the script has ended before they answered, that says
// nothing, and a longer one is tried.
func asides(t *testing.T, addr string, waits []string) {
	t.Helper()
	control := testkit.MustDial(t, addr)
	defer control.Close()
	for loops := 2_000_000; ; loops *= 3 {
		script, waiter := testkit.MustDial(t, addr), testkit.MustDial(t, addr)
		code := fmt.Sprintf("redis.call('set', KEYS[1], 1) for i = 1, %d do end return 1", loops)
		if err := script.Send(testkit.Command("EVAL", code, "1", "k")); err != nil {
			t.Fatal(err)
		}
		over := make(chan string, 1)
		go func() {
			reply, err := script.Read()
			over <- fmt.Sprint(string(reply), err)
		}()
		for begun := false; !begun && len(over) == 0; {
			begun = infoField(t, control, "scripts_running") == "1"
		}
		if err := waiter.Send(testkit.Command(waits...)); err != nil {
			t.Fatal(err)
		}
		// What the waiter sent has arrived when CLIENT LIST shows it; then control is asked.
		for arrived := false; !arrived && len(over) == 0; {
			list := string(testkit.Must(control.Do("CLIENT", "LIST"))(t))
			arrived = strings.Contains(list, "cmd="+strings.ToLower(strings.Join(waits[:min(len(waits), 2)], "|"))) || strings.Contains(list, "cmd="+strings.ToLower(waits[0])+" ")
		}
		for _, asked := range [][]string{{"INFO"}, {"CLIENT", "LIST"}, {"CONFIG", "GET", "dir"}, {"INFO", "everything"}} {
			testkit.Must(control.Do(asked...))(t)
		}
		meanwhile := len(over) == 0
		if reply := <-over; reply != ":1\r\n<nil>" {
			t.Fatal(reply)
		}
		if reply := string(testkit.Must(waiter.Read())(t)); reply[0] != '+' {
			t.Fatalf("%q: %s", waits, reply)
		}
		_, _ = script.Close(), waiter.Close()
		if waits[0] == "BGSAVE" {
			awaitSave(t, control)
		}
		if meanwhile {
			return
		}
		if loops > 2_000_000_000 {
			t.Fatalf("nobody was answered while %q waited for a script", waits)
		}
	}
}

func infoField(t *testing.T, c *testkit.Client, name string) string {
	t.Helper()
	reply, err := testkit.Parse(testkit.Must(c.Do("INFO", "everything"))(t))
	if err != nil {
		t.Fatal(err)
	}
	return testkit.InfoField(reply.Text, name)
}

// CLIENT PAUSE is answered when what was admitted before is over, and nothing of it comes later.
func TestPauseComesBehindWhatWasAdmitted(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		for range 20 {
			script := testkit.MustDial(t, addr)
			if err := script.Send(testkit.Command("EVAL", "for i = 1, 20000 do redis.call('incr', KEYS[1]) end return 1", "1", "n")); err != nil {
				t.Fatal(err)
			}
			c.Want(t, "+OK\r\n", "CLIENT", "PAUSE", "60000", "WRITE")
			before := string(testkit.Must(c.Do("GET", "n"))(t))
			time.Sleep(time.Millisecond)
			if after := string(testkit.Must(c.Do("GET", "n"))(t)); after != before {
				t.Fatalf("%q became %q in a pause", before, after)
			}
			c.Want(t, "+OK\r\n", "CLIENT", "UNPAUSE")
			if reply := string(testkit.Must(script.Read())(t)); reply != ":1\r\n" {
				t.Fatal(reply)
			}
			_ = script.Close()
		}
	})
}
