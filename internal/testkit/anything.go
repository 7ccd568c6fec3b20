package testkit

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand"
	"strconv"
	"strings"
	"testing"
)

// listed is a command, as COMMAND tells it.
type listed struct {
	words    []string // two for a subcommand
	arity    int
	blocking bool
}

// Anything sends n random commands over all that the server has, with random arguments,
// on several connections, each followed by an ECHO whose answer has to be the next one.
// omitted are commands, by full name in lower case, that are left out, with the reason.
func Anything(t testing.TB, addr string, seed int64, n int, omitted map[string]string) {
	t.Helper()
	commands := listCommands(t, addr, omitted)
	r := rand.New(rand.NewSource(seed))
	conns := []*Client{MustDial(t, addr), MustDial(t, addr), MustDial(t, addr)}
	var recent []string
	for i := range n {
		args := commands[r.Intn(len(commands))].make(r)
		recent = append(recent[max(len(recent)-20, 0):], fmt.Sprintf("%.200q", args))
		marker := "marker" + strconv.Itoa(i)
		replies, err := conns[r.Intn(len(conns))].Pipeline(args, []string{"ECHO", marker})
		if err != nil || !answers(replies[1], marker) {
			t.Fatalf("seed %d, command %d: %v, %.300q\nthe last commands:\n%s", seed, i, err, replies, strings.Join(recent, "\n"))
		}
	}
}

// answers tells whether a reply is that of ECHO: the marker, or that it is queued.
func answers(reply []byte, marker string) bool {
	return bytes.Equal(reply, []byte("+QUEUED\r\n")) ||
		bytes.Equal(reply, fmt.Appendf(nil, "$%d\r\n%s\r\n", len(marker), marker))
}

func listCommands(t testing.TB, addr string, omitted map[string]string) (all []listed) {
	t.Helper()
	reply, err := Parse(Must(MustDial(t, addr).Do("COMMAND"))(t))
	if err != nil {
		t.Fatal(err)
	}
	left := maps.Clone(omitted)
	var add func(r Reply)
	add = func(r Reply) {
		name := r.Elems[0].Text
		if _, out := omitted[name]; out {
			delete(left, name)
			return
		}
		arity, _ := strconv.Atoi(r.Elems[1].Text)
		all = append(all, listed{strings.Split(name, "|"), arity, strings.Contains(r.Elems[2].Raw, "blocking")})
		for _, sub := range r.Elems[9].Elems {
			add(sub)
		}
	}
	for _, r := range reply.Elems {
		add(r)
	}
	if len(left) != 0 {
		t.Errorf("left out are commands that do not exist: %v", left)
	}
	return all
}

// make makes the command with about as many arguments as it takes.
func (l *listed) make(r *rand.Rand) []string {
	args := append([]string(nil), l.words...)
	count := l.arity
	if count < 0 {
		count = -count + r.Intn(5)
	}
	if r.Intn(10) == 0 {
		count += r.Intn(3) - 1
	}
	for len(args) < count {
		args = append(args, anyWord(r))
	}
	if l.blocking && len(args) > len(l.words) {
		args[len(args)-1] = [...]string{"0.001", "-1", "x"}[r.Intn(3)]
	}
	return args
}

func anyWord(r *rand.Rand) string {
	if r.Intn(3) == 0 {
		options := strings.Fields("NX XX GT LT GET EX PX EXAT PXAT KEEPTTL PERSIST IFEQ MATCH COUNT TYPE LEN IDX LEFT RIGHT DB REPLACE " +
			"SAMPLES ASYNC SYNC HELP BIT BYTE * slow ON OFF YES NO ID return{1} redis.call('get','a')")
		return options[r.Intn(len(options))]
	}
	return word(r, string("KKKVVNNFIOTXDPL"[r.Intn(15)]))
}
