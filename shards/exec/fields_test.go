package exec_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/metrics"
	"sigrun/shards/observe"
)

// show is a reply on one line, without lengths.
func show(reply string) string {
	var out []string
	for _, line := range strings.Split(reply, "\r\n") {
		if line != "" && (line[0] != '$' || line == "$-1") && line[0] != '*' {
			out = append(out, line)
		}
	}
	return strings.Join(out, " ")
}

// is checks a reply.
func (b *bare) is(want string, args ...string) {
	b.t.Helper()
	if have := show(b.do(args...)); have != want {
		b.t.Fatalf("%q: %q, want %q", args, have, want)
	}
}

// chores does background work until there is none.
func (b *bare) chores() {
	for s := range 4 {
		for more := true; more; {
			_, more = b.ctx.Chores(s)
		}
	}
}

func (b *bare) expired() uint64 {
	return b.ctx.Engine().Tallies.Total(func(t *observe.Tally) *metrics.Counter { return &t.FieldsExpired })
}

// TestReadsPassOverDueFields: and take nothing out, which background work does.
func TestReadsPassOverDueFields(t *testing.T) {
	b := newBare(t)
	b.is(":3", "HSET", "h", "a", "1", "b", "2", "c", "3")
	b.is(":1 :1 :-2", "HPEXPIRE", "h", "100", "FIELDS", "3", "a", "b", "x")
	b.is(":100 :100 :-1 :-2", "HPTTL", "h", "FIELDS", "4", "a", "b", "c", "x")
	b.tape = nil
	b.clock.SetMillis(1000099)
	b.is("1", "HGET", "h", "a")
	b.chores()
	b.clock.SetMillis(1000100)
	b.is("$-1", "HGET", "h", "a")
	b.is("$-1 3", "HMGET", "h", "b", "c")
	b.is("c 3", "HGETALL", "h")
	b.is("c", "HKEYS", "h")
	b.is("3", "HVALS", "h")
	b.is(":0", "HEXISTS", "h", "b")
	b.is(":0", "HSTRLEN", "h", "b")
	b.is("0 c 3", "HSCAN", "h", "0")
	b.is("c", "HRANDFIELD", "h", "5")
	b.is("c c", "HRANDFIELD", "h", "-2")
	b.is("c 3", "HRANDFIELD", "h", "1", "WITHVALUES")
	b.is(":-2 :-2 :-1", "HTTL", "h", "FIELDS", "3", "a", "b", "c")
	b.is(":-2", "HPERSIST", "h", "FIELDS", "1", "a")
	b.is(":-2", "HEXPIRE", "h", "10", "FIELDS", "1", "a")
	b.is(":0", "HDEL", "h", "a")
	b.is("$-1", "HGETDEL", "h", "FIELDS", "1", "a")
	b.is("$-1", "HGETEX", "h", "EX", "10", "FIELDS", "1", "a")
	b.is(":3", "HLEN", "h")
	b.wants()
	if b.expired() != 0 {
		t.Errorf("%d fields have expired", b.expired())
	}
	b.chores()
	b.is(":1", "HLEN", "h")
	b.wants("[0 HDEL h a b]")
	if b.expired() != 2 {
		t.Errorf("%d fields have expired", b.expired())
	}
}

// TestLastFieldExpires: with it the hash.
func TestLastFieldExpires(t *testing.T) {
	b := newBare(t)
	b.is(":1", "HSETEX", "h", "PX", "10", "FIELDS", "2", "a", "1", "b", "2")
	b.wants("[0 HSETEX h PXAT 1000010 FIELDS 2 a 1 b 2]")
	b.clock.SetMillis(1000010)
	b.is("", "HGETALL", "h")
	b.is("", "HRANDFIELD", "h", "3")
	b.is("$-1", "HRANDFIELD", "h")
	b.is(":1", "EXISTS", "h")
	b.chores()
	b.is(":0", "EXISTS", "h")
	b.wants("[0 HDEL h a b]")
}

// TestOverwrittenDueFields: they count as expired, and as new.
func TestOverwrittenDueFields(t *testing.T) {
	for _, c := range []struct {
		reply, journal string
		command        []string
	}{
		{":1", "[0 HSET h a 2]", []string{"HSET", "h", "a", "2"}},
		{"+OK", "[0 HMSET h a 2]", []string{"HMSET", "h", "a", "2"}},
		{":1", "[0 HSET h a 2]", []string{"HSETNX", "h", "a", "2"}},
		{":2", "[0 HSET h a 2]", []string{"HINCRBY", "h", "a", "2"}},
		{"2", "[0 HSET h a 2]", []string{"HINCRBYFLOAT", "h", "a", "2"}},
		{":1", "[0 HDEL h a][0 HSETEX h KEEPTTL FIELDS 1 a 2]", []string{"HSETEX", "h", "KEEPTTL", "FIELDS", "1", "a", "2"}},
		{":1", "[0 HSETEX h FIELDS 1 a 2]", []string{"HSETEX", "h", "FNX", "FIELDS", "1", "a", "2"}},
	} {
		b := newBare(t)
		b.do("HSETEX", "h", "PX", "10", "FIELDS", "1", "a", "7")
		b.tape = nil
		b.clock.SetMillis(1000010)
		b.is(c.reply, c.command...)
		b.wants(c.journal)
		b.is("2", "HGET", "h", "a")
		b.is(":-1", "HTTL", "h", "FIELDS", "1", "a")
		if b.expired() != 1 {
			t.Errorf("%q: %d fields have expired", c.command, b.expired())
		}
		b.chores()
		b.is(":1", "HLEN", "h")
		b.wants()
	}
}

