package testkit

import (
	"math/rand"
	"strings"
	"testing"
	"time"
)

// TestReferenceAgreesWithItself is the differential runner at its simplest: two servers of the same kind.
func TestReferenceAgreesWithItself(t *testing.T) {
	Differential(t, Redis(t), Redis(t), 4, 1500, CoreCommands)
}

// TestDifferenceIsFoundAndShrunk gives the other side another limit, and looks at what is left of the sequence.
func TestDifferenceIsFoundAndShrunk(t *testing.T) {
	want, have := Redis(t), Redis(t, "--databases", "2")
	gen := func(r *rand.Rand) Step {
		if r.Intn(100) == 0 {
			return Step{Args: []string{"SELECT", "2"}}
		}
		return CoreCommands(r)
	}
	steps := Sequence(Seed(), 1000, gen)
	d, err := Differ(want, have, steps)
	if err != nil || d == nil {
		t.Fatal("not found:", err)
	}
	short, d := Shrink(steps[:d.At+1], d, func(s []Step) *Difference {
		d, _ := Differ(want, have, s)
		return d
	})
	if len(short) > 2 || !strings.Contains(d.Have, "out of range") {
		t.Error(Explain(Seed(), short, d))
	}
}

func TestLoose(t *testing.T) {
	cases := []struct {
		how  Loose
		a, b string
		same bool
	}{
		{Exact, "+OK\r\n", "+OK\r\n", true},
		{Exact, "+OK\r\n", "+ok\r\n", false},
		{Sorted, "*2\r\n:1\r\n:2\r\n", "*2\r\n:2\r\n:1\r\n", true},
		{Sorted, "*2\r\n:1\r\n:2\r\n", "*2\r\n:2\r\n:2\r\n", false},
		{Sorted, "*2\r\n:1\r\n:2\r\n", "~2\r\n:2\r\n:1\r\n", false},
		{Sorted, "%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "%2\r\n+b\r\n:2\r\n+a\r\n:1\r\n", true},
		{Sorted, "%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "%2\r\n+b\r\n:1\r\n+a\r\n:2\r\n", false},
		{Sorted, "$-1\r\n", "$0\r\n\r\n", false},
		{AnyError, "-ERR a\r\n", "-ERR b\r\n", true},
		{AnyError, "-ERR a\r\n", "-WRONGTYPE a\r\n", false},
		{AnyError, "-ERR a\r\n", "+OK\r\n", false},
		{Near, ":1000\r\n", ":995\r\n", true},
		{Near, ":1000\r\n", ":900\r\n", false},
		{Near, ":-1\r\n", ":-2\r\n", false},
		{Shape, "$1\r\na\r\n", "$2\r\nbb\r\n", true},
		{Shape, "$1\r\na\r\n", "$-1\r\n", false},
		{Ignore, "+a\r\n", ":1\r\n", true},
	}
	for _, c := range cases {
		if got := c.how.Same([]byte(c.a), []byte(c.b)); got != c.same {
			t.Errorf("%s %q %q: %v", c.how, c.a, c.b, got)
		}
	}
}

// TestClient reads every type of RESP3 whole, from the server that can send them.
func TestClient(t *testing.T) {
	addr := Redis(t)
	c := MustDial(t, addr)
	c.Want(t, "-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "a", "b")
	hello := Must(Parse(Must(c.Do("HELLO", "3"))(t)))(t)
	if hello.Type != '%' || hello.Elems[0].Text != "server" || hello.Elems[1].Text != "redis" {
		t.Errorf("%+v", hello)
	}
	for what, want := range map[string]string{
		"string": "$11\r\nHello World\r\n", "integer": ":12345\r\n", "double": ",3.141\r\n", "null": "_\r\n",
		"array": "*3\r\n:0\r\n:1\r\n:2\r\n", "set": "~3\r\n:0\r\n:1\r\n:2\r\n", "map": "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n",
		"bignum": "(1234567999999999999999999999999999999\r\n", "true": "#t\r\n", "verbatim": "=29\r\ntxt:This is a verbatim\nstring\r\n",
		"attrib": "|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n$39\r\nSome real reply following the attribute\r\n",
	} {
		c.Want(t, want, "DEBUG", "PROTOCOL", what)
	}
	replies := Must(c.Pipeline([]string{"SET", "a", "1"}, []string{"GET", "a"}, []string{"GET", "b"}))(t)
	if string(replies[0])+string(replies[1])+string(replies[2]) != "+OK\r\n$1\r\n1\r\n_\r\n" {
		t.Errorf("%q", replies)
	}
	if r := Must(Parse([]byte("|1\r\n+a\r\n:1\r\n*2\r\n$1\r\nx\r\n*-1\r\n")))(t); len(r.Elems) != 2 || r.Elems[0].Text != "x" || !r.Elems[1].Null {
		t.Errorf("%+v", r)
	}
}

func TestExchange(t *testing.T) {
	addr := Redis(t)
	answer, closed, err := Exchange(addr, []byte("*1\r\n!\r\n"), patience)
	if string(answer) != "-ERR Protocol error: expected '$', got '!'\r\n" || !closed || err != nil {
		t.Errorf("%q %v %v", answer, closed, err)
	}
	answer, closed, err = Exchange(addr, []byte("PING\r\n*1\r\n"), 2*time.Second)
	if string(answer) != "+PONG\r\n" || closed || err != nil {
		t.Errorf("%q %v %v", answer, closed, err)
	}
}

func TestModes(t *testing.T) {
	seen := map[string]bool{}
	EachMode(t, func(overrides [][2]string) (string, func(), error) {
		return Redis(t, "--io-threads", overrides[0][1]), func() {}, nil
	}, func(t *testing.T, addr string, mode Mode) {
		seen[mode.Name] = true
		MustDial(t, addr).Want(t, "+PONG\r\n", "PING")
	})
	if len(seen) != 3 {
		t.Error(seen)
	}
	for _, mode := range Modes()[1:] {
		if len(mode.Moved) == 0 || mode.Config[1] != [2]string{"ignition", "forced"} {
			t.Errorf("%+v", mode)
		}
	}
	if InfoField("# A\r\nab:2\r\nb:3\r\n", "b") != "3" || InfoField("", "b") != "" {
		t.Error("InfoField")
	}
}
