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
}

// outputs are options that do not change what is measured.
var outputs = []string{"json", "html", "csv", "hdr", "quiet", "again", "password"}

// Register makes the options known to a set of flags.
func (o *Options) Register(f *flag.FlagSet) {
	o.flags = f
	f.StringVar(&o.addr, "addr", "127.0.0.1:6379", "the server: `HOST:PORT`, or the path of a Unix socket")
	f.StringVar(&o.user, "user", "", "name of a user; the password comes from --password or $SIGRUN_BENCH_PASSWORD")
	f.StringVar(&o.password, "password", os.Getenv("SIGRUN_BENCH_PASSWORD"), "password; it is not kept in results")
	f.IntVar(&o.db, "db", 0, "number of the database")
	f.IntVar(&o.proto, "resp", 0, "version of the protocol, 2 or 3; 0: what the server begins with")
	f.BoolVar(&o.cluster, "cluster", false, "the server is a node of a cluster: keys go to the nodes of their slots")
	f.BoolVar(&o.secure, "tls", false, "connect by TLS")
	f.StringVar(&o.ca, "tls-ca", "", "`FILE` with the certificates that the server's has to be signed by")
	f.StringVar(&o.cert, "tls-cert", "", "`FILE` with the certificate to show")
	f.StringVar(&o.key, "tls-key", "", "`FILE` with its key")
	f.StringVar(&o.name, "tls-name", "", "name that the server's certificate has to have; the host of --addr if empty")
	f.BoolVar(&o.insecure, "tls-insecure", false, "take any certificate")
	f.IntVar(&o.clients, "clients", 50, "connections, in all")
	f.IntVar(&o.threads, "threads", 0, "threads that drive them; 0: as many as half of the cores, and one for 25 connections at most")
	f.IntVar(&o.pipeline, "pipeline", 1, "commands that a connection has under way at most")
	f.BoolVar(&o.each, "each", false, "in the closed loop, send a command when one was answered, and not a pipeline when all were")
	f.Float64Var(&o.rate, "rate", 0, "requests per second, in all: the open loop. 0: every connection sends when it was answered")
	f.BoolVar(&o.even, "even", false, "in the open loop, send after equal times, and not as independent clients would")
	f.DurationVar(&o.warmUp, "warm-up", 2*time.Second, "time that does not count")
	f.DurationVar(&o.ramp, "ramp", 0, "time in which the rate, or the number of connections, grows at the beginning; it is part of the warm-up")
	f.DurationVar(&o.duration, "duration", 10*time.Second, "time that counts")
	f.Int64Var(&o.requests, "requests", 0, "end after so many requests, if the time is not over before; they count from the beginning of the warm-up")
	f.DurationVar(&o.drain, "drain", 5*time.Second, "time to wait at the end for what was not answered yet")
	f.DurationVar(&o.timeout, "timeout", 30*time.Second, "a request that was not answered by then has failed")
	f.DurationVar(&o.interval, "interval", time.Second, "length of the intervals over time")
	f.Uint64Var(&o.seed, "seed", 0, "of everything that is random; 0: a new one, which the result names")
	f.StringVar(&o.cpus, "cpus", "", "cores that threads are bound to, such as 4-7,12")
	f.BoolVar(&o.noFill, "no-fill", false, "the data is there already")
	f.StringVar(&o.replay, "replay", "", "`FILE` recorded by MONITOR, or a line for each command: repeat it")
	f.Float64Var(&o.speed, "speed", 1, "how many times as fast as it was recorded")
	f.StringVar(&o.events, "events", "", "`FILE` with commands and the times at which to send them to the server meanwhile")
	f.IntVar(&o.pid, "pid", 0, "process of the server, for its CPU and memory; 0: found by INFO if it runs on this machine")
	f.BoolVar(&o.quiet, "quiet", false, "no progress")
	f.StringVar(&o.jsonFile, "json", "", "`FILE` for the result, which a run can be repeated from")
	f.StringVar(&o.htmlFile, "html", "", "`FILE` for a page with plots")
	f.StringVar(&o.csvFile, "csv", "", "`FILE` for the intervals")
	f.StringVar(&o.hdrFile, "hdr", "", "`FILE` for the histograms of all intervals, in the format of HdrHistogram's logs")
	f.StringVar(&o.agents, "agents", "", "`HOST:PORT,...` of generators (sigrun-bench agent) that share the load with this one")
	f.StringVar(&o.secret, "secret", os.Getenv("SIGRUN_BENCH_SECRET"), "word that agents want to hear")
}