// TestFieldExpiryInTheJournal: times are absolute, and what is gone at once is removed.
func TestFieldExpiryInTheJournal(t *testing.T) {
	b := newBare(t)
	b.do("HSET", "h", "a", "1", "b", "2", "c", "3", "d", "4")
	b.tape = nil
	for _, c := range []struct{ reply, journal, command string }{
		{":1 :-2 :1", "[0 HPEXPIREAT h 1010000 FIELDS 2 a b]", "HEXPIRE h 10 FIELDS 3 a x b"},
		{":1", "[0 HPEXPIREAT h 1000500 FIELDS 1 a]", "HPEXPIRE h 500 FIELDS 1 a"},
		{":0 :1", "[0 HPEXPIREAT h 2000000 FIELDS 1 c]", "HEXPIREAT h 2000 NX FIELDS 2 a c"},
		{":0", "", "HPEXPIREAT h 1000400 GT FIELDS 1 a"},
		{":0", "", "HPEXPIREAT h 1000500 GT FIELDS 1 a"},
		{":1", "[0 HPEXPIREAT h 1000400 FIELDS 1 a]", "HPEXPIREAT h 1000400 LT FIELDS 1 a"},
		{":0", "", "HEXPIRE h 5 XX FIELDS 1 d"},
		{":0", "", "HEXPIRE h 5 GT FIELDS 1 d"},
		{":0 :-2", "", "HEXPIRE h 0 GT FIELDS 2 a x"},
		{":1", "[0 HPEXPIREAT h 1005000 FIELDS 1 d]", "HEXPIRE h 5 LT FIELDS 1 d"},
		{":1 :-2", "[0 HPERSIST h FIELDS 1 d]", "HPERSIST h FIELDS 2 d x"},
		{":-1", "", "HPERSIST h FIELDS 1 d"},
		{"1", "[0 HPERSIST h FIELDS 1 a]", "HGETEX h PERSIST FIELDS 1 a"},
		{"1", "", "HGETEX h PERSIST FIELDS 1 a"},
		{"1 $-1", "[0 HPEXPIREAT h 1003000 FIELDS 1 a]", "HGETEX h EX 3 FIELDS 2 a x"},
		{"1", "", "HGETEX h FIELDS 1 a"},
		{"3.5", "[0 HSETEX h PXAT 1003000 FIELDS 1 a 3.5]", "HINCRBYFLOAT h a 2.5"},
		{"3.5", "[0 HDEL h a]", "HGETEX h PXAT 0 FIELDS 1 a"},
		{":2", "[0 HDEL h b]", "HEXPIRE h 0 FIELDS 1 b"},
		{":1", "[0 HDEL h c]", "HSETEX h EXAT 1 FIELDS 2 c 1 new 1"},
		{":0", "", "HSETEX h FXX EX 5 FIELDS 2 d 1 new 1"},
		{":0", "", "HSETEX h FNX EX 5 FIELDS 2 d 1 new 1"},
		{":0", "", "HSETEX h NX FIELDS 1 new 1"},
		{":0", "", "HSETEX other XX FIELDS 1 new 1"},
		{":1", "[0 HSETEX h PXAT 1005000 FIELDS 1 d 5]", "HSETEX h XX FXX EX 5 FIELDS 1 d 5"},
		{"5", "[0 HDEL h d]", "HGETDEL h FIELDS 1 d"},
		{":0", "", "EXISTS h"},
	} {
		b.is(c.reply, strings.Fields(c.command)...)
		if c.journal == "" {
			b.wants()
		} else {
			b.wants(c.journal)
		}
	}
}

// TestManyFieldsExpire: in slices, each of which is bounded, and only what is due.
func TestManyFieldsExpire(t *testing.T) {
	b := newBare(t)
	const hashes, fields = 20, 500
	for h := range hashes {
		for f := range fields {
			at := strconv.Itoa(1000001 + (h*fields+f)%1000)
			b.do("HSETEX", fmt.Sprint("h", h), "PXAT", at, "FIELDS", "1", fmt.Sprint("f", f), "v")
		}
	}
	for now := int64(1000000); now <= 1001001; now += 100 {
		b.clock.SetMillis(now)
		b.tape = nil
		b.chores()
		left := 0
		for h := range hashes {
			n, _ := strconv.Atoi(strings.Trim(b.do("HLEN", fmt.Sprint("h", h)), ":\r\n"))
			left += n
		}
		if want := hashes * fields * int(1001000-min(now, 1001000)) / 1000; left != want {
			t.Fatalf("%d fields are left at %d, want %d", left, now, want)
		}
		for _, line := range b.tape {
			if words := strings.Fields(line); len(words) > 80 {
				t.Fatalf("one slice took %d words", len(words))
			}
		}
	}
	if b.is(":0", "EXISTS", "h0", "h1", "h19"); b.expired() != hashes*fields {
		t.Errorf("%d fields have expired", b.expired())
	}
}

// TestRandomPicksInTheJournal: it gets what was picked.
func TestRandomPicksInTheJournal(t *testing.T) {
	b := newBare(t)
	b.do("SADD", "s", "1", "2", "3", "4", "5")
	b.tape = nil
	one := show(b.do("SPOP", "s"))
	b.wants("[0 SREM s " + one + "]")
	two := show(b.do("SPOP", "s", "2"))
	b.wants("[0 SREM s " + two + "]")
	b.do("SPOP", "s", "9")
	b.wants("[0 UNLINK s]")
}
