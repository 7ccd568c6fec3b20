package node_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestEffectsLikeValkey runs the commands of testdata/effects.txt here and on Valkey 9.1 and compares which keyspace
// events each causes, and what it counts as hits, misses, changes since the last save and keys that expired.
func TestEffectsLikeValkey(t *testing.T) {
	setup, lines := effectLines(t)
	compareEffects(t, testkit.Valkey(t), setup, lines)
}

// TestEffectsOnOverdueLikeValkey runs the same commands where the time of every key has come, and where that of every
// second one has.
func TestEffectsOnOverdueLikeValkey(t *testing.T) {
	setup, lines := effectLines(t)
	lines = slices.DeleteFunc(lines, func(line string) bool { // which keys they come upon is up to them
		return strings.HasSuffix(line, "RANDOMKEY") || strings.HasPrefix(line, "SCAN")
	})
	var keys []string
	for _, line := range setup {
		if key := strings.Fields(line)[1]; !slices.Contains(keys, key) && !strings.HasPrefix(line, "XGROUP") {
			keys = append(keys, key)
		}
	}
	reference := testkit.Valkey(t)
	for name, every := range map[string]int{"every key": 1, "every second key": 2} {
		t.Run(name, func(t *testing.T) {
			overdue := slices.Clone(setup)
			for i := 0; i < len(keys); i += every {
				overdue = append(overdue, "PEXPIRE "+keys[i]+" 1")
			}
			compareEffects(t, reference, append(overdue, "DEBUG SLEEP 0.002"), lines)
		})
	}
}

func compareEffects(t *testing.T, reference string, setup, lines []string) {
	theirs := effects(t, reference, setup, lines)
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		for i, ours := range effects(t, addr, setup, lines) {
			want, line := theirs[i], lines[i]
			if !slices.Equal(ours.events, want.events) || ours.counts != want.counts && ours.counts != uncommonEffects[line] {
				t.Errorf("%s: %v, want %v", line, ours, want)
			}
		}
	}, [2]string{"enable-debug-command", "yes"})
}

// uncommonEffects are those that differ with reason.
var uncommonEffects = map[string]effectCounts{
	// The key is made, and what made it is a change, although Valkey does not count it.
	"BITFIELD none OVERFLOW FAIL INCRBY u8 0 500": {changes: 1},
	"BITFIELD b OVERFLOW FAIL INCRBY u8 0 500":    {changes: 1, expired: 1},
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

// effect is what a command brings about.
type effect struct {
	events []string
	counts effectCounts
}

type effectCounts struct{ hits, misses, changes, expired int }

func (e effect) String() string { return fmt.Sprintf("%v %+v", e.events, e.counts) }

func effects(t *testing.T, addr string, setup, lines []string) (all []effect) {
	c, listener := testkit.MustDial(t, addr), testkit.MustDial(t, addr)
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "AEmn")
	c.Want(t, "+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "0")
	testkit.Must(listener.Do("PSUBSCRIBE", "__key*"))(t)
	words := func(line string) (words []string) {
		for word := range strings.SplitSeq(line, " ") {
			words = append(words, strings.ReplaceAll(strings.Trim(word, `"`), `\_`, " "))
		}
		return words
	}
	do := func(lines ...string) {
		var commands [][]string
		for _, line := range lines {
			commands = append(commands, words(line))
		}
		testkit.Must(c.Pipeline(commands...))(t)
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
	counts := func() (n [4]int) {
		reply, _ := testkit.Parse(testkit.Must(c.Do("INFO", "stats", "persistence"))(t))
		for i, field := range []string{"keyspace_hits", "keyspace_misses", "rdb_changes_since_last_save", "expired_keys"} {
			n[i], _ = strconv.Atoi(testkit.InfoField(reply.Text, field))
		}
		return n
	}
	for _, line := range lines {
		do(append([]string{"FLUSHALL"}, setup...)...)
		events()
		before := counts()
		for command := range strings.SplitSeq(line, " ; ") {
			do(command)
		}
		after := counts()
		all = append(all, effect{events(), effectCounts{after[0] - before[0], after[1] - before[1], after[2] - before[2], after[3] - before[3]}})
	}
	return all
}
