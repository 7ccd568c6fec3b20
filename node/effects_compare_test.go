package node_test

import (
	"fmt"
	"maps"
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
	reference, differ := testkit.Valkey(t), map[string]bool{}
	for name, every := range map[string]int{"every key": 1, "every second key": 2} {
		t.Run(name, func(t *testing.T) {
			overdue := slices.Clone(setup)
			for i := 0; i < len(keys); i += every {
				overdue = append(overdue, "PEXPIRE "+keys[i]+" 1")
			}
			maps.Copy(differ, compareEffects(t, reference, append(overdue, "DEBUG SLEEP 0.002"), lines))
		})
	}
	for _, name := range expireFirst {
		if !differ[name] {
			t.Errorf("%s does not differ any more", name)
		}
	}
}

// expireFirst are the commands of which the events of all keys that expired come before those of the command itself, while
// in Valkey each key's come together.
var expireFirst = []string{"MGET", "LCS", "BITOP", "PFCOUNT", "PFMERGE", "SINTER", "SINTERCARD", "SINTERSTORE", "SUNION", "SUNIONSTORE",
	"SDIFF", "SDIFFSTORE", "ZUNION", "ZUNIONSTORE", "ZINTER", "ZINTERCARD", "ZINTERSTORE", "ZDIFF", "ZDIFFSTORE", "EXISTS", "TOUCH", "DEL", "UNLINK"}

func compareEffects(t *testing.T, reference string, setup, lines []string) (expiredFirst map[string]bool) {
	expiredFirst = map[string]bool{}
	theirs := effects(t, reference, setup, lines)
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		for i, ours := range effects(t, addr, setup, lines) {
			want, line := theirs[i], lines[i]
			sameEvents := slices.Equal(ours.events, want.events)
			switch {
			case sameEvents && ours.counts == want.counts:
			case sameEvents && ours.counts == uncommonEffects[line]:
			case ours.counts == want.counts && slices.Equal(slices.Sorted(slices.Values(ours.events)), slices.Sorted(slices.Values(want.events))):
				at := slices.IndexFunc(expireFirst, func(name string) bool { return slices.Contains(strings.Fields(line), name) })
				if at >= 0 {
					expiredFirst[expireFirst[at]] = true
					continue
				}
				fallthrough
			default:
				t.Errorf("%s: %v, want %v", line, ours, want)
			}
		}
	}, [2]string{"enable-debug-command", "yes"})
	return expiredFirst
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
