package study

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sigrun/bench/client"
	"sigrun/bench/host"
	"sigrun/bench/measure"
	"sigrun/bench/result"
	"sigrun/bench/wire"
	"sigrun/bench/workload"
)

// Version is what results name as their tool.
const Version = "sigrun-bench 1"

// Run makes one run: it fills in the data, warms up, measures and tells what came of it. With a result and an error only something
// beside it has failed.
func Run(ctx context.Context, o *Options, command []string, progress io.Writer) (*result.Result, error) {
	plan, err := o.Plan()
	if err != nil {
		return nil, err
	}
	if err := o.Writable(); err != nil {
		return nil, err
	}
	o.load(plan)
	w, err := o.look(plan)
	if err != nil {
		return nil, err
	}
	defer w.close()
	var log *result.Log
	if o.hdrFile != "" {
		if log, err = result.OpenLog(o.hdrFile, plan.Names()); err != nil {
			return nil, err
		}
	}
	ctx, stop := caught(ctx)
	defer stop()
	if err := o.fill(ctx, plan, w, progress); err != nil {
		if log != nil {
			log.Drop()
		}
		return nil, err
	}
	r, err := o.measure(ctx, plan, w, log, progress)
	if r != nil {
		r.Command = Discreet(command)
	}
	return r, err
}

// load prepares what is to be run.
func (o *Options) load(plan *client.Plan) {
	if o.replay != "" {
		plan.Replay = o.log
		plan.Workload = &workload.Workload{Name: "replay of " + o.replay, Roles: []*workload.Role{{Name: "client", Share: 1, Paced: true}}}
		if !o.given("duration") {
			plan.Duration = 0
		}
		o.Workload = plan.Workload
	}
	plan.Workload.Prepare()
}

// fill stores what is to be there before the run.
func (o *Options) fill(ctx context.Context, plan *client.Plan, w *watch, progress io.Writer) error {
	dice := workload.NewDice(o.seed, 0)
	for _, c := range plan.Workload.Before {
		c.Task.Draw(dice)
		r, err := w.conn.Send(c.Append(nil, dice))
		if err != nil {
			return fmt.Errorf("before the run: %w", err)
		}
		if out := c.Expect.Check(&r, c.Key(dice)); out >= workload.Refused {
			return fmt.Errorf("before the run: %s is answered by %.100q", c.Name, r.Raw)
		}
	}
	if o.noFill {
		return nil
	}
	for _, f := range plan.Workload.Fills {
		if err := o.fillOne(ctx, plan, f, progress); err != nil {
			return err
		}
	}
	return nil
}

func (o *Options) fillOne(ctx context.Context, plan *client.Plan, f *workload.Fill, progress io.Writer) error {
	all := *plan.Workload
	all.Roles = []*workload.Role{f.Role}
	p := *plan
	p.Workload, p.Rate = &all, 0
	p.Clients, p.Pipeline = fillers(o.clients, f)
	p.WarmUp, p.Ramp, p.Duration, p.Requests = 0, 0, 100*time.Hour, int64(f.Keys.Count)
	p.Interval, p.Each = time.Second, false
	begun, done := time.Now(), int64(0)
	p.OnRow = func(r measure.Row, _ *measure.Set) {
		done += r.All.Done
		say(progress, "\rfilling in %s: %d of %d", f.Keys.Name, done, f.Keys.Count)
	}
	out, err := client.Run(ctx, &p)
	if ctx.Err() != nil {
		return fmt.Errorf("filling in %s: %w", f.Keys.Name, errInterrupted)
	}
	if err != nil {
		return fmt.Errorf("filling in %s: %w", f.Keys.Name, err)
	}
	t := out.Total.Total()
	if t.Refused+t.Wrong+t.Lost+out.Unasked > 0 || t.Done < int64(f.Keys.Count) {
		return fmt.Errorf("filling in %s: %d of %d keys are there; %s", f.Keys.Name, t.Done-t.Refused-t.Wrong, f.Keys.Count, firstFault(out))
	}
	say(progress, "\rfilled in %s: %d keys in %v\n", f.Keys.Name, f.Keys.Count, time.Since(begun).Round(time.Millisecond))
	return nil
}

// fillers is how many connections fill in at a time, and by how many commands: what they send lies in memory meanwhile.
func fillers(clients int, f *workload.Fill) (connections, pipeline int) {
	const mostAtOnce, mostEach = 64 << 20, 256 << 10
	size := 1
	for _, c := range f.Role.Tasks[0].Commands {
		size += c.Longest()
	}
	return max(min(clients, 50, mostAtOnce/size), min(4, max(mostAtOnce/size, 1))), min(max(mostEach/size, 1), 64)
}

// errInterrupted says that somebody wanted no more.
var errInterrupted = errors.New("it was interrupted")

func firstFault(out *client.Outcome) string {
	if out.Failed != nil {
		return out.Failed.Error()
	}
	if len(out.Faults) > 0 {
		return times(out.Faults[0].Count) + ": " + out.Faults[0].Text
	}
	return "the rest was never answered"
}

