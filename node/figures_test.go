package node

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// TestRatesBeginAnew: CONFIG RESETSTAT forgets them at once, as it does what they are made of.
func TestRatesBeginAnew(t *testing.T) {
	n := started(t)
	c := testkit.MustDial(t, n.Addr())
	defer c.Close()
	rates := func() (busy bool) {
		info := string(testkit.Must(c.Do("INFO", "stats"))(t))
		return testkit.InfoField(info, "instantaneous_ops_per_sec") != "0" || testkit.InfoField(info, "instantaneous_input_kbps") != "0.00"
	}
	for late := time.Now().Add(time.Minute); !rates(); {
		if time.Now().After(late) {
			t.Fatal("there are no rates")
		}
		for range 100 {
			c.Want(t, "+OK\r\n", "SET", "k", "a value of some length")
		}
	}
	n.Control.Sample(time.Now()) // and no other one soon
	replies := testkit.Must(c.Do("MULTI"))(t)
	for _, args := range [][]string{{"CONFIG", "RESETSTAT"}, {"INFO", "stats"}, {"EXEC"}} {
		replies = testkit.Must(c.Do(args...))(t)
	}
	if rate := testkit.InfoField(string(replies), "instantaneous_ops_per_sec"); rate != "0" {
		t.Errorf("%s a second behind CONFIG RESETSTAT", rate)
	}
}

// TestInfoShowsWhatWasAnswered asks for INFO while somebody has every token: it shows what was answered before, at once.
func TestInfoShowsWhatWasAnswered(t *testing.T) {
	n := started(t)
	c := testkit.MustDial(t, n.Addr())
	defer c.Close()
	for round := range 20 {
		c.Want(t, "+OK\r\n", "SET", fmt.Sprint(round), "x")
		all, r := *n.engine.All(), n.engine.NewCtx(-1)
		n.dispatcher.Acquire(&all)
		info := string(testkit.Must(c.Do("INFO", "keyspace"))(t))
		n.dispatcher.ReleaseSet(&all, r)
		if !strings.Contains(info, fmt.Sprintf("db0:keys=%d,", round+1)) {
			t.Fatalf("after %d keys: %q", round+1, info)
		}
	}
}
