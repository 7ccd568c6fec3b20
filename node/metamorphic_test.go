package node_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"sigrun/internal/offheap"
	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestSameHistory gives one stream of commands over all types to servers that are built
// differently: their replies and, at the end, what they hold have to be the same.
func TestSameHistory(t *testing.T) {
	for name, family := range testkit.Families() {
		t.Run(name, func(t *testing.T) {
			n := 3000
			if offheap.RaceBuild { // it takes ten times as long, and fewer will do for races
				n = 600
			}
			steps := history(testkit.Seed(), n, family)
			want := live(t, steps, false, [2]string{"shards", "1"}, [2]string{"io-threads", "1"})
			for how, other := range map[string]lived{
				"16 shards":      live(t, steps, false, [2]string{"shards", "16"}),
				"reloaded twice": live(t, steps, true, [2]string{"shards", "4"}, [2]string{"dir", t.TempDir()}),
				"chaos":          live(t, steps, false, testkit.Modes()[2].Config...),
			} {
				want.compare(t, how, &other)
			}
		})
	}
}

// history is n steps whose effect depends neither on the time nor on chance, and which
// leave something to compare.
func history(seed int64, n int, family testkit.Generator) (steps []testkit.Step) {
	r := rand.New(rand.NewSource(seed))
	for len(steps) < n {
		if s := family(r); !uncertain(s.Args) && !strings.HasPrefix(s.Args[0], "FLUSH") {
			s.Conn = 0
			steps = append(steps, s)
		}
	}
	return steps
}

// uncertain reports commands whose effect depends on when they run, or on chance.
func uncertain(args []string) bool {
	switch name := strings.ToUpper(args[0]); name {
	case "SPOP", "XREADGROUP", "XCLAIM", "XAUTOCLAIM", "EXPIRE", "PEXPIRE", "SETEX", "PSETEX", "EVAL", "OBJECT", "MEMORY", "CONFIG", "DEBUG",
		"HEXPIRE", "HPEXPIRE", "MULTI", "EXEC", "DISCARD", "WATCH":
		return true
	default:
		if name[0] == 'B' && !strings.HasPrefix(name, "BIT") { // it waits
			return true
		}
	}
	return slices.ContainsFunc(args[1:], func(w string) bool {
		return w == "*" || strings.HasSuffix(w, "-*") || slices.Contains([]string{"EX", "PX", "ANY"}, strings.ToUpper(w))
	})
}

// lived is what a server did and what it holds in the end.
type lived struct {
	replies []string
	digest  string
}

func live(t *testing.T, steps []testkit.Step, reload bool, config ...[2]string) (l lived) {
	t.Helper()
	c := testkit.MustDial(t, nodetest.Start(t, config...))
	for i, s := range steps {
		if reload && i%(len(steps)/3) == len(steps)/3-1 {
			c.Want(t, "+OK\r\n", "DEBUG", "RELOAD")
		}
		reply := ""
		if raw := testkit.Must(c.Do(s.Args...))(t); s.How == testkit.Exact {
			reply = string(raw)
		}
		l.replies = append(l.replies, reply)
	}
	c.Want(t, "+OK\r\n", "SELECT", "0")
	l.digest = string(testkit.Must(c.Do("DEBUG", "DIGEST"))(t))
	return l
}

func (l *lived) compare(t *testing.T, how string, other *lived) {
	t.Helper()
	for i := range l.replies {
		if l.replies[i] != other.replies[i] {
			t.Fatalf("%s: step %d: %.300q, want %.300q", how, i, other.replies[i], l.replies[i])
		}
	}
	if l.digest != other.digest {
		t.Errorf("%s: a digest of %s, want %s", how, other.digest, l.digest)
	}
	if l.digest == fmt.Sprintf("+%040d\r\n", 0) {
		t.Errorf("%s: nothing is left to compare", how)
	}
}
