package node_test

import (
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// changed is a key made by some commands, and single changes of it of which each has to
// give another digest. Commands are words with blanks between.
type changed struct {
	name    string
	make    []string
	changes []string
	same    []string // what must not be seen: another order, another form
}

var changes = []changed{
	{"a string", []string{"SET k v"}, []string{"SET k w", "APPEND k x", "EXPIRE k 1000", "RENAME k j", "MOVE k 1", "SETRANGE k 0 V"}, []string{"SET k v"}},
	{"an integer", []string{"SET k 12"}, []string{"INCR k", "APPEND k 0"}, []string{"SET k 12", "SETRANGE k 0 1"}},
	{"a list", []string{"RPUSH k a b c"}, []string{"LSET k 1 x", "RPUSH k d", "LPOP k", "LMOVE k k LEFT RIGHT", "PEXPIREAT k 4102444800000"},
		[]string{"LTRIM k 0 -1"}},
	{"a set", []string{"SADD k 1 2 3"}, []string{"SADD k 4", "SREM k 1", "SADD k x"}, []string{"SADD k 3 2 1", "SUNIONSTORE k k"}},
	{"a hash", []string{"HSET k f v g w"}, []string{"HSET k f x", "HSET k h v", "HDEL k g", "HEXPIRE k 1000 FIELDS 1 f",
		"HPEXPIREAT k 4102444800000 FIELDS 1 g", "RENAME k j"}, []string{"HSET k g w", "HSETNX k f x"}},
	{"a hash whose fields expire", []string{"HSET k f v g w", "HPEXPIREAT k 4102444800000 FIELDS 1 f"},
		[]string{"HPERSIST k FIELDS 1 f", "HPEXPIREAT k 4102444800001 FIELDS 1 f", "HPEXPIREAT k 4102444800000 FIELDS 1 g"},
		[]string{"HPEXPIREAT k 4102444800000 FIELDS 1 f"}},
	{"a sorted set", []string{"ZADD k 1 a 2 b"}, []string{"ZADD k 1.5 a", "ZADD k 3 c", "ZREM k b", "ZINCRBY k 0.0001 b"}, []string{"ZADD k 2 b 1 a"}},
	{"a stream", []string{"XADD k 1-1 f v", "XADD k 2-1 f v"}, []string{"XADD k 3-1 f v", "XDEL k 1-1", "XSETID k 9-9", "XGROUP CREATE k g 0",
		"XTRIM k MAXLEN 1", "XADD k 3-1 f w"}, []string{"XTRIM k MAXLEN 2"}},
	{"a stream with a group", []string{"XADD k 1-1 f v", "XADD k 2-1 f v", "XGROUP CREATE k g 0", "XREADGROUP GROUP g me COUNT 1 STREAMS k >"},
		[]string{"XACK k g 1-1", "XGROUP SETID k g 2-1", "XGROUP CREATECONSUMER k g you", "XGROUP DESTROY k g", "XGROUP DELCONSUMER k g me",
			"XREADGROUP GROUP g me STREAMS k >", "XCLAIM k g you 0 1-1", "XGROUP CREATE k h 0"}, []string{"XACK k g 9-9"}},
	{"a HyperLogLog", []string{"PFADD k a b"}, []string{"PFADD k c"}, []string{"PFADD k a"}},
	{"bits", []string{"SETBIT k 7 1"}, []string{"SETBIT k 6 1", "SETBIT k 70 0"}, []string{"SETBIT k 7 1"}},
}

// TestDigestSeesEveryChange proves that equal digests mean equal data.
func TestDigestSeesEveryChange(t *testing.T) {
	c := testkit.MustDial(t, nodetest.Start(t))
	do := func(line string) string {
		reply := testkit.Must(c.Do(strings.Fields(line)...))(t)
		if testkit.IsError(reply) {
			t.Fatalf("%s: %q", line, reply)
		}
		return string(reply)
	}
	seen := map[string]string{}
	begin := func(one changed) (digest, value string) {
		do("FLUSHALL")
		for _, line := range one.make {
			do(line)
		}
		return do("DEBUG DIGEST"), do("DEBUG DIGEST-VALUE k")
	}
	for _, one := range changes {
		for _, line := range one.changes {
			digest, _ := begin(one)
			if do(line); do("DEBUG DIGEST") == digest {
				t.Errorf("%s: %s is not seen", one.name, line)
			}
		}
		for _, line := range one.same {
			digest, value := begin(one)
			do(line)
			if do("DEBUG DIGEST") != digest || do("DEBUG DIGEST-VALUE k") != value {
				t.Errorf("%s: %s makes a difference", one.name, line)
			}
		}
		digest, _ := begin(one)
		if other, twice := seen[digest]; twice {
			t.Errorf("%s and %s have the same digest", one.name, other)
		}
		seen[digest] = one.name
	}
}
