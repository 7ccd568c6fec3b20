package nodetest

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node"
	"sigrun/shards/commit"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/digest"
)

// Tape is a consumer of commits that keeps them, with what the node held when it was switched on.
type Tape struct {
	behind uint64
	base   [][]string // commands that make what was there

	mu      sync.Mutex
	commits []commit.Commit // records, Seq and Origin only
	newest  uint64
}

// Record switches a tape on.
func Record(n *node.Node) *Tape {
	t := &Tape{}
	t.behind = n.Consume(t, func(e *exec.Engine) {
		c := e.Borrow()
		defer e.GiveBack(c)
		for i := range e.Space.Databases() {
			e.EachPart(i, func(p *db.Part) {
				p.Each(func(entry db.Entry) bool {
					payload, err := c.Images().Dump(entry)
					if err != nil {
						panic(err)
					}
					t.base = append(t.base, []string{"SELECT", strconv.Itoa(i)},
						[]string{"RESTORE", string(entry.Key()), strconv.FormatInt(entry.ExpireAt(), 10), string(payload), "ABSTTL"})
					return true
				})
			})
		}
	})
	return t
}

// Take implements commit.Consumer.
func (t *Tape) Take(x *commit.Commit) {
	kept := commit.Commit{Seq: x.Seq, Origin: x.Origin, Signals: slices.Clone(x.Signals)}
	for _, r := range x.Records {
		args := make([][]byte, len(r.Args))
		for i, a := range r.Args {
			args[i] = bytes.Clone(a)
		}
		r.Args = args
		kept.Records = append(kept.Records, r)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.commits = append(t.commits, kept)
	t.newest = max(t.newest, x.Seq)
}

// Commits are those that came so far, in their order.
func (t *Tape) Commits() []commit.Commit {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.SortFunc(t.commits, func(a, b commit.Commit) int { return int(int64(a.Seq - b.Seq)) })
	return slices.Clone(t.commits)
}

// Moment is what a node held after a commit: a digest of each key, due ones included, by number of database and name.
type Moment struct {
	Seq     uint64
	Digests map[string]string
}

// Look is what the node holds now.
func Look(n *node.Node) Moment {
	m := Moment{Digests: map[string]string{}}
	n.Still(func(e *exec.Engine) {
		m.Seq = e.Commits.Seq()
		for i := range e.Space.Databases() {
			e.EachPart(i, func(p *db.Part) {
				p.Each(func(entry db.Entry) bool {
					m.Digests[fmt.Sprintf("%d %q until %d", i, entry.Key(), entry.ExpireAt())] = digest.Of(e.Space, i, entry)
					return true
				})
			})
		}
	})
	return m
}

// Differences are the keys that two moments have not in common.
func (m *Moment) Differences(o *Moment) (list []string) {
	for k, d := range m.Digests {
		if o.Digests[k] != d {
			list = append(list, "recorded: "+k)
		}
	}
	for k, d := range o.Digests {
		if m.Digests[k] != d {
			list = append(list, "replayed: "+k)
		}
	}
	slices.Sort(list)
	return list
}

// Seq is that of the newest commit that came.
func (t *Tape) Seq() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.commits) == 0 {
		return t.behind
	}
	return t.newest
}

// Check replays the tape into an empty node and compares it with what the recorded one held at some moments. The empty one
// never lets anything expire by itself.
func (t *Tape) Check(tb testing.TB, states []Moment) {
	tb.Helper()
	n := StartNode(tb, [2]string{"import-mode", "yes"})
	c := testkit.MustDial(tb, n.Addr())
	defer c.Close()
	c.Want(tb, "+OK\r\n", "CLIENT", "IMPORT-SOURCE", "ON")
	if err := t.Play(states, func(args ...string) []byte { return testkit.Must(c.Do(args...))(tb) }, func() Moment { return Look(n) }); err != nil {
		tb.Fatal(err)
	}
}

// Play repeats the tape by commands, do, in an empty node, in import-mode, from an import source; look is what that holds.
func (t *Tape) Play(states []Moment, do func(args ...string) []byte, look func() Moment) error {
	p := player{send: do}
	for _, args := range t.base {
		p.do(args)
	}
	p.db = -1
	seq, last := t.behind, t.behind
	compare := func() {
		for len(states) > 0 && states[0].Seq == seq && p.err == nil {
			now := look()
			if list := states[0].Differences(&now); len(list) > 0 {
				p.err = fmt.Errorf("other data after commit %d: %s; since commit %d:\n%s", seq, strings.Join(list, ", "), last, p.text())
			}
			p.played, last, states = nil, seq, states[1:]
		}
	}
	compare()
	for _, x := range t.Commits() {
		if seq++; x.Seq != seq {
			return fmt.Errorf("commit %d comes behind %d", x.Seq, seq-1)
		}
		p.play(&x)
		compare()
	}
	if p.err == nil && len(states) > 0 {
		p.err = fmt.Errorf("nothing was recorded up to commit %d", states[0].Seq)
	}
	return p.err
}

// Each repeats the tape as Play does, and calls at behind each commit, and before the first.
func (t *Tape) Each(do func(args ...string) []byte, at func(seq uint64)) error {
	p := player{send: do}
	for _, args := range t.base {
		p.do(args)
	}
	p.db = -1
	at(t.behind)
	for _, x := range t.Commits() {
		if p.play(&x); p.err != nil {
			break
		}
		at(x.Seq)
	}
	return p.err
}

// player repeats commits on a connection, up to the first error.
type player struct {
	send   func(args ...string) []byte
	db     int
	played []string
	err    error
}

func (p *player) play(x *commit.Commit) {
	if len(x.Records) > 1 {
		p.do([]string{"MULTI"})
	}
	for i := range x.Records {
		r := &x.Records[i]
		if r.DB != p.db {
			p.db = r.DB
			p.do([]string{"SELECT", strconv.Itoa(p.db)})
		}
		args := make([]string, len(r.Args))
		for i, a := range r.Args {
			args[i] = string(a)
		}
		p.played = append(p.played, fmt.Sprintf("%d origin %d slot %d: %.300q", x.Seq, x.Origin, r.Slot, args))
		p.do(args)
	}
	if len(x.Records) > 1 {
		p.do([]string{"EXEC"})
	}
}

// nested is an error within a reply of EXEC.
var nested = regexp.MustCompile(`\r\n-[A-Z]{2,} `)

func (p *player) do(args []string) {
	if p.err != nil {
		return
	}
	if reply := p.send(args...); testkit.IsError(reply) || nested.Match(reply) {
		p.err = fmt.Errorf("%.300q: %.300q\n%s", args, reply, p.text())
	}
}

func (p *player) text() string {
	text := ""
	for _, line := range p.played[max(len(p.played)-60, 0):] {
		text += line + "\n"
	}
	return text
}
