// Package study has the subcommands: it turns what the command line says into runs, and what runs bring into findings.
package study

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"sigrun/bench/client"
	"sigrun/bench/host"
	"sigrun/bench/result"
	"sigrun/bench/workload"
)

// Options are what the command line says of a run.
type Options struct {
	Workload *workload.Workload

	addr, user, password                 string
	db, proto                            int
	secure, insecure, cluster            bool
	ca, cert, key, name                  string
	threads, clients, pipeline           int
	each, even                           bool
	rate                                 float64
	warmUp, ramp, duration, drain        time.Duration
	timeout, interval                    time.Duration
	requests                             int64
	seed                                 uint64
	cpus                                 string
	noFill                               bool
	replay                               string
	speed                                float64
	events                               string
	pid                                  int
	quiet                                bool
	jsonFile, htmlFile, csvFile, hdrFile string
	agents, secret                       string
	flags                                *flag.FlagSet

	// shell: the shell commands among the events of a result may be run; foreign: the events are those of a result.
	shell, foreign bool
	// What files have brought that options name.
	script string // with the events
	list   []event
	log    *client.Log
	// recording is that of log, and recorded the one that the result to be repeated has replayed.
	recording, recorded *result.Recording
	roots               *x509.CertPool
	pair                *tls.Certificate
	anyName             bool
}

// outputs are options that do not change what is measured, or are nobody's business. No result has any, and what one has is not heeded.
var outputs = []string{"json", "html", "csv", "hdr", "quiet", "again", "shell-events", "password", "secret", "events"}

// Given are the options that say what is measured, as they were given.
func (o *Options) Given() map[string]string {
	given := map[string]string{}
	o.flags.Visit(func(f *flag.Flag) {
		if !slices.Contains(outputs, f.Name) {
			given[f.Name] = f.Value.String()
		}
	})
	given["seed"] = fmt.Sprint(o.seed)
	return given
}

// Complete fills in what is left out, checks what depends on more than one option, and reads the files that they name.
func (o *Options) Complete() error {
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano()) % 1e9
	}
	if o.password == "" {
		o.password = os.Getenv(passwordVariable)
	}
	if o.secret == "" {
		o.secret = os.Getenv(SecretVariable)
	}
	if err := o.check(); err != nil {
		return err
	}
	o.warmUp = max(o.warmUp, o.ramp)
	return o.read()
}

// check says which values make no sense, each by itself or together.
func (o *Options) check() error {
	switch {
	case o.threads < 0 || o.threads > 1024:
		return fmt.Errorf("--threads %d: want 1 to 1024", o.threads)
	case o.clients < 1 || o.clients > 1000000:
		return fmt.Errorf("--clients %d: want 1 to a million", o.clients)
	case o.pipeline < 1 || o.pipeline > 100000:
		return fmt.Errorf("--pipeline %d: want 1 to 100000", o.pipeline)
	case o.rate < 0 || o.rate != o.rate || o.rate > 1e9:
		return fmt.Errorf("--rate %g: want a number of requests per second", o.rate)
	case o.duration <= 0 || o.timeout <= 0 || o.drain < 0 || o.warmUp < 0 || o.ramp < 0 || o.interval < 10*time.Millisecond:
		return fmt.Errorf("times cannot be below 0, --duration and --timeout have to be above, and --interval 10ms at least")
	case o.proto != 0 && o.proto != 2 && o.proto != 3:
		return fmt.Errorf("--resp %d: want 2 or 3", o.proto)
	case !(o.speed > 0 && o.speed <= 1e9):
		return fmt.Errorf("--speed %g: want a number above 0", o.speed)
	case o.requests < 0 || o.db < 0:
		return fmt.Errorf("--requests and --db cannot be below 0")
	case o.replay != "" && o.rate > 0:
		return fmt.Errorf("--replay has times of its own, and --rate says others")
	case o.replay != "" && (o.cluster || o.agents != ""):
		return fmt.Errorf("--replay goes neither with --cluster nor with --agents")
	case o.hdrFile != "" && o.agents != "":
		return fmt.Errorf("--hdr does not go with --agents: the others' intervals are not known here")
	case (o.cert == "") != (o.key == ""):
		return fmt.Errorf("--tls-cert and --tls-key go together")
	case !o.secure && (o.insecure || o.anyName || o.ca+o.cert+o.name != ""):
		return fmt.Errorf("the connection is plain without --tls: what else begins with --tls has nothing to say")
	case o.anyName && (o.name != "" || o.insecure):
		return fmt.Errorf("--tls-any-name goes neither with --tls-name nor with --tls-insecure")
	}
	return o.checkMachine()
}

// checkMachine looks for what is to be on this machine.
func (o *Options) checkMachine() error {
	if o.pid != 0 {
		if _, err := host.Process(o.pid); err != nil || o.pid < 0 {
			return fmt.Errorf("--pid %d: there is no such process", o.pid)
		}
	}
	if o.cpus == "" {
		return nil
	}
	list, err := host.CPUs(o.cpus)
	if err != nil {
		return fmt.Errorf("--cpus: %w", err)
	}
	allowed := host.Allowed()
	for _, n := range list {
		if !slices.Contains(allowed, n) {
			return fmt.Errorf("--cpus %s: core %d is not there, or not for this process: it may use %s", o.cpus, n, host.ListOf(allowed))
		}
	}
	return nil
}

// loadThreads is how many threads make the load.
func (o *Options) loadThreads() int {
	if o.threads > 0 {
		return o.threads
	}
	return max(min(runtime.NumCPU()/2, (o.clients+24)/25), 1)
}

// Target is the server.
func (o *Options) Target() client.Target {
	t := client.Target{Network: "tcp", Addr: o.addr, User: o.user, Password: o.password, DB: o.db, Proto: o.proto, Cluster: o.cluster}
	if strings.Contains(o.addr, "/") {
		t.Network = "unix"
	}
	if o.secure {
		t.TLS = o.tls(t.Host())
	}
	return t
}

// Plan is the run that the options say.
func (o *Options) Plan() (*client.Plan, error) {
	t, err := o.Target(), error(nil)
	p := &client.Plan{Target: t, Workload: o.Workload, Threads: o.loadThreads(), Clients: o.clients, Pipeline: o.pipeline, Each: o.each, Rate: o.rate,
		Even: o.even, WarmUp: o.warmUp, Ramp: o.ramp, Duration: o.duration, Requests: o.requests, Drain: max(o.drain, 1), Timeout: o.timeout,
		Seed: o.seed, Interval: o.interval, Origin: o.seed % workload.Origins}
	if o.cpus != "" {
		if p.CPUs, err = host.CPUs(o.cpus); err != nil {
			return nil, fmt.Errorf("--cpus: %w", err)
		}
	}
	return p, nil
}

// Quiet tells whether nobody wants to see how far it is.
func (o *Options) Quiet() bool { return o.quiet }

// Shared tells whether generators on other machines share the load.
func (o *Options) Shared() bool { return o.agents != "" }

// Replays tells whether a log says what is to be done.
func (o *Options) Replays() bool { return o.replay != "" }

// JSON and HTML are the files for a finding.
func (o *Options) JSON() string { return o.jsonFile }
func (o *Options) HTML() string { return o.htmlFile }

// Seed is that of everything random.
func (o *Options) Seed() uint64 { return o.seed }
