package study

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"sigrun/bench/client"
	"sigrun/bench/host"
	"sigrun/bench/result"
	"sigrun/bench/wire"
)

// watch knows the server that is measured: what it is, and what it takes.
type watch struct {
	conn   *client.Conn
	target client.Target
	facts  result.Server
	others []int // processes of the other nodes of a cluster
	deaf   bool  // it does not answer when it is asked what it is
	// refusal is why it answers nobody like this.
	refusal error
	before  map[string]string
	delays  delays
	first   host.Used
	ok      bool // first is known
	at      time.Time

	mu      sync.Mutex
	samples []result.Sample
	stop    chan struct{}
	done    chan struct{}
}

// patienceForFacts is how long a server has to say what it is.
const patienceForFacts = 3 * time.Second

// lookAt connects to a server and asks what it is.
func lookAt(t client.Target, pid int) (*watch, error) {
	c, err := client.Ask(&t)
	if err != nil {
		return nil, err
	}
	w := &watch{conn: c, target: t, facts: result.Server{Addr: t.Addr, PID: pid}}
	info := w.info()
	if w.refusal != nil {
		_ = c.Close()
		return nil, w.refusal
	}
	if w.deaf { // whoever does not know INFO may still be measured
		_ = c.Close()
		if w.conn, err = client.Ask(&t); err != nil {
			return nil, err
		}
		w.facts.Kind = "unknown"
		return w, nil
	}
	w.facts.Kind, w.facts.Version = kindOf(info)
	w.facts.Mode = info["redis_mode"] + info["server_mode"]
	w.facts.Config = w.config()
	if pid == 0 && t.Local() {
		w.facts.PID = processOf(info)
	}
	if w.facts.PID != 0 && t.Cluster {
		w.others = processes(t, w.facts.PID)
	}
	return w, nil
}

// processOf is the server's process on this machine, or 0.
func processOf(info map[string]string) int {
	if n, err := strconv.Atoi(info["process_id"]); err == nil && isServer(n) {
		return n
	}
	return 0
}

// processes are those of the other nodes of a cluster, as far as they run on this machine.
func processes(t client.Target, but int) (pids []int) {
	nodes, err := client.Nodes(&t)
	if err != nil {
		return nil
	}
	for _, addr := range nodes {
		node := t
		node.Addr, node.Cluster = addr, false
		other, err := lookAt(node, 0)
		if err != nil {
			continue
		}
		if pid := other.facts.PID; pid != 0 && pid != but && !slices.Contains(pids, pid) {
			pids = append(pids, pid)
		}
		other.close()
	}
	return pids
}

// isServer tells whether a process of this machine can be the server: another machine's, or another container's, has a number, too.
func isServer(pid int) bool {
	for _, word := range []string{"sigrun", "valkey", "redis", "dragonfly", "keydb"} {
		if host.IsProcess(pid, word) {
			return true
		}
	}
	return false
}

func kindOf(info map[string]string) (kind, version string) {
	for _, k := range []struct{ field, kind string }{{"sigrun_version", "Sigrun"}, {"dragonfly_version", "Dragonfly"}, {"valkey_version", "Valkey"},
		{"redis_version", "Redis"}} {
		if v := info[k.field]; v != "" {
			return k.kind, v
		}
	}
	return "unknown", ""
}

// info is what INFO says, by field.
func (w *watch) info() map[string]string {
	fields := map[string]string{}
	if w.deaf {
		return fields
	}
	w.conn.Patience = patienceForFacts
	defer func() { w.conn.Patience = 0 }()
	text, err := w.conn.Text("INFO", "everything")
	var net net.Error
	w.deaf = errors.As(err, &net)
	switch {
	case err == nil:
	case strings.HasPrefix(err.Error(), "NOAUTH"):
		w.refusal = fmt.Errorf("the server wants a password (--password, or $%s): %w", passwordVariable, err)
		return fields
	case w.target.TLS == nil && closes(&w.target, err):
		w.refusal = errors.New("the server closes the connection instead of answering: does it want --tls?")
		return fields
	case w.deaf:
		return fields
	}
	if err != nil || text == "" {
		text, _ = w.conn.Text("INFO")
	}
	for _, line := range strings.Split(text, "\r\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && line[0] != '#' {
			fields[k], _, _ = strings.Cut(v, "\n")
		}
	}
	return fields
}

// closes tells whether a server that has closed the connection when it was asked what it is does so, too, when nothing is asked of it.
func closes(t *client.Target, err error) bool {
	for range 2 {
		if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, syscall.ECONNRESET) {
			return false
		}
		c, e := client.Ask(t)
		if e != nil {
			return false
		}
		c.Patience = patienceForFacts
		_, err = c.Text("PING")
		_ = c.Close()
	}
	return true
}

