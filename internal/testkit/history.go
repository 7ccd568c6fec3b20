package testkit

import (
	"fmt"
	"hash/maphash"
	"math"
	"math/rand"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// Unit says what makes the commands of an Op one.
type Unit uint8

const (
	Single      Unit = iota // one command
	Transaction             // MULTI, the commands, EXEC
	Script                  // EVAL; its keys are declared
	LooseScript             // EVAL without declared keys
)

// Script reports whether commands may be refused one by one.
func (u Unit) Script() bool { return u == Script || u == LooseScript }

// Op is what one client did in one indivisible step, or tried to.
type Op struct {
	Unit     Unit
	Commands [][]string
	// Watch are reads that were made under WATCH before a Transaction. If it succeeded, they still hold when it runs; if
	// it failed, nothing happened.
	Watch []Read
}

// Read is a reading command and what it answered.
type Read struct {
	Args  []string
	Reply string
}

func (o Op) String() string {
	var b strings.Builder
	for i, c := range o.Commands {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(strings.Join(c, " "))
	}
	switch o.Unit {
	case Transaction:
		for _, r := range o.Watch {
			fmt.Fprintf(&b, " if %s was %q", strings.Join(r.Args, " "), r.Reply)
		}
		return "EXEC{" + b.String() + "}"
	case Script, LooseScript:
		return "EVAL{" + b.String() + "}"
	}
	return b.String()
}

// Unknown is the reply of an Op whose client was gone before it came: it may have run, or not.
const Unknown = ""

// Step reports whether an Op may have answered reply in this state, and the state after it.
func (s *State) Step(o Op, reply string) (bool, *State) {
	if o.Unit == Transaction && len(o.Watch) > 0 && reply == rawNullArray {
		return true, s // it may fail for no visible reason: a value written again is a change
	}
	if reply == Unknown {
		next, _ := s.Run(o.Commands...)
		return true, next
	}
	for _, r := range o.Watch {
		if _, now := s.Run(r.Args); now[0] != r.Reply {
			return false, s
		}
	}
	next, replies := s.Run(o.Commands...)
	want := replies[0]
	if o.Unit != Single {
		want = rawArray(replies)
	}
	// A blocked command that gave up says so with either null.
	return want == reply || want == rawNull && reply == rawNullArray, next
}

var hashSeed = maphash.MakeSeed()

// Model is what porcupine needs to know.
func Model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return Empty() },
		Step: func(state, input, output any) (bool, any) {
			return state.(*State).Step(input.(Op), output.(string))
		},
		Equal:             func(a, b any) bool { return a.(*State).text == b.(*State).text },
		Hash:              func(s any) uint64 { return maphash.String(hashSeed, s.(*State).text) },
		DescribeOperation: func(in, out any) string { return fmt.Sprintf("%s -> %q", in, out) },
		DescribeState:     func(s any) string { return s.(*State).text },
	}
}

// Histories says which histories to record and check.
type Histories struct {
	Mix     Mix
	Clients int // 8
	Ops     int // of each client in each round, 40
	Rounds  int // 5; each starts from an empty keyspace
}

// Check records histories on a server and fails the test when one is not linearizable, with the path of a picture of it.
// It also fails when every watched transaction of the run went through, or none did: then WATCH was not put to the test.
func (h Histories) Check(t testing.TB, addr string) {
	t.Helper()
	h = h.filled()
	tally := outcomes{}
	for round := range int64(h.Rounds) {
		seed := Seed()*1000 + round
		history, err := Record(addr, h.Mix, seed, h.Clients, h.Ops)
		if err != nil {
			t.Fatal(err)
		}
		tally.add(history)
		if verdict, picture := Judge(history); verdict != porcupine.Ok {
			t.Fatalf("%s, seed %d: %s; picture: %s", h.Mix.Name, seed, verdict, picture)
		}
	}
	if tally.watched > 50 && (tally.failed == 0 || tally.failed == tally.watched) {
		t.Errorf("%s: %d of %d watched transactions failed", h.Mix.Name, tally.failed, tally.watched)
	}
}

func (h Histories) filled() Histories {
	for _, f := range []struct {
		n   *int
		def int
	}{{&h.Clients, 8}, {&h.Ops, 40}, {&h.Rounds, 5}} {
		if *f.n == 0 {
			*f.n = f.def
		}
	}
	return h
}

// outcomes counts what became of watched transactions.
type outcomes struct{ watched, failed int }

func (o *outcomes) add(history []porcupine.Operation) {
	for _, op := range history {
		if len(op.Input.(Op).Watch) > 0 {
			o.watched++
			if op.Output == rawNullArray {
				o.failed++
			}
		}
	}
}

// judging is how long a history may be thought about: seconds, unless the host is crowded.
const judging = 3 * time.Minute

// Judge checks a history. When it is not linearizable, or cannot be decided within judging (Unknown: record fewer
// operations), picture is the path of an HTML file that shows it.
func Judge(history []porcupine.Operation) (verdict porcupine.CheckResult, picture string) {
	verdict, info := porcupine.CheckOperationsVerbose(Model(), history, judging)
	if verdict == porcupine.Ok {
		return verdict, ""
	}
	file, err := os.CreateTemp("", "history-*.html")
	if err != nil {
		return verdict, err.Error()
	}
	defer file.Close()
	if err := porcupine.Visualize(Model(), info, file); err != nil {
		return verdict, err.Error()
	}
	return verdict, file.Name()
}

// Done is an Op of a client that was begun and ended at some moments; of an Unknown one only the beginning counts.
type Done struct {
	Client     int
	Op         Op
	Reply      string
	Begin, End int64
}

// Explained reports whether there is an order in which all of them can have been done.
func Explained(all []Done) bool {
	history := make([]porcupine.Operation, len(all))
	for i, d := range all {
		if d.Reply == Unknown {
			d.End = math.MaxInt64
		}
		history[i] = porcupine.Operation{ClientId: d.Client, Input: d.Op, Output: d.Reply, Call: d.Begin, Return: d.End}
	}
	return porcupine.CheckOperationsTimeout(Model(), history, judging) == porcupine.Ok
}

// Record flushes the server, lets clients run random operations all at once, and returns what each did when.
func Record(addr string, mix Mix, seed int64, clients, ops int) ([]porcupine.Operation, error) {
	players := make([]*player, clients)
	begin := time.Now()
	for i := range players {
		c, err := Dial(addr)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		players[i] = &player{id: i, mix: mix, client: c, random: rand.New(rand.NewSource(seed*1009 + int64(i))), begin: begin}
	}
	if _, err := players[0].client.Do("FLUSHALL"); err != nil {
		return nil, err
	}
	var all sync.WaitGroup
	errs := make([]error, clients)
	for i, p := range players {
		all.Add(1)
		go func() {
			defer all.Done()
			errs[i] = p.play(ops)
		}()
	}
	all.Wait()
	var history []porcupine.Operation
	for i, p := range players {
		if errs[i] != nil {
			return nil, fmt.Errorf("client %d: %w", i, errs[i])
		}
		history = append(history, p.history...)
	}
	return history, nil
}
