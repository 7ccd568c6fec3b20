package study

import (
	"flag"
	"time"
)

// Part is some of the options. A subcommand registers those that it heeds, and no others.
type Part func(o *Options, f *flag.FlagSet)

// Register makes options known to a set of flags: those that every subcommand has, and parts.
func (o *Options) Register(f *flag.FlagSet, parts ...Part) {
	o.flags = f
	o.addr, o.pipeline, o.speed = "127.0.0.1:6379", 1, 1
	f.IntVar(&o.clients, "clients", 50, "connections, in all")
	f.IntVar(&o.threads, "threads", 0, "threads that drive them; 0: as many as half of the cores, and one for 25 connections at most")
	f.DurationVar(&o.warmUp, "warm-up", 2*time.Second, "time that does not count")
	f.DurationVar(&o.duration, "duration", 10*time.Second, "time that counts; a replay ends by itself, if this is not given")
	f.DurationVar(&o.drain, "drain", 5*time.Second, "time to wait at the end for what was not answered yet")
	f.DurationVar(&o.timeout, "timeout", 30*time.Second, "a request that was not answered by then has failed")
	f.DurationVar(&o.interval, "interval", time.Second, "length of the intervals over time")
	f.Uint64Var(&o.seed, "seed", 0, "of everything that is random; 0: a new one, which the result names")
	f.StringVar(&o.cpus, "cpus", "", "cores that threads are bound to, such as 4-7,12")
	f.BoolVar(&o.quiet, "quiet", false, "no progress")
	f.StringVar(&o.jsonFile, "json", "", "`FILE` for the result, which a run can be repeated from")
	f.StringVar(&o.htmlFile, "html", "", "`FILE` for a page with plots")
	for _, p := range parts {
		p(o, f)
	}
}

// Address says which server, where there is one.
func Address(o *Options, f *flag.FlagSet) {
	f.StringVar(&o.addr, "addr", o.addr, "the server: `HOST:PORT`, or the path of a Unix socket")
}

// Process says which process it is.
func Process(o *Options, f *flag.FlagSet) {
	f.IntVar(&o.pid, "pid", 0, "process of the server, for its CPU and memory; 0: found by INFO if it runs on this machine")
}

// Manners are how a server wants to be spoken to.
func Manners(o *Options, f *flag.FlagSet) {
	f.StringVar(&o.user, "user", "", "name of a user; the password comes from --password or $"+passwordVariable)
	f.StringVar(&o.password, "password", "", "password, $"+passwordVariable+" if empty; it is not kept in results")
	f.IntVar(&o.db, "db", 0, "number of the database")
	f.IntVar(&o.proto, "resp", 0, "version of the protocol, 2 or 3; 0: what the server begins with")
	f.BoolVar(&o.cluster, "cluster", false, "the server is a node of a cluster: keys go to the nodes of their slots")
	f.BoolVar(&o.secure, "tls", false, "connect by TLS")
	f.StringVar(&o.ca, "tls-ca", "", "`FILE` with the certificates that the server's has to be signed by")
	f.StringVar(&o.cert, "tls-cert", "", "`FILE` with the certificate to show")
	f.StringVar(&o.key, "tls-key", "", "`FILE` with its key")
	f.StringVar(&o.name, "tls-name", "", "name that the server's certificate has to have; the host of --addr if empty")
	f.BoolVar(&o.anyName, "tls-any-name", false, "take a certificate for any name, or for none, if it is signed by whom --tls-ca says")
	f.BoolVar(&o.insecure, "tls-insecure", false, "take any certificate")
}

// Shape is how a connection sends, and for how much.
func Shape(o *Options, f *flag.FlagSet) {
	f.IntVar(&o.pipeline, "pipeline", 1, "commands that a connection has under way at most")
	f.BoolVar(&o.each, "each", false, "in the closed loop, send a command when one was answered, and not a pipeline when all were")
	f.BoolVar(&o.even, "even", false, "in the open loop, send after equal times, and not as independent clients would")
	f.BoolVar(&o.noFill, "no-fill", false, "the data is there already")
	f.Int64Var(&o.requests, "requests", 0, "end after so many requests, if the time is not over before; those of the warm-up do not count")
}

// Speed is how fast.
func Speed(o *Options, f *flag.FlagSet) {
	f.Float64Var(&o.rate, "rate", 0, "requests per second, in all: the open loop. 0: every connection sends when it was answered")
	f.DurationVar(&o.ramp, "ramp", 0, "time in which the rate, or the number of connections, grows at the beginning; it is part of the warm-up")
}

// Single is what only a run of its own has.
func Single(o *Options, f *flag.FlagSet) {
	f.StringVar(&o.replay, "replay", "", "`FILE` recorded by MONITOR, or a line for each command: repeat it")
	f.Float64Var(&o.speed, "speed", 1, "how many times as fast as it was recorded")
	f.StringVar(&o.events, "events", "", "`FILE` with commands and the times at which to send them to the server meanwhile")
	f.BoolVar(&o.shell, "shell-events", false, "with --again: run the shell commands among the events of the result, too")
	f.StringVar(&o.csvFile, "csv", "", "`FILE` for the intervals")
	f.StringVar(&o.hdrFile, "hdr", "", "`FILE` for the histograms of all intervals, in the format of HdrHistogram's logs")
	f.StringVar(&o.agents, "agents", "", "`HOST:PORT,...` of generators (sigrun-bench agent) that share the load with this one")
	f.StringVar(&o.secret, "secret", "", "word that agents want to hear; $"+SecretVariable+" if empty")
}

// Whole are all the parts of a run.
var Whole = []Part{Address, Process, Manners, Shape, Speed, Single}

// Secrets come from the environment, too, so that they stand on no command line; what help prints does not show them.
const (
	passwordVariable = "SIGRUN_BENCH_PASSWORD"
	SecretVariable   = "SIGRUN_BENCH_SECRET"
)