// look looks at the server that a plan goes to, and whether the plan can be run there.
func (o *Options) look(plan *client.Plan) (*watch, error) {
	w, err := lookAt(plan.Target, o.pid)
	if err != nil {
		return nil, err
	}
	if plan.Cluster {
		err = client.Together(w.conn, plan.Workload, o.seed)
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// secrets are parameters whose values stay out of results.
var secrets = []string{"requirepass", "masterauth", "primaryauth", "masteruser", "primaryuser", "tls-key-file-pass", "tls-client-key-file-pass"}

// config is what CONFIG GET says.
func (w *watch) config() map[string]string {
	r, err := w.conn.Send(wire.AppendCommand(nil, "CONFIG", "GET", "*"))
	if err != nil || r.IsError() {
		return nil
	}
	list := wire.Strings(r.Raw)
	config := map[string]string{}
	for i := 0; i+1 < len(list); i += 2 {
		if list[i+1] != "" && !slices.Contains(secrets, list[i]) {
			config[list[i]] = list[i+1]
		}
	}
	return config
}

// mostFigure is what is believed of a figure: differences of such ones are numbers, too.
const mostFigure = 1 << 62

// numbers are the fields of INFO that are numbers.
func numbers(info map[string]string) map[string]float64 {
	out := map[string]float64{}
	for k, v := range info { // in any order
		if n, err := strconv.ParseFloat(v, 64); err == nil && math.Abs(n) <= mostFigure { // NaN is not
			out[k] = n
		}
	}
	return out
}

// begin looks at what the server has taken before the measurement, and at what it takes from then on.
func (w *watch) begin() {
	w.before = w.info()
	w.delays = w.askDelays()
	w.first, w.ok = w.used()
	w.at = time.Now()
	w.stop, w.done = make(chan struct{}), make(chan struct{})
	go w.sample()
}

// used is what the server has taken so far: by its process, or as it says itself. Not ok: nobody knows, it may be gone.
func (w *watch) used() (u host.Used, ok bool) {
	if w.facts.PID == 0 {
		return usedBy(numbers(w.info()))
	}
	u, err := host.Process(w.facts.PID)
	if err != nil {
		return u, false
	}
	for _, pid := range w.others {
		o, err := host.Process(pid)
		if err != nil {
			return u, false
		}
		u = u.With(o)
	}
	return u, true
}

// usedBy is what INFO says.
func usedBy(n map[string]float64) (u host.Used, ok bool) {
	_, ok = n["used_cpu_user"]
	return host.Used{User: seconds(n["used_cpu_user"]), System: seconds(n["used_cpu_sys"]), Resident: int64(n["used_memory_rss"])}, ok
}

// seconds is a time; nobody has had centuries of a processor.
func seconds(f float64) time.Duration {
	return time.Duration(min(max(f, 0), 1<<33) * float64(time.Second))
}

func (w *watch) sample() {
	defer close(w.done)
	const every = time.Second
	last, at := w.first, w.at
	if w.facts.PID == 0 || !w.ok {
		return // asking disturbs what is measured
	}
	for {
		select {
		case <-w.stop:
			return
		case <-time.After(every):
		}
		u, ok := w.used()
		if !ok {
			return
		}
		now := time.Now()
		s := result.Sample{At: now.Sub(w.at).Seconds(), Cores: u.Since(last).CPU().Seconds() / now.Sub(at).Seconds(), Resident: u.Resident}
		w.mu.Lock()
		if w.samples = append(w.samples, s); len(w.samples) > 4000 {
			w.samples = everyOther(w.samples)
		}
		w.mu.Unlock()
		last, at = u, now
	}
}

func everyOther(list []result.Sample) []result.Sample {
	out := list[:0]
	for i := 0; i < len(list); i += 2 {
		out = append(out, list[i])
	}
	return out
}

// end tells what the server has taken for so many commands.
func (w *watch) end(commands float64) (result.Server, []result.Sample) {
	close(w.stop)
	<-w.done
	f := w.facts
	last, ok := w.used()
	took := time.Since(w.at)
	after := w.info()
	if ok = ok && w.ok && w.before["run_id"] == after["run_id"] && last.CPU() >= w.first.CPU(); ok {
		u := last.Since(w.first)
		f.User, f.System = u.User.Seconds()*1e6/commands, u.System.Seconds()*1e6/commands
		f.CPU, f.Cores = f.User+f.System, u.CPU().Seconds()/took.Seconds()
		f.Resident, f.Switches = u.Resident, float64(u.Switches)/commands
	}
	if w.before["run_id"] != after["run_id"] { // it is not the server that it was
		return f, w.samples
	}
	f.Changed = map[string]float64{}
	before := numbers(w.before)
	for k, v := range numbers(after) { // in any order
		if d := v - before[k]; d != 0 {
			f.Changed[k] = d
		}
	}
	if f.Kind == "Sigrun" {
		f.Inside = insideOf(f.Changed, w.delays, w.askDelays(), commands)
	}
	return f, w.samples
}

func (w *watch) close() { _ = w.conn.Close() }
