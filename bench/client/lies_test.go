package client

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestUnasked: replies that nobody has asked for are counted.
func TestUnasked(t *testing.T) {
	n := 0
	f := newFake(t, local(t), func(v *visitor, args []string) string {
		if n++; n == 50 {
			return ":1\r\n:1\r\n"
		}
		return ":1\r\n"
	})
	if out := mustRun(t, plan(t, f, "do 1 INCR x -> int")); out.Unasked != 1 {
		t.Errorf("%d, %v", out.Unasked, out.Faults)
	}
	f = newFake(t, local(t), func(v *visitor, args []string) string {
		if args[0] == "SUBSCRIBE" {
			return "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n+OK\r\n"
		}
		return ":0\r\n"
	})
	p := plan(t, f, "role p 1\ndo 1 PUBLISH a x -> int\nrole s 1\nstart SUBSCRIBE a\nlisten")
	p.Clients, p.Threads = 2, 1
	if out, _ := Run(t.Context(), p); out == nil || out.Unasked == 0 {
		t.Errorf("who listens takes anything: %+v", out)
	}
}

// TestReasonsAddUp: every reply that is none is counted with its reason, however many there are and whatever stands in them.
func TestReasonsAddUp(t *testing.T) {
	const many = 3000
	for name, c := range map[string]struct {
		answer func(n int) string
		want   []string
	}{
		"one reason":      {func(int) string { return "-LOADING wait\r\n" }, []string{"get: the server says LOADING wait"}},
		"numbers in it":   {func(n int) string { return fmt.Sprintf("-OOM at %d\r\n", n) }, []string{"get: the server says OOM at"}},
		"addresses in it": {func(n int) string { return fmt.Sprintf("-MOVED %d 10.0.%d.1:%d\r\n", n, n%256, n) }, []string{"get: the server says MOVED"}},
		"wrong values":    {func(n int) string { return fmt.Sprintf("$5\r\n%05d\r\n", n) }, []string{"get: the server answers"}},
		"a word each":     {func(n int) string { return "-ERR " + strings.Repeat("x", n%80+1) + "\r\n" }, nil},
		"wrong among words": {func(n int) string {
			if n%2 == 0 {
				return ":1\r\n"
			}
			return fmt.Sprintf("-%s oh\r\n", strings.Repeat("A", n%99)+strings.Repeat("B", n/99))
		}, []string{"get: the server answers"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			f := newFake(t, local(t), func(v *visitor, args []string) string {
				n++
				return c.answer(n)
			})
			p := plan(t, f, "keys k k:* 100\nvalue v 10\ndo 1 GET {k} -> v")
			p.Requests = many
			out := mustRun(t, p)
			sum := int64(0)
			for _, fault := range out.Faults {
				sum += fault.Count
			}
			if all := out.Total.Total(); all.Refused+all.Wrong != many || sum != many {
				t.Errorf("%+v, and %d reasons", all.Counts, sum)
			}
			if name != "a word each" && name != "wrong among words" && len(out.Faults) != 1 {
				t.Errorf("%d kinds: %+v", len(out.Faults), out.Faults)
			}
			for i, want := range c.want {
				if f := out.Faults[i]; !strings.Contains(f.Text, want) || f.Count < many/2 {
					t.Errorf("%+v, want %q", f, want)
				}
			}
			if last := len(out.Faults) - 1; last > mostCodes*p.Threads || last > 0 && out.Faults[0].Text == others {
				t.Errorf("%d reasons, first %+v", last+1, out.Faults[0])
			}
		})
	}
}

// TestRequestsBehindTheWarmUp: those of the warm-up use nothing up.
func TestRequestsBehindTheWarmUp(t *testing.T) {
	for _, rate := range []float64{0, 5000} {
		f := newFake(t, local(t), store)
		p := plan(t, f, "do 1 PING -> PONG")
		p.WarmUp, p.Requests, p.Rate = 50*time.Millisecond, 90, rate
		out := mustRun(t, p)
		if done := out.Total.Total().Done; done != 90 || f.count("ping") <= 90 {
			t.Errorf("rate %g: %d counted of %d", rate, done, f.count("ping"))
		}
	}
}

// TestReplayForATime: a duration ends a replay whose next command is far away, or beyond what a clock holds.
func TestReplayForATime(t *testing.T) {
	for _, speed := range []float64{1, 1e-9} {
		f := newFake(t, local(t), store)
		p := plan(t, f, "do 1 PING")
		p.Requests, p.Clients, p.Duration, p.Drain, p.Replay = 0, 1, 50*time.Millisecond, time.Hour, &Log{Classes: []string{"ping"}, Speed: speed}
		for _, at := range []time.Duration{0, time.Hour} {
			p.Replay.Entries = append(p.Replay.Entries, Entry{At: int64(at), DB: -1, Args: []string{"PING"}})
		}
		if out := mustRun(t, p); out.Total.Total().Done != 1 || out.Behind != 0 || out.Length != p.Duration {
			t.Errorf("%+v, %d behind, %v", out.Total.Total().Counts, out.Behind, out.Length)
		}
	}
}

// TestTogether: what cannot be run in a cluster is told before it is, by what the server says are keys.
func TestTogether(t *testing.T) {
	f := newFake(t, local(t), func(v *visitor, args []string) string {
		if args[0] != "COMMAND" || len(args) < 4 {
			return "-ERR The command has no key arguments\r\n"
		}
		reply, n := "", 0
		for _, word := range args[3:] {
			if strings.HasPrefix(word, "k:") || strings.HasPrefix(word, "{") {
				reply += fmt.Sprintf("$%d\r\n%s\r\n", len(word), word)
				n++
			}
		}
		return fmt.Sprintf("*%d\r\n%s", n, reply)
	})
	for text, bad := range map[string]bool{
		"keys k k:* 10000\ndo 1 GET {k}":                                false,
		"keys k k:* 10000\ndo 1 MGET [ {k} ]*64":                        true,
		"keys k {a}:* 10000\ndo 1 MGET [ {k} ]*64":                      false,
		"keys k k:* 10000\ndo 1\n  MULTI\n  SET {k:a} x\n  SET {k:b} x": true,
		"keys k k:* 10000\ndo 1\n  MULTI\n  SET {k} x\n  GET {k}":       false,
		"do 1 PING": false,
	} {
		p := plan(t, f, text)
		c, err := Ask(&p.Target)
		if err != nil {
			t.Fatal(err)
		}
		err = Together(c, p.Workload, 1)
		if (err != nil) != bad || bad && !strings.Contains(err.Error(), "several slots") {
			t.Errorf("%q: %v", text, err)
		}
		_ = c.Close()
	}
}
