package persist

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sigrun/internal/invariants"
	"sigrun/internal/num"
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/aof"
	"sigrun/storage/rdb"
)

// place says where the append-only file lies.
func (l *AppendLog) place() aof.Place {
	k := l.k
	return aof.Place{FS: renames{k.FS, l}, Work: k.value("dir").String(), Folder: k.value("appenddirname").String(), Name: k.value("appendfilename").String(), Log: k.Log,
		Keeps: k.value("aof-disable-auto-gc").Bool}
}

// load reads the append-only file at the start of a server and begins to write to it.
func (l *AppendLog) load() error {
	k := l.k
	d, err := aof.Open(l.place())
	if err == nil {
		d.Sweep()
		err = d.Upgrade()
	}
	defer k.still()() // until what is committed is recorded: what expires in between would be in the file still
	if err == nil && !d.Empty() {
		err = l.replay(d, false)
	}
	if err != nil {
		if !errors.Is(err, ErrStopped) {
			err = Broken{err}
		}
		return err
	}
	tail, err := l.firstTail(d)
	if err != nil {
		return Broken{err}
	}
	if err = d.Clean(); err != nil {
		return Broken{err}
	}
	size, err := l.size(d)
	if err != nil {
		return Broken{err}
	}
	release := k.takeAll()
	l.wanted.Store(true)
	l.begin(d, tail, size, logOn)
	release()
	return nil
}

// still has background work remove nothing that is due, until what it returns is called: before all is read nothing has expired, as it had not when it
// was written. What is read is executed as call.ByAOF, for which nothing ever has.
func (k *Keeper) still() (end func()) {
	loading := &k.Engine.Settings.Loading
	loading.Store(true)
	return func() { loading.Store(false) }
}

// replay reads all files of a set, while time stands still (Keeper.still); held: the caller has all tokens.
func (l *AppendLog) replay(d *aof.Dir, held bool) error {
	k := l.k
	files, err := filesOf(d, k)
	if err != nil {
		return err
	}
	ahead := newReadAhead(files)
	defer ahead.end()
	began := k.Clock.Mono()
	load := &loader{k: k, slices: !held, log: true}
	load.began(files.Total)
	defer load.end()
	r := newReplayer(k, held)
	defer r.end()
	for {
		p := ahead.next()
		if p.err == nil {
			if p.err = k.Full(0); p.err != nil {
				k.Log.Warn(p.err.Error())
			}
		}
		switch err = p.err; {
		case errors.Is(err, io.EOF):
			if err = files.Finish(); err == nil {
				l.figures.Base.Store(files.BaseSize)
				k.Log.Info(fmt.Sprintf("DB loaded from append only file: %.3f seconds", time.Duration(k.Clock.Mono()-began).Seconds()))
			}
			return err
		case err != nil:
			return err
		case k.stopLoad.Load():
			return ErrStopped
		case p.Ended:
			r.open = nil // what a file ends in the middle of has not happened
			k.Log.Info(fmt.Sprintf("DB loaded from %s file %s", kindOf(p.File), p.File.Name))
		case p.Snapshot != nil:
			if err = load.snapshot(p.Snapshot); err == nil {
				ahead.goOn()
			}
		default:
			err = r.batch(&p.Step)
			k.Progress.Loaded.Store(p.Loaded)
		}
		if held { // else nothing is recorded yet
			l.merge()
		}
		ahead.done(p)
		if err != nil {
			return err
		}
	}
}

// Reload empties the keyspace and reads the append-only file anew (DEBUG LOADAOF). The caller holds all tokens, and is in no transaction, whose
// commit would not be in the file yet. Who waits for a key meanwhile is served when all is read: what is done once more is nobody's to take.
func (l *AppendLog) Reload() error {
	k := l.k
	l.files.Lock() // no rewrite changes the set meanwhile
	defer l.files.Unlock()
	if err := l.complete(); err != nil {
		return err
	}
	l.merging.Lock() // nor is anything written
	defer l.unlock()
	d, err := aof.Open(l.place())
	if err == nil && d.Empty() {
		err = errNoLog
	}
	if err != nil {
		return err
	}
	k.Loading(true)
	defer k.Loading(false)
	if err := l.check(d); err != nil {
		return err
	}
	k.empty()
	goOn := k.still()
	err = l.replay(d, true)
	goOn()
	if err != nil {
		return err
	}
	r := k.Engine.Borrow()
	r.Reloaded(k.Engine.All())
	k.Engine.GiveBack(r)
	k.mu.Lock()
	k.dirtyThen = k.changes()
	k.mu.Unlock()
	k.Log.Info("Append Only File loaded by DEBUG LOADAOF")
	return nil
}

