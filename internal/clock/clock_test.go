package clock

import (
	"testing"
	"time"
)

var (
	_ Clock = (*Real)(nil)
	_ Clock = (*Fake)(nil)
)

func TestReal(t *testing.T) {
	c := New()
	before := time.Now().UnixMilli()
	wall, mono := c.Millis(), c.Mono()
	if after := time.Now().UnixMilli(); wall < before-1 || wall > after+1 { // the two clocks are not read at one instant
		t.Errorf("wall time is %d, between %d and %d", wall, before, after)
	}
	time.Sleep(time.Millisecond)
	if d := c.Mono() - mono; d < int64(time.Millisecond) {
		t.Errorf("a millisecond took %d ns", d)
	}
	if n := testing.AllocsPerRun(100, func() { c.Millis(); c.Mono() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestRealFollowsTheWall: what lies between the clocks is looked up again.
func TestRealFollowsTheWall(t *testing.T) {
	c := New()
	c.between.Add(int64(time.Hour))
	for late := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		before := time.Now().UnixMicro()
		wall := c.Micros()
		if wall >= before-100 && wall <= time.Now().UnixMicro()+100 {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("the clock shows %d a minute after it was set to %d", wall, before)
		}
	}
}

func BenchmarkMillis(b *testing.B) {
	c := New()
	for range b.N {
		c.Millis()
	}
}

func TestFake(t *testing.T) {
	c := NewFake(5000)
	c.Step(1500 * time.Nanosecond)
	c.Step(500 * time.Nanosecond)
	if c.Millis() != 5000 || c.Micros() != 5000002 || c.Mono() != 2000 {
		t.Error(c.Millis(), c.Micros(), c.Mono())
	}
	c.Step(time.Second)
	c.SetMillis(100)
	if c.Millis() != 100 || c.Mono() != int64(time.Second)+2000 {
		t.Error(c.Millis(), c.Mono())
	}
}

func TestPulse(t *testing.T) {
	c := NewFake(1000)
	p := NewPulse(c)
	c.Step(time.Second)
	p.Stir() // no rest to end
	if p.Millis() != 1000 || len(p.Stirred()) != 0 {
		t.Fatalf("a pulse that does not rest was stirred: %d", p.Millis())
	}
	if before := p.Beat(); before != 1000 || p.Millis() != 2000 {
		t.Fatalf("beat from %d to %d", before, p.Millis())
	}
	p.Rest()
	c.Step(time.Second)
	p.Stir()
	p.Stir()
	if p.Millis() != 3000 || len(p.Stirred()) != 1 || p.Resting() {
		t.Fatalf("after a rest: %d, stirred %d times", p.Millis(), len(p.Stirred()))
	}
	<-p.Stirred()
}

func TestStealField(t *testing.T) {
	for text, want := range map[string]int64{
		"cpu  10 20 30 40 50 60 70 8123 90 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n": 8123,
		"cpu  10 20 30 40 50 60 70 0 90 0\n":                              0,
		"cpu  10 20\n":                                                    0,
		"":                                                                0,
	} {
		if got := stealField([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	s := NewSteal()
	defer s.Close()
	if s.Ticks() < 0 || testing.AllocsPerRun(10, func() { s.Ticks() }) > 0 {
		t.Error("reading it allocates")
	}
}
