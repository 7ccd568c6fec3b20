package exec_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"sigrun/internal/clock"
	"sigrun/internal/offheap"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/commands/conn"
	"sigrun/shards/commands/hash"
	"sigrun/shards/commands/keys"
	"sigrun/shards/commands/list"
	"sigrun/shards/commands/server"
	"sigrun/shards/commands/set"
	"sigrun/shards/commands/str"
	"sigrun/shards/commands/stream"
	"sigrun/shards/commit"
	"sigrun/shards/exec"
	"sigrun/shards/keyspace"
	"sigrun/shards/script"
	"sigrun/storage/db"
	hashvalue "sigrun/storage/hash"
	"sigrun/storage/quicklist"
	setvalue "sigrun/storage/set"
	streamvalue "sigrun/storage/stream"
	"sigrun/storage/value"
)

// tape is a consumer that keeps what it is given, one line for each commit.
type tape []string

func (t *tape) Take(x *commit.Commit) {
	var line string
	for _, r := range x.Records {
		line += fmt.Sprintf("[%d %s]", r.DB, bytes.Join(r.Args, []byte(" ")))
	}
	*t = append(*t, line)
}

// bare is an engine without loops: the test holds every token.
type bare struct {
	t     testing.TB
	tape  tape
	ctx   *exec.Ctx
	table *command.Table
	clock *clock.Fake
	cl    call.Client
	all   *call.ShardSet

	settings *keyspace.Settings
}

func newBare(t testing.TB) *bare {
	region, err := offheap.NewRegion(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = region.Close() })
	rows := slices.Concat(str.Rows(), keys.Rows(), hash.Rows(), set.Rows(), stream.Rows(), list.Rows(), conn.Rows(), server.Rows(), script.NewBook(script.Options{}).Rows())
	var specs []*command.Spec
	for i := range rows {
		specs = append(specs, &rows[i].Spec)
	}
	b := &bare{t: t, table: command.NewTable(specs...), clock: clock.NewFake(1000000)}
	handlers := make([]exec.Handler, len(b.table.Specs()))
	for i := range rows {
		handlers[rows[i].Spec.ID()] = rows[i].Run
	}
	settings := &keyspace.Settings{}
	b.settings = settings
	settings.ActiveExpire.Store(true)
	settings.Hash.Pack.Store(512)
	settings.Hash.Value.Store(64)
	settings.Set.Ints.Store(512)
	space := db.NewSpace(db.Config{Region: region, Databases: 2, Shards: 4,
		Values: [db.NumTypes]value.Ops{db.List: quicklist.Ops(), db.Hash: hashvalue.Ops(), db.Set: setvalue.Ops(), db.Stream: streamvalue.Ops()}})
	e := exec.New(exec.Options{Keyspace: keyspace.New(space, 4, b.clock, settings), Table: b.table, Handlers: handlers})
	e.Commits.Add(&b.tape)
	b.ctx, b.all = e.NewCtx(-1), e.All()
	b.cl.Proto = 2
	return b
}

func (b *bare) command(args ...string) call.Command {
	c := call.Command{Spec: b.table.Lookup([]byte(args[0]))}
	if c.Spec == nil { // no containers are made here
		c.Spec = b.table.Lookup([]byte(args[0] + "|" + args[1]))
	}
	for _, a := range args {
		c.Args = append(c.Args, []byte(a))
	}
	one := []call.Command{c}
	b.ctx.Prepare(one, b.cl.DB)
	return one[0]
}

func (b *bare) do(args ...string) (reply string) {
	c := b.command(args...)
	out := resp.Writer{Proto: 2}
	if v := b.ctx.Run(&c, &b.cl, &out, b.all, nil); v.Outcome != call.Finished {
		b.t.Fatalf("%v: verdict %v", args, v)
	}
	return string(out.B)
}

// wants checks what the journal got since the last time.
func (b *bare) wants(lines ...string) {
	b.t.Helper()
	if fmt.Sprint([]string(b.tape)) != fmt.Sprint(lines) {
		b.t.Fatalf("journal\n%q\nwant\n%q", b.tape, lines)
	}
	b.tape = nil
}

func TestJournalGetsWhatChanged(t *testing.T) {
	b := newBare(t)
	b.do("SET", "a", "1")
	b.do("GET", "a")
	b.do("DEL", "nobody")
	b.do("MSET", "x", "1", "y", "2")
	b.wants("[0 SET a 1]", "[0 MSET x 1 y 2]")
}

func TestJournalGetsTransactionsInOnePiece(t *testing.T) {
	b := newBare(t)
	out := resp.Writer{Proto: 2}
	queue := []call.Command{b.command("SET", "a", "1"), b.command("GET", "a"), b.command("INCR", "a"), b.command("SET", "b", "x")}
	if v := b.ctx.RunTx(queue, &b.cl, &out, b.all, nil); v.Outcome != call.Finished {
		t.Fatal(v)
	}
	b.wants("[0 SET a 1][0 INCR a][0 SET b x]")
}

func TestJournalGetsExpiryAsRemoval(t *testing.T) {
	b := newBare(t)
	b.do("SET", "a", "1", "PX", "10")
	b.tape = nil
	b.clock.SetMillis(1000020)
	b.do("GET", "a")
	b.wants("[0 UNLINK a]")
	b.do("SET", "b", "1", "PX", "10")
	b.tape = nil
	b.clock.SetMillis(1000040)
	for s := 0; s < 4; s++ {
		b.ctx.Chores(s)
	}
	b.wants("[0 UNLINK b]")
}