func say(w io.Writer, format string, args ...any) {
	if w != nil {
		fmt.Fprintf(w, format, args...)
	}
}

// measure makes the load and takes the measure.
func (o *Options) measure(ctx context.Context, plan *client.Plan, w *watch, log *result.Log, progress io.Writer) (*result.Result, error) {
	facts := host.Look()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	show := newProgress(progress, plan)
	plan.OnRow = func(r measure.Row, s *measure.Set) {
		if log != nil {
			log.Add(r, s)
		}
		show.row(r)
	}
	var script *script
	began := make(chan struct{})
	plan.Begun = func() {
		close(began)
		show.begin()
		begin := time.Now().Add(plan.WarmUp)
		if log != nil {
			log.Begin(begin)
		}
		if script = play(ctx, plan, o.list, begin); len(o.list) == 0 {
			script = nil
		}
	}
	started := o.account(ctx, began, plan, w)
	out, err := client.Run(ctx, plan)
	show.end()
	cancel()
	events := script.end()
	server, samples := <-started, []result.Sample(nil)
	if out != nil && out.Total != nil && server {
		w.facts, samples = w.end(float64(max(out.Total.Total().Done, 1)))
	}
	var beside error
	if out == nil || out.Total == nil || err != nil {
		if log != nil {
			log.Drop()
		}
		return nil, err
	}
	if log != nil {
		if e := log.Close(); e != nil {
			beside = fmt.Errorf("writing %s: %w", o.hdrFile, e)
		}
	}
	r := o.result(plan, out, facts)
	r.Server, r.Samples = w.facts, samples
	r.Server.Nodes = out.Nodes
	r.Events, r.Script, r.Replayed = events, o.script, o.recording
	r.Judge()
	return r, beside
}

// account has the server's account begin when the warm-up is over; it tells whether it has begun.
func (o *Options) account(ctx context.Context, began <-chan struct{}, plan *client.Plan, w *watch) <-chan bool {
	begun := make(chan bool, 1)
	go func() {
		select {
		case <-began:
		case <-ctx.Done():
			begun <- false
			return
		}
		select {
		case <-time.After(plan.WarmUp):
			w.begin()
			begun <- true
		case <-ctx.Done():
			begun <- false
		}
	}()
	return begun
}

// result is what a run has brought.
func (o *Options) result(plan *client.Plan, out *client.Outcome, facts host.Facts) *result.Result {
	secs := out.Length.Seconds()
	r := &result.Result{Format: result.Format, Tool: Version, Options: o.Given(), Seed: o.seed, Host: facts, Began: out.Began, Seconds: secs,
		Workload: result.Workload{Name: plan.Workload.Name, Text: plan.Workload.Text}, Rows: out.Rows, Behind: out.Behind, Late: out.Late, Gone: out.Gone, Unasked: out.Unasked, Names: plan.Names(),
		Load: result.Load{Threads: plan.Threads, Clients: plan.Clients, Pipeline: plan.Pipeline, Rate: plan.Rate, Open: plan.Rate > 0 || plan.Replay != nil}}
	for i, name := range plan.Names() {
		c := &out.Total.Classes[i]
		if c.Counts != (measure.Counts{}) {
			r.Classes = append(r.Classes, result.ClassOf(name, c, secs))
		}
	}
	t := out.Total.Total()
	r.Total = result.ClassOf("all", t, secs)
	r.Rate = r.Total.Rate
	for _, f := range out.Faults {
		r.Faults = append(r.Faults, result.Fault(f))
	}
	if out.Failed != nil {
		r.Failed = out.Failed.Error()
	}
	r.Own = generator(out, t.Done)
	return r
}

// generator is what the load generator says of itself.
func generator(out *client.Outcome, done int64) result.Generator {
	g := result.Generator{Lag: measure.QuantilesOf(out.Total.Lag), Turn: measure.QuantilesOf(out.Total.Turn)}
	var most, elapsed float64
	for _, u := range out.Threads {
		e := max(u.Elapsed.Seconds(), 1e-9)
		elapsed = max(elapsed, e)
		g.Busy = append(g.Busy, u.CPU.Seconds()/e)
		g.Starved = append(g.Starved, u.Waited.Seconds()/e)
		most = max(most, u.CPU.Seconds()/e)
	}
	if done > 0 && elapsed > 0 {
		// The warm-up is in it, too, at the same rate.
		rate := float64(done) / out.Length.Seconds()
		g.CPU = out.CPU.Seconds() / elapsed / rate * 1e6
		if most > 0 {
			g.Ceiling = rate / most
		}
	}
	return g
}

// sendTo sends one command and tells what came.
func sendTo(c *client.Conn, args []string) string {
	r, err := c.Send(wire.AppendCommand(nil, args...))
	if err != nil {
		return "failed: " + err.Error()
	}
	return string(r.Raw[:min(len(r.Raw), 100)])
}
