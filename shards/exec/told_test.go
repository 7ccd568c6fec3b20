package exec_test

import (
	"slices"
	"strings"
	"testing"

	"sigrun/actors"
	"sigrun/internal/config"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
	"sigrun/shards/commit"
	"sigrun/shards/exec"
)

// listener is everybody who is told something, and notes which commit was the newest then: what he is told leaves behind that.
type listener struct {
	e    *exec.Engine
	deaf bool // to MONITOR
	told []string
	at   []uint64
}

func (l *listener) tell(what string) {
	l.told, l.at = append(l.told, what), append(l.at, l.e.Commits.Seq())
}

func (l *listener) Publish(_ int, channel, payload []byte) int {
	l.tell(string(channel) + " " + string(payload))
	return 7
}
func (l *listener) PublishSharded(loop int, channel, payload []byte) int {
	return l.Publish(loop, channel, payload)
}

func (l *listener) Watching() bool { return !l.deaf }
func (*listener) Line(_ int, _ string, args [][]byte) []byte {
	return args[0]
}
func (l *listener) Feed(_ int, line []byte) { l.tell("line of " + string(line)) }

func (l *listener) Invalidate(int, []uint64, [][]byte, bool) { l.tell("keys are gone") }
func (l *listener) InvalidateAll(int)                        { l.tell("all keys are gone") }

func (*listener) UpkeepDue()                            {}
func (*listener) Finish(int, *call.Call, actors.Runner) {}
func (*listener) Submit(*call.Call) bool                { return false }
func (*listener) Try(int) bool                          { return false }
func (*listener) Release(int, actors.Runner)            {}

// heard is an engine with a listener.
func heard(t *testing.T) (*bare, *listener) {
	b := newBare(t)
	e := b.ctx.Engine()
	l := &listener{e: e}
	e.Publisher, e.Monitors, e.Invalidator, e.Actors = l, l, l, l
	b.do("SET", "before", "1")
	return b, l
}

// call runs a command, or those of a transaction, as an executor does, and returns the reply.
func (b *bare) call(queue ...[]string) string {
	c := &call.Call{Client: &b.cl, Set: *b.all, From: b.ctx}
	if len(queue) == 1 {
		c.Command = b.command(queue[0]...)
	} else {
		c.Tx = []call.Command{}
		for _, args := range queue {
			c.Tx = append(c.Tx, b.command(args...))
		}
		c.Command = b.command("GET", "instead of EXEC")
	}
	if v := b.ctx.RunCall(c); v.Outcome != call.Finished {
		b.t.Fatalf("%q: verdict %v", queue, v)
	}
	return string(c.Out.B)
}

// TestNothingIsToldBeforeTheCommitHasItsNumber: who is told of something in the middle of a step waits for the newest commit, and that has to be the step's
// own. Or he would know of what a loss of power undoes.
func TestNothingIsToldBeforeTheCommitHasItsNumber(t *testing.T) {
	set, publish := []string{"SET", "k", "v"}, []string{"PUBLISH", "c", "m"}
	eval := func(script string) [][]string { return [][]string{{"EVAL", script, "0"}} }
	for name, c := range map[string]struct {
		queue    [][]string
		monitors bool
		events   int64
		tracks   bool
		want     []string // the first of it
		reply    string
	}{
		"a message behind a change":    {queue: [][]string{set, publish}, want: []string{"c m"}, reply: "*2\r\n+OK\r\n:7\r\n"},
		"a message before a change":    {queue: [][]string{publish, set}, want: []string{"c m"}, reply: "*2\r\n:7\r\n+OK\r\n"},
		"a message of a slot":          {queue: [][]string{{"SPUBLISH", "c", "m"}, set}, want: []string{"c m"}, reply: "*2\r\n:7\r\n+OK\r\n"},
		"a message of a script":        {queue: eval(`redis.call('SET', 'k', 'v') return redis.call('PUBLISH', 'c', 'm')`), want: []string{"c m"}, reply: ":7\r\n"},
		"a line":                       {queue: [][]string{set}, monitors: true, want: []string{"line of SET"}},
		"lines of a transaction":       {queue: [][]string{set, set}, monitors: true, want: []string{"line of SET", "line of SET", "line of GET"}},
		"lines of a script":            {queue: eval(`redis.call('SET', 'k', 'v') redis.call('SET', 'k', 'v')`), monitors: true, want: []string{"line of EVAL", "line of SET", "line of SET"}},
		"all keys":                     {queue: [][]string{{"FLUSHALL"}}, tracks: true, want: []string{"all keys are gone"}},
		"all keys of a database":       {queue: [][]string{{"FLUSHDB"}}, tracks: true, want: []string{"all keys are gone"}},
		"events of a script":           {queue: eval(`for i = 1, 1500 do redis.call('SET', 'k', i) end`), events: config.NotifyKeyspace | config.NotifyString, want: []string{"__keyspace@0__:k set"}},
		"nothing but a message":        {queue: [][]string{publish, publish}, want: []string{"c m", "c m"}},
		"lines of a script that reads": {queue: [][]string{{"EVAL_RO", "return redis.call('GET', 'k')", "0"}}, monitors: true, want: []string{"line of EVAL_RO", "line of GET"}},
	} {
		t.Run(name, func(t *testing.T) {
			b, l := heard(t)
			b.settings.Events.Store(c.events)
			if c.tracks {
				l.e.TrackingBegan(1)
			}
			if c.monitors {
				b.cl.Marks |= call.Shown
			} else {
				l.e.Monitors = nil
			}
			before := l.e.Commits.Seq()
			reply := b.call(c.queue...)
			if strings.Contains(reply, "-ERR") || c.reply != "" && reply != c.reply {
				t.Errorf("%q", reply)
			}
			if len(l.told) < len(c.want) || !slices.Equal(l.told[:len(c.want)], c.want) {
				t.Fatalf("told %.300q, want %q", l.told, c.want)
			}
			end := l.e.Commits.Seq()
			for i, at := range l.at {
				if at != end {
					t.Fatalf("%s is told at commit %d, the step's is %d", l.told[i], at, end)
				}
			}
			if n := len(b.tape); n != int(end-before)+1 || n > 2 {
				t.Errorf("%d commits came, the newest is %d", n, end)
			}
		})
	}
}

// TestNumbersBelongToCommits: a message on its own is told as it comes, and while nobody takes commits there are no numbers.
func TestNumbersBelongToCommits(t *testing.T) {
	b, l := heard(t)
	l.e.Monitors = nil
	c := b.command("PUBLISH", "c", "m")
	none := call.ShardSet{}
	if b.ctx.Run(&c, &b.cl, &resp.Writer{Proto: 2}, &none, nil); l.at[0] != 1 || l.e.Commits.Seq() != 2 {
		t.Errorf("told at commit %d of %d", l.at[0], l.e.Commits.Seq())
	}
	l.e.Commits.Remove(commit.Consumer(&b.tape))
	b.call([]string{"PUBLISH", "c", "m"}, []string{"SET", "k", "v"})
	if n := l.e.Commits.Seq(); n != 2 {
		t.Errorf("the newest commit is %d", n)
	}
}