// check reads all files of a set and does nothing of what they say: what cannot be read is refused before data gives way.
func (l *AppendLog) check(d *aof.Dir) error {
	k := l.k
	files, err := filesOf(d, k)
	if err != nil {
		return err
	}
	defer files.Close()
	r := newReplayer(k, true)
	defer r.end()
	c := &checker{Reload: Reload{Merge: true}, l: &loader{k: k, log: true}}
	for step := (aof.Step{}); ; {
		switch err = files.Next(&step); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
		case step.Snapshot != nil:
			if err = c.records(step.Snapshot); err != nil {
				c.l.report(err)
			}
		default:
			for i := 0; err == nil && i < len(step.Commands); i++ {
				_, err = r.named(&step, &step.Commands[i])
			}
		}
		if err != nil {
			return err
		}
	}
}

// filesOf begins to read the files of a set.
func filesOf(d *aof.Dir, k *Keeper) (*aof.Loading, error) {
	files, err := d.Load(aof.Lenience{Truncated: k.value("aof-load-truncated").Bool(), Torn: k.value("aof-load-truncated").Bool()})
	if err == nil {
		files.Room = k.Full
	}
	return files, err
}

// complete has all that was committed in the files, whatever that has to wait for. All tokens are held, so that there is an end to it. While the first
// base is written there is nothing in them.
func (l *AppendLog) complete() error {
	if l.Beginning() {
		return errUnwritten
	}
	newest := l.k.Engine.Commits.Settled()
	if t := l.turn.Load(); t != nil {
		l.kick()
		if sim.Either("waits for the next file", t.taken, time.After(patienceToLoad)) != 0 {
			return errUnwritten
		}
	}
	l.merging.Lock()
	if l.tail != nil {
		l.merge()
		l.flush()
	}
	all := !l.stuck && l.ahead == nil && (l.tail == nil || l.merged >= newest)
	l.merging.Unlock()
	l.tell()
	if !all {
		return errUnwritten
	}
	return nil
}

// patienceToLoad is how long DEBUG LOADAOF waits for a sync.
const patienceToLoad = 10 * time.Second

var (
	errUnwritten = errors.New("the append-only file cannot be written, and not all is in it")
	errNoLog     = errors.New("there is no append-only file")
)

// SleepBeforeWrites has the log wait before each write, for tests.
func (l *AppendLog) SleepBeforeWrites(d time.Duration) { l.sleep.Store(int64(d)) }

// snapshot loads what a file begins with.
func (l *loader) snapshot(r *rdb.Reader) error {
	err := l.read(r)
	if err != nil && !errors.Is(err, ErrStopped) {
		l.report(err)
		l.k.Log.Warn("Error reading the RDB preamble of the AOF file, AOF loading aborted")
	}
	return err
}

// firstTail opens what a loaded set is written on with. A set without files gets an empty base first, as in Valkey.
func (l *AppendLog) firstTail(d *aof.Dir) (*aof.Tail, error) {
	k := l.k
	if !d.Empty() {
		return d.Start()
	}
	w, err := d.Rewrite(k.value("aof-use-rdb-preamble").Bool(), aof.Afresh)
	if err != nil {
		return nil, err
	}
	if k.value("aof-use-rdb-preamble").Bool() {
		f := &file{k: k, database: -1, base: true}
		f.w = k.writer(rdb.NewWriter(w, k.form()))
		f.header(0, k.Libraries.All())
		if err = f.w.End(); err != nil {
			w.Abandon()
			return nil, err
		}
	}
	if err = w.Finish(); err != nil {
		return nil, err
	}
	return w.Tail, nil
}

// replayer executes commands of an append-only file, as a client for whom nothing is over, whatever its time.
type replayer struct {
	k       *Keeper
	runner  *exec.Ctx
	client  call.Client
	all     call.ShardSet
	call    *call.Call
	pending []call.Command
	within  []bool        // a transaction: those of pending
	open    []aof.Command // of a transaction whose end has not been read; they are executed when it has
	errors  int
	held    bool // the caller has all tokens
}

func newReplayer(k *Keeper, held bool) *replayer {
	r := &replayer{k: k, held: held, runner: k.Engine.Borrow(), all: *k.Engine.All()}
	r.client = call.Client{Proto: 2, NoBlock: true, Replays: true}
	r.call = &call.Call{Loop: -1, Client: &r.client, Set: r.all}
	return r
}

func (r *replayer) end() { r.k.Engine.GiveBack(r.runner) }

// lookedAhead is how many commands are looked at before they are executed.
const lookedAhead = 64

// batch executes the commands of a step, under all tokens, but for those of a transaction that does not end in it.
func (r *replayer) batch(step *aof.Step) error {
	if !r.held {
		r.k.Dispatcher.Acquire(&r.all)
		defer r.k.Dispatcher.ReleaseSet(&r.all, r.runner)
	}
	cut := open(step.Commands)
	if cut > 0 {
		before := r.open
		r.open = nil
		if err := errors.Join(r.run(step, before), r.run(step, step.Commands[:cut])); err != nil {
			return err
		}
	}
	for _, c := range step.Commands[cut:] { // what they refer to is the reader's
		args := make([][]byte, len(c.Args))
		for i, a := range c.Args {
			args[i] = bytes.Clone(a)
		}
		c.Args = args
		r.open = append(r.open, c)
	}
	return nil
}