// Given are the options that say what is measured, as they were given.
func (o *Options) Given() map[string]string {
	given := map[string]string{}
	o.flags.Visit(func(f *flag.Flag) {
		if !slices.Contains(outputs, f.Name) && f.Name != "secret" {
			given[f.Name] = f.Value.String()
		}
	})
	given["seed"] = fmt.Sprint(o.seed)
	return given
}

// Settle checks what depends on more than one option.
func (o *Options) Settle() error {
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano()) % 1e9
	}
	if o.threads == 0 {
		o.threads = max(min(runtime.NumCPU()/2, (o.clients+24)/25), 1)
	}
	switch {
	case o.threads < 0 || o.threads > 1024:
		return fmt.Errorf("--threads %d: want 1 to 1024", o.threads)
	case o.clients < 1 || o.clients > 1000000:
		return fmt.Errorf("--clients %d: want 1 to a million", o.clients)
	case o.pipeline < 1 || o.pipeline > 100000:
		return fmt.Errorf("--pipeline %d: want 1 to 100000", o.pipeline)
	case o.rate < 0 || o.rate != o.rate || o.rate > 1e9:
		return fmt.Errorf("--rate %g: want a number of requests per second", o.rate)
	case o.duration <= 0 || o.warmUp < 0 || o.ramp < 0 || o.interval < 10*time.Millisecond:
		return fmt.Errorf("times have to be above 0, and --interval 10ms at least")
	case o.proto != 0 && o.proto != 2 && o.proto != 3:
		return fmt.Errorf("--resp %d: want 2 or 3", o.proto)
	case o.speed <= 0:
		return fmt.Errorf("--speed %g: want a number above 0", o.speed)
	case (o.cert == "") != (o.key == ""):
		return fmt.Errorf("--tls-cert and --tls-key go together")
	}
	o.warmUp = max(o.warmUp, o.ramp)
	return nil
}

// Target is the server.
func (o *Options) Target() (t client.Target, err error) {
	t = client.Target{Network: "tcp", Addr: o.addr, User: o.user, Password: o.password, DB: o.db, Proto: o.proto, Cluster: o.cluster}
	if strings.Contains(o.addr, "/") {
		t.Network = "unix"
	}
	if o.secure {
		t.TLS, err = o.tls()
	}
	return t, err
}

func (o *Options) tls() (*tls.Config, error) {
	name, _, _ := strings.Cut(o.addr, ":")
	if o.name != "" {
		name = o.name
	}
	c := &tls.Config{ServerName: name, InsecureSkipVerify: o.insecure, ClientSessionCache: tls.NewLRUClientSessionCache(64)}
	if o.ca != "" {
		pem, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, err
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificates", o.ca)
		}
	}
	if o.cert != "" {
		pair, err := tls.LoadX509KeyPair(o.cert, o.key)
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// Plan is the run that the options say.
func (o *Options) Plan() (*client.Plan, error) {
	t, err := o.Target()
	if err != nil {
		return nil, err
	}
	p := &client.Plan{Target: t, Workload: o.Workload, Threads: o.threads, Clients: o.clients, Pipeline: o.pipeline, Each: o.each, Rate: o.rate,
		Even: o.even, WarmUp: o.warmUp, Ramp: o.ramp, Duration: o.duration, Requests: o.requests, Drain: o.drain, Timeout: o.timeout,
		Seed: o.seed, Interval: o.interval}
	if o.cpus != "" {
		if p.CPUs, err = host.CPUs(o.cpus); err != nil {
			return nil, fmt.Errorf("--cpus %s: %w", o.cpus, err)
		}
	}
	return p, nil
}

// Quiet tells whether nobody wants to see how far it is.
func (o *Options) Quiet() bool { return o.quiet }

// Shared tells whether generators on other machines share the load.
func (o *Options) Shared() bool { return o.agents != "" }

// JSON and HTML are the files for a finding.
func (o *Options) JSON() string { return o.jsonFile }
func (o *Options) HTML() string { return o.htmlFile }

// Seed is that of everything random.
func (o *Options) Seed() uint64 { return o.seed }
