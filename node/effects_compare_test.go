package node_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestEffectsLikeValkey runs the commands of testdata/effects.txt here and on Valkey 9.1 and compares which keyspace
// events each causes, and what it counts as hits, misses and changes since the last save.
func TestEffectsLikeValkey(t *testing.T) {
	reference := testkit.Valkey(t)
	setup, lines := effectLines(t)
	theirs := effects(t, reference, setup, lines)
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		for i, ours := range effects(t, addr, setup, lines) {
			if want := theirs[i]; ours != want && uncommonEffects[lines[i]] != ours {
				t.Errorf("%s: %s, want %s", lines[i], ours, want)
			}
		}
	}, [2]string{"enable-debug-command", "yes"})
}

// uncommonEffects are those that differ with reason.
var uncommonEffects = map[string]string{
	// The key is made, and what made it is a change, although Valkey does not count it.
	"BITFIELD none OVERFLOW FAIL INCRBY u8 0 500": "[new none] 0 hits 0 misses 1 changes",
}

func effectLines(t *testing.T) (setup, lines []string) {
	text := string(testkit.Must(os.ReadFile("testdata/effects.txt"))(t))
	head, rest, _ := strings.Cut(text, "\n\n")
	for line := range strings.Lines(head) {
		if !strings.HasPrefix(line, "#") {
			setup = append(setup, strings.TrimSuffix(line, "\n"))
		}
	}
	return setup, strings.Split(strings.TrimSpace(rest), "\n")
}

func effects(t *testing.T, addr string, setup, lines []string) (all []string) {
	c, listener := testkit.MustDial(t, addr), testkit.MustDial(t, addr)
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "AEmn")
	c.Want(t, "+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "0")
	testkit.Must(listener.Do("PSUBSCRIBE", "__key*"))(t)
	do := func(line string) {
		var words []string
		for word := range strings.SplitSeq(line, " ") {
			words = append(words, strings.ReplaceAll(strings.Trim(word, `"`), `\_`, " "))
		}
		testkit.Must(c.Do(words...))(t)
	}
	events := func() (told []string) {
		do("SET end x") // events keep their order
		for {
			reply, err := testkit.Parse(testkit.Must(listener.Read())(t))
			if err != nil {
				t.Fatal(err)
			}
			channel, key := reply.Elems[2].Text, reply.Elems[3].Text
			switch event := channel[strings.Index(channel, ":")+1:] + " " + key; event {
			case "new end":
			case "set end":
				return told
			default:
				told = append(told, event)
			}
		}
	}
	counts := func() (n [3]int) {
		reply, _ := testkit.Parse(testkit.Must(c.Do("INFO", "stats", "persistence"))(t))
		for i, field := range []string{"keyspace_hits", "keyspace_misses", "rdb_changes_since_last_save"} {
			n[i], _ = strconv.Atoi(testkit.InfoField(reply.Text, field))
		}
		return n
	}
	for _, line := range lines {
		do("FLUSHALL")
		for _, made := range setup {
			do(made)
		}
		events()
		before := counts()
		for command := range strings.SplitSeq(line, " ; ") {
			do(command)
		}
		after := counts()
		all = append(all, fmt.Sprintf("%v %d hits %d misses %d changes", events(), after[0]-before[0], after[1]-before[1], after[2]-before[2]))
	}
	return all
}
