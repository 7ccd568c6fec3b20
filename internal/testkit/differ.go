package testkit

import (
	"bytes"
	"fmt"
	"math/rand"
	"regexp"
	"strings"
	"testing"
)

// Step is one command of a sequence that two servers get.
type Step struct {
	Conn int // which connection sends it, from 0; the sequence waits for each reply before it goes on
	Args []string
	How  Loose
	// Instead is what the reference gets in place of Args, which it does not know; nil: Args.
	Instead []string
}

func (s Step) forReference() Step {
	if s.Instead != nil {
		s.Args = s.Instead
	}
	return s
}

func (s Step) String() string {
	text := fmt.Sprintf("%q", s.Args)
	if s.Conn > 0 {
		text = fmt.Sprintf("[%d] %s", s.Conn, text)
	}
	if s.How != Exact {
		text += " (" + s.How.String() + ")"
	}
	return text
}

// Difference is the first step whose replies were not the same. Have or Want may be the error of a broken connection.
type Difference struct {
	At         int
	Step       Step
	Want, Have string
}

// Differ gives the same steps to two servers, both flushed before, and returns the first difference, or nil. err is set
// when a server could not be reached.
func Differ(want, have string, steps []Step) (*Difference, error) {
	a, b := &party{addr: want}, &party{addr: have}
	defer a.close()
	defer b.close()
	for _, p := range []*party{a, b} {
		if err := p.reset(); err != nil {
			return nil, err
		}
	}
	queued, open := queues{}, transactions{}
	for i, s := range steps {
		if open.forbids(s) {
			continue
		}
		x, err1 := a.do(s.forReference())
		y, err2 := b.do(s)
		x, y = AsValkey(x), AsValkey(y)
		if err1 != nil || err2 != nil || !queued.same(s, x, y) {
			return &Difference{At: i, Step: s, Want: told(x, err1), Have: told(y, err2)}, nil
		}
		open.note(s, x)
	}
	return nil, nil
}

// AsValkey is a reply of the reference as Valkey 9.1 words it, which names neither Redis in the errors of scripts nor the script.
func AsValkey(reply []byte) []byte {
	if !bytes.Contains(reply, []byte("script")) {
		return reply
	}
	reply = bytes.ReplaceAll(reply, []byte("This Redis command"), []byte("This Valkey command"))
	return scriptSum.ReplaceAll(reply, []byte("script: on"))
}

var scriptSum = regexp.MustCompile("script: [0-9a-f]{40}, on")

// transactions remembers which connections are between MULTI and EXEC. There Valkey refuses MULTI and WATCH before they
// run, so that EXEC aborts; the reference has them answer an error and goes on. Such steps are left out.
type transactions map[int]bool

func (t transactions) forbids(s Step) bool {
	switch strings.ToUpper(s.Args[0]) {
	case "MULTI", "WATCH":
		return t[s.Conn]
	}
	return false
}

// note takes into account what a step was answered. EXEC ends a transaction even if it
// is refused.
func (t transactions) note(s Step, reply []byte) {
	switch strings.ToUpper(s.Args[0]) {
	case "MULTI":
		t[s.Conn] = t[s.Conn] || !IsError(reply)
	case "EXEC":
		delete(t, s.Conn)
	case "DISCARD", "RESET":
		t[s.Conn] = t[s.Conn] && IsError(reply)
	}
}

// queues remembers, per connection, how loosely the commands of a transaction are compared, so that the elements of
// EXEC's reply are each compared that way.
type queues map[int][]Loose

func (q queues) same(s Step, x, y []byte) bool {
	if string(x) == "+QUEUED\r\n" {
		q[s.Conn] = append(q[s.Conn], s.How)
		return bytes.Equal(x, y)
	}
	if name := strings.ToUpper(s.Args[0]); name != "EXEC" && name != "DISCARD" && name != "RESET" {
		return s.How.Same(x, y)
	}
	hows := q[s.Conn]
	delete(q, s.Conn)
	rx, err1 := Parse(x)
	ry, err2 := Parse(y)
	if err1 != nil || err2 != nil || len(hows) == 0 || len(rx.Elems) != len(hows) || len(ry.Elems) != len(hows) {
		return s.How.Same(x, y)
	}
	for i, how := range hows {
		if !how.Same([]byte(rx.Elems[i].Raw), []byte(ry.Elems[i].Raw)) {
			return false
		}
	}
	return true
}

func told(reply []byte, err error) string {
	if err != nil {
		return fmt.Sprintf("%q, then %v", reply, err)
	}
	return fmt.Sprintf("%q", reply)
}

// party is one of the two servers with its connections.
type party struct {
	addr  string
	conns []*Client
}

func (p *party) reset() error {
	if _, err := p.do(Step{Args: []string{"FLUSHALL"}}); err != nil {
		return fmt.Errorf("%s: %w", p.addr, err)
	}
	return nil
}

func (p *party) do(s Step) ([]byte, error) {
	for len(p.conns) <= s.Conn {
		c, err := Dial(p.addr)
		if err != nil {
			return nil, err
		}
		p.conns = append(p.conns, c)
	}
	return p.conns[s.Conn].Do(s.Args...)
}

func (p *party) close() {
	for _, c := range p.conns {
		_ = c.Close()
	}
}

// Generator makes one step; it may use nothing but r, so that a seed repeats a sequence.
type Generator func(r *rand.Rand) Step

// Sequence makes n steps from a seed.
func Sequence(seed int64, n int, gen Generator) []Step {
	r := rand.New(rand.NewSource(seed))
	steps := make([]Step, n)
	for i := range steps {
		steps[i] = gen(r)
	}
	return steps
}

// Differential runs several random sequences of n steps against the reference and the server under test. The first
// difference fails the test with the shortest sequence that still shows it.
func Differential(t testing.TB, want, have string, runs, n int, gen Generator) {
	t.Helper()
	for run := range int64(runs) {
		seed := Seed()*1000 + run
		steps := Sequence(seed, n, gen)
		d, err := Differ(want, have, steps)
		if err != nil {
			t.Fatal(err)
		}
		if d != nil {
			steps, d = Shrink(steps[:d.At+1], d, func(s []Step) *Difference {
				d, _ := Differ(want, have, s)
				return d
			})
			t.Fatal(Explain(seed, steps, d))
		}
	}
}

// Explain writes a difference and the sequence that leads to it.
func Explain(seed int64, steps []Step, d *Difference) string {
	var b strings.Builder
	fmt.Fprintf(&b, "replies differ (sequence seed %d); the shortest sequence found:\n", seed)
	for _, s := range steps {
		fmt.Fprintf(&b, "    %s\n", s)
	}
	fmt.Fprintf(&b, "  want %s\n  have %s", d.Want, d.Have)
	return b.String()
}

// Shrink leaves out whatever the failure does not need: it tries to drop runs of steps, long ones first, and keeps every
// shorter sequence for which fails still returns a difference. The tries are bounded.
func Shrink(steps []Step, d *Difference, fails func([]Step) *Difference) ([]Step, *Difference) {
	tries := 500
	for size := len(steps) / 2; size > 0; {
		dropped := false
		for at := 0; at+size <= len(steps) && tries > 0; tries-- {
			shorter := append(append([]Step(nil), steps[:at]...), steps[at+size:]...)
			if got := fails(shorter); got != nil {
				steps, d, dropped = shorter[:got.At+1], got, true
			} else {
				at += size
			}
		}
		if !dropped || size > 1 {
			size /= 2
		}
		if tries == 0 {
			break
		}
	}
	return steps, d
}
