package keys_test

import (
	"runtime"
	"slices"
	"strconv"
	"testing"

	"sigrun/internal/clock"
	"sigrun/internal/offheap"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/commands/bit"
	"sigrun/shards/commands/keys"
	"sigrun/shards/commands/str"
	"sigrun/shards/exec"
	"sigrun/shards/keyspace"
	"sigrun/storage/db"
)

// bench is an engine without a server: one goroutine holds all tokens.
type bench struct {
	table *command.Table
	ctx   *exec.Ctx
	all   *call.ShardSet
	cl    call.Client
	out   resp.Writer
}

// noCaller is the connection of commands that never wait.
type noCaller struct{}

func (noCaller) Detach() *call.Call                             { panic("BUG: nothing here waits") }
func (noCaller) RunHere(*call.Command, *resp.Writer)            { panic("BUG: no commands of a session") }
func (noCaller) TakeBlock(int) (b offheap.Block, n int, k bool) { return }
func (noCaller) Visit() *call.Visit                             { return nil }

func newBench(t testing.TB) *bench {
	region, err := offheap.NewRegion(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = region.Close() })
	rows := slices.Concat(str.Rows(), bit.Rows(), keys.Rows())
	var specs []*command.Spec
	var handlers []exec.Handler
	for i := range rows {
		specs, handlers = append(specs, &rows[i].Spec), append(handlers, rows[i].Run)
	}
	table := command.NewTable(specs...)
	const shards = 16
	settings := &keyspace.Settings{}
	settings.MaxBulk.Store(1 << 29)
	e := exec.New(exec.Options{Table: table, Handlers: handlers,
		Keyspace: keyspace.New(db.NewSpace(db.Config{Region: region, Databases: 16, Shards: shards}), shards, clock.New(), settings)})
	return &bench{table: table, ctx: e.NewCtx(0), all: e.All(), cl: call.Client{Proto: 2}}
}

// run executes commands as one turn.
func (b *bench) run(batch []call.Command) {
	b.out.B = b.out.B[:0]
	b.ctx.Prepare(batch, 0)
	for i := range batch {
		held := b.all
		if batch[i].Shard >= 0 {
			held = nil
		}
		b.ctx.Run(&batch[i], &b.cl, &b.out, held, noCaller{})
	}
}

func (b *bench) command(args ...string) call.Command {
	cmd := call.Command{Spec: b.table.Lookup([]byte(args[0]))}
	for _, a := range args {
		cmd.Args = append(cmd.Args, []byte(a))
	}
	return cmd
}

// batches are pipelines of everything that must not allocate.
func (b *bench) batches() (out [][]call.Command) {
	for i := range 200 {
		k, n, other := "key:"+strconv.Itoa(i), "n:"+strconv.Itoa(i), "key:"+strconv.Itoa(i*7%200)
		out = append(out, []call.Command{b.command("SET", k, "a value of some length"), b.command("GET", k),
			b.command("INCR", n), b.command("MGET", k, n, other, "none"), b.command("EXPIRE", k, "1000"), b.command("TTL", k),
			b.command("SET", k, "another", "EX", "100", "XX"), b.command("MSET", k, "x", other, "12"), b.command("EXISTS", k, other),
			b.command("PEXPIRE", n, "100000"), b.command("DEL", other), b.command("SET", n, "1", "KEEPTTL"), b.command("BITCOUNT", k),
			b.command("SETEX", k, "100", "v"), b.command("APPEND", k, "more of it"), b.command("STRLEN", k), b.command("GETRANGE", k, "1", "3"),
			b.command("SETRANGE", k, "2", "xyz"), b.command("GETEX", k, "PX", "5000"), b.command("GETSET", k, "w"), b.command("SETNX", k, "x"),
			b.command("MSETEX", "2", k, "x", n, "1", "EX", "10"), b.command("INCRBY", n, "7"), b.command("SETBIT", k, "77", "1"),
			b.command("GETDEL", n), b.command("TOUCH", k, n), b.command("PERSIST", k), b.command("TYPE", k), b.command("DELIFEQ", k, "x")})
	}
	return out
}

// TestNoAllocations runs a million commands after some to warm up.
func TestNoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	b := newBench(t)
	batches := b.batches()
	const rounds = 400
	for _, batch := range batches {
		b.run(batch)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds {
		for _, batch := range batches {
			b.run(batch)
		}
	}
	runtime.ReadMemStats(&after)
	commands := rounds * len(batches) * len(batches[0])
	if n := after.Mallocs - before.Mallocs; n > 100 {
		t.Errorf("%d allocations for %d commands", n, commands)
	}
}

// BenchmarkCommands is what one command costs without connections and tokens.
func BenchmarkCommands(bb *testing.B) {
	for _, args := range [][]string{{"SET", "key", "a value of some length"}, {"GET", "key"}, {"INCR", "n"}, {"EXPIRE", "key", "100"},
		{"SETRANGE", "key", "2", "xyz"}, {"GETRANGE", "key", "1", "3"}, {"GETEX", "key", "EX", "100"}, {"INCRBYFLOAT", "f", "1.5"},
		{"MGET", "key", "n", "a", "b", "c", "d", "e", "f"}, {"MSET", "key", "1", "a", "2", "b", "3"}} {
		bb.Run(args[0], func(bb *testing.B) {
			b := newBench(bb)
			var batch []call.Command
			for range 16 {
				batch = append(batch, b.command(args...))
			}
			bb.ReportAllocs()
			for i := 0; i < bb.N; i += len(batch) {
				b.run(batch)
			}
		})
	}
}
