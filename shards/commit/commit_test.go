package commit

import (
	"fmt"
	"testing"
)

// TestWithdrawKeepsWhatTimeBrought, in its order, and nothing else behind the mark.
func TestWithdrawKeepsWhatTimeBrought(t *testing.T) {
	var c Commit
	add := func(name string, lapsed bool) {
		c.Records = append(c.Records, Record{Args: [][]byte{[]byte(name)}, Lapsed: lapsed})
		c.Touch(Touch{Name: []byte(name), Lapsed: lapsed})
		c.Signal(0, []byte(name), true, lapsed)
		c.Events = append(c.Events, Event{Name: name, Lapsed: lapsed})
	}
	add("before", false)
	m := c.Mark()
	c.Dirty = 7
	add("a", true)
	add("b", false)
	add("c", true)
	c.Withdraw(m)
	want := "before a c "
	for what, have := range map[string]func() string{
		"records": func() (s string) {
			for _, r := range c.Records {
				s += string(r.Args[0]) + " "
			}
			return s
		},
		"touched": func() (s string) {
			for _, r := range c.Touched {
				s += string(r.Name) + " "
			}
			return s
		},
		"signals": func() (s string) {
			for _, r := range c.Signals {
				s += string(r.Name) + " "
			}
			return s
		},
		"events": func() (s string) {
			for _, r := range c.Events {
				s += r.Name + " "
			}
			return s
		},
	} {
		if have() != want {
			t.Errorf("%s: %q", what, have())
		}
	}
	if c.Dirty != 0 {
		t.Errorf("dirty %d", c.Dirty)
	}
}

// TestCondenseBoundsWhatIsSaidAgain: each key stands once for each kind of change, in the order of the first.
func TestCondenseBoundsWhatIsSaidAgain(t *testing.T) {
	var c Commit
	for i := range 100000 {
		name := []byte(fmt.Sprint(i % 10))
		c.Touch(Touch{Name: name, Stale: i%20 == 13})
		c.Signal(i%2, name, i == 99999, false)
		c.Condense()
		if len(c.Touched) > 2*most || len(c.Signals) > 2*most {
			t.Fatalf("%d touched, %d signals", len(c.Touched), len(c.Signals))
		}
	}
	c.touched, c.signals = 0, 0
	for range most { // so that it is done once more
		c.Touched, c.Signals = append(c.Touched, c.Touched[0]), append(c.Signals, c.Signals[0])
	}
	c.Condense()
	if len(c.Touched) != 11 || len(c.Signals) != 10 {
		t.Errorf("%d touched, %d signals", len(c.Touched), len(c.Signals))
	}
	for i := range c.Signals {
		if s := &c.Signals[i]; string(s.Name) != fmt.Sprint(i) || s.Ready != (i == 9) {
			t.Errorf("signal %d: %s %v", i, s.Name, s.Ready)
		}
	}
	if c.Reset(); cap(c.Touched) > most {
		t.Errorf("memory for %d touches is kept", cap(c.Touched))
	}
}

// TestCondenseKnowsWhoWasLast: a key that a transaction's client changed itself, and a script of it again, is the script's, and the other way round.
func TestCondenseKnowsWhoWasLast(t *testing.T) {
	var c Commit
	for _, own := range []bool{true, false} {
		c.Touch(Touch{Name: []byte("k"), Own: own})
		c.Touch(Touch{Name: []byte("own"), Own: !own})
		c.Touch(Touch{Name: []byte("k"), Own: own, Stale: true}) // another kind of change
	}
	for range most {
		c.Touched = append(c.Touched, Touch{Name: []byte("other")})
	}
	c.Condense()
	if len(c.Touched) != 4 {
		t.Fatalf("%d touched", len(c.Touched))
	}
	for _, x := range c.Touched {
		if x.Own != (string(x.Name) == "own") {
			t.Errorf("%s: own %v, stale %v", x.Name, x.Own, x.Stale)
		}
	}
}
