package testkit

import (
	"math/rand"
	"testing"

	"github.com/anishathalye/porcupine"
)

// TestModelIsValkey runs what clients choose from through one connection and the model side by side.
func TestModelIsValkey(t *testing.T) {
	addr := Redis(t)
	for _, mix := range Mixes() {
		history, err := Record(addr, mix, Seed(), 1, 400)
		if err != nil {
			t.Fatal(err)
		}
		state := Empty()
		for i, op := range history {
			ok, next := state.Step(op.Input.(Op), op.Output.(string))
			if !ok {
				_, want := state.Run(op.Input.(Op).Commands...)
				t.Fatalf("%s, operation %d: %s -> %q, the model says %q in %s", mix.Name, i, op.Input, op.Output, want, state)
			}
			state = next
		}
	}
}

func TestModelErrors(t *testing.T) {
	c := MustDial(t, Redis(t))
	state := Empty()
	for _, args := range [][]string{
		{"SET", "s", "x"}, {"INCR", "s"}, {"LPUSH", "s", "y"}, {"LPOP", "s"}, {"LLEN", "s"}, {"LRANGE", "s", "0", "1"}, {"RENAME", "no", "s"},
		{"COPY", "s", "s"}, {"RPUSH", "l", "1", "2", "3"}, {"GET", "l"}, {"MGET", "l", "s", "no"}, {"INCR", "l"}, {"LRANGE", "l", "-2", "9"},
		{"LRANGE", "l", "2", "1"}, {"BLMOVE", "l", "s", "LEFT", "LEFT", "0.01"}, {"BLMOVE", "s", "l", "LEFT", "LEFT", "0.01"},
		{"BLMOVE", "l", "l", "LEFT", "RIGHT", "0.01"}, {"LRANGE", "l", "0", "-1"}, {"SET", "n", "9223372036854775807"}, {"INCR", "n"},
		{"SET", "n", "01"}, {"INCR", "n"}, {"COPY", "l", "m"}, {"RPOP", "m"}, {"LRANGE", "l", "0", "-1"}, {"RENAME", "l", "l"}, {"COPY", "no", "x"},
		{"COPY", "l", "s"}, {"DEL", "l", "m", "no"}, {"EXISTS", "s", "s"},
	} {
		next, want := state.Run(args)
		c.Want(t, want[0], args...)
		state = next
	}
}

// TestHistories judges the reference: what it answered to eight clients at once has an order.
func TestHistories(t *testing.T) {
	addr := Redis(t)
	for _, mix := range Mixes() {
		t.Run(mix.Name, func(t *testing.T) { Histories{Mix: mix}.Check(t, addr) })
	}
}

// TestDoctoredHistories changes one reply of a good history and expects it to be refused.
func TestDoctoredHistories(t *testing.T) {
	addr := Redis(t)
	for _, mix := range Mixes() {
		history, err := Record(addr, mix, Seed(), 4, 30)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewSource(Seed()))
		for tries := 0; ; tries++ {
			i := r.Intn(len(history))
			if doctor(&history[i]) {
				break
			}
			if tries > 1000 {
				t.Fatal("nothing to doctor")
			}
		}
		if verdict := porcupine.CheckOperationsTimeout(Model(), history, 0); verdict != porcupine.Illegal {
			t.Errorf("%s: a reply that nobody can have got was taken for %s", mix.Name, verdict)
		}
	}
}

// doctor swaps a reply for one that no order explains: a value that nobody wrote.
func doctor(op *porcupine.Operation) bool {
	o := op.Input.(Op)
	if o.Unit != Single || len(o.Commands[0]) > 4 {
		return false
	}
	switch o.Commands[0][0] {
	case "GET", "LPOP", "RPOP":
		op.Output = rawBulk("nobody")
	case "MGET":
		op.Output = rawArray([]string{rawBulk("nobody"), rawNull, rawNull})
	default:
		return false
	}
	return true
}

func TestStepOfFailedTransaction(t *testing.T) {
	o := Op{Unit: Transaction, Commands: [][]string{{"SET", "a", "2"}}}
	if ok, _ := Empty().Step(o, rawNullArray); ok {
		t.Error("a transaction that watches nothing cannot fail")
	}
	o.Watch = []Read{{Args: []string{"GET", "a"}, Reply: rawBulk("1")}}
	if ok, s := Empty().Step(o, rawNullArray); !ok || s.String() != "" {
		t.Error("a failed transaction changes nothing")
	}
	if ok, _ := Empty().Step(o, rawArray([]string{rawOK})); ok {
		t.Error("it ran although what it watched had changed")
	}
	one, _ := Empty().Run([]string{"SET", "a", "1"})
	if ok, s := one.Step(o, rawArray([]string{rawOK})); !ok || s.String() == one.String() {
		t.Error("it may run where nothing had changed")
	}
}