// open is where a transaction begins that does not end in a step, or ended in none before.
func open(commands []aof.Command) int {
	at := len(commands)
	for at > 0 && inside(&commands[at-1]) {
		at--
	}
	switch {
	case at == 0:
		return 0
	case commands[at-1].Part == aof.Begins:
		return at - 1
	}
	return len(commands)
}

// inside reports whether a command neither begins nor ends the transaction that it stands in.
func inside(c *aof.Command) bool { return c.Part == aof.Within || c.Part == aof.Nested }

// run executes commands.
func (r *replayer) run(step *aof.Step, commands []aof.Command) error {
	for i := range commands {
		c := &commands[i]
		spec, err := r.named(step, c)
		if err != nil {
			return err
		}
		cmd := call.Command{Spec: spec, Args: c.Args}
		switch {
		case spec == nil:
		case spec.Selects:
			r.execute()
			r.selects(&cmd, inside(c))
		case !r.runner.Executes(spec):
			r.execute()
			r.passOver(c, spec)
		default:
			r.pending, r.within = append(r.pending, cmd), append(r.within, inside(c))
			if len(r.pending) == lookedAhead {
				r.execute()
			}
		}
	}
	r.execute()
	return nil
}

// selects selects the database of what comes.
func (r *replayer) selects(cmd *call.Command, within bool) {
	n, ok := cmd.Selects(r.k.Engine.Space.Databases())
	if ok {
		r.client.DB = n
		return
	}
	why := resp.ErrDBIndex
	if _, number := num.ParseInt(cmd.Args[1]); !number {
		why = resp.ErrNotInteger
	}
	r.refused(cmd.Spec, within, "-"+why.Text)
}

// passOver tells of a command that is not for the data: of a connection, or of the process.
func (r *replayer) passOver(c *aof.Command, spec *command.Spec) {
	switch c.Part {
	case aof.Nested: // there, it is as if it was not
	case aof.Stray:
		r.refused(spec, false, "-"+resp.ErrExecWithoutMulti.Text)
	default:
		r.complain(fmt.Sprintf("'%s' of the append only file is no command of data: it is passed over", spec.FullName()))
	}
}

// named is which command one of the file is, nil: it is what begins or ends a transaction. One that cannot be executed is an error, of which the log is told.
func (r *replayer) named(step *aof.Step, c *aof.Command) (*command.Spec, error) {
	if c.Part == aof.Begins || c.Part == aof.Ends {
		return nil, nil
	}
	spec := r.runner.Named(c.Args)
	if wrong := r.wrong(spec, c.Args); wrong != nil {
		r.k.Log.Warn(fmt.Sprintf("Error reading the append only file %s, error: %s", step.File.Name, strings.TrimPrefix(wrong.Text, "ERR ")))
		return nil, aof.ErrFormat
	}
	return spec, nil
}

// wrong is why a command of the file is none that can be executed.
func (r *replayer) wrong(spec *command.Spec, args [][]byte) *resp.Error {
	if container := r.k.Engine.Table.Lookup(args[0]); spec == nil && container != nil {
		if len(args) < 2 {
			return resp.WrongArity(container.FullName())
		}
		return resp.UnknownSubcommand(container.Name, args[1])
	}
	switch {
	case spec == nil:
		return resp.UnknownCommand(args)
	case !spec.ArityOK(len(args)):
		return resp.WrongArity(spec.FullName())
	}
	return nil
}

// execute executes what was looked up.
func (r *replayer) execute() {
	r.runner.Prepare(r.pending, r.client.DB)
	for i := range r.pending {
		cmd := &r.pending[i]
		r.call.Command = *cmd
		r.call.Out.Rewind(0)
		verdict := r.runner.RunCall(r.call)
		invariants.Assert(verdict.Outcome == call.Finished, "a command of the append-only file did not end")
		if b := r.call.Out.B; len(b) > 0 && b[0] == '-' {
			r.refused(cmd.Spec, r.within[i], string(bytes.TrimSpace(b)))
		}
	}
	clear(r.pending)
	r.pending, r.within = r.pending[:0], r.within[:0]
}

// mostComplaints is how many errors of replayed commands the log is told of.
const mostComplaints = 10

// refused tells of a command that succeeded once, and is answered with an error now, in the words that operators look for.
func (r *replayer) refused(spec *command.Spec, within bool, reply string) {
	if text, plain := strings.CutPrefix(reply, "-ERR "); plain && !slices.Contains(coded, text) {
		reply = text
	}
	name := spec.FullName()
	if within {
		name = "exec"
	}
	r.complain(fmt.Sprintf("== CRITICAL == This server is sending an error to its AOF-loading-client: '%.4096s' after processing the command '%s'", reply, name))
}

// coded are errors that are told with their code, although it says nothing.
var coded = []string{"no such key", "syntax error", "source and destination objects are the same", "index out of range"}

func (r *replayer) complain(line string) {
	if r.errors++; r.errors <= mostComplaints {
		r.k.Log.Warn(line)
	}
}

// kindOf is what the log calls a file.
func kindOf(f aof.Info) string {
	if f.Kind == aof.Base {
		return "base"
	}
	return "incr"
}
