// Package client makes load: threads that each drive many connections over sockets that never block, and wait for nothing but all
// of them at once. A request is drawn when it is sent, and its reply is checked and timed when it is read. In the closed loop a
// connection sends when it was answered; in the open one requests have a time at which they are to be sent, and what counts is the
// time from then on, whoever was late.
package client

import (
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"sigrun/bench/measure"
	"sigrun/bench/workload"
)

// Target is the server.
type Target struct {
	Network  string // tcp or unix
	Addr     string
	TLS      *tls.Config // nil: plain
	User     string
	Password string
	DB       int
	Proto    int // 0: what the server begins with
	Cluster  bool
}

// Plan is a run.
type Plan struct {
	Target
	Workload *workload.Workload
	Threads  int
	Clients  int
	Pipeline int // commands that a connection has under way at most
	// Each has a connection send as soon as one command was answered, and not when all were.
	Each bool
	// Rate is how many requests are to be sent in a second, in all; 0: the closed loop.
	Rate float64
	// Even has requests follow each other after equal times, and not as independent ones come.
	Even     bool
	WarmUp   time.Duration
	Ramp     time.Duration // the rate, or the number of connections, grows so long, at the beginning of WarmUp
	Duration time.Duration
	Requests int64 // ends the run before Duration has passed; 0: no bound
	Drain    time.Duration
	Timeout  time.Duration // a request that was not answered by then has failed, and its connection with it
	GiveUp   time.Duration // the run ends when nobody was answered for so long
	Seed     uint64
	// Generator is the number of this generator among those that share a load, and Origin what tells its stamps ({now}) from those
	// of others: they go by clocks of their own.
	Generator, Origin uint64
	Interval          time.Duration
	CPUs              []int // that threads are bound to, in turn
	Replay            *Log
	// Start, when set, is waited for when all are connected.
	Start <-chan struct{}
	// Ready is called when all are connected, and Begun when the warm-up begins.
	Ready, Begun func()
	// OnRow is told of every interval.
	OnRow func(r measure.Row, s *measure.Set)
}

// Names are the classes of what is measured: those of the workload, and connecting.
func (p *Plan) Names() []string {
	names := p.Workload.Classes
	if p.Replay != nil {
		names = p.Replay.Classes
	}
	return append(append([]string(nil), names...), "connect")
}

// Outcome is what a run has brought.
type Outcome struct {
	Began  time.Time
	Length time.Duration
	Total  *measure.Sums
	Rows   []measure.Row
	// Behind is how many requests had a time at which they were to be sent and were not sent by the end.
	Behind int64
	// Late is how many replies came behind the end: what a server owes that falls behind.
	Late int64
	// Gone is how many connections were lost and were not there again at the end.
	Gone int
	// Unasked is how many replies came that nobody has asked for.
	Unasked int64
	// CPU is what the whole process had of processors, from the beginning of the warm-up on.
	CPU time.Duration
	// Threads is what each thread used.
	Threads []Usage
	// Faults are what went wrong, and how often.
	Faults []Fault
	// Nodes are those of the cluster.
	Nodes []string
	// Failed is why the run ended early.
	Failed error
}

// Usage is what a thread had of a processor.
type Usage struct {
	CPU     time.Duration // it ran
	Waited  time.Duration // it could have run, and had no processor
	Voices  int           // connections
	Elapsed time.Duration
}

// Fault is something that went wrong.
type Fault struct {
	Text  string `json:"text"`
	Count int64  `json:"count"`
}

// complete checks a plan, and fills in what is left out.
func (p *Plan) complete() error {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&p.Drain, 5*time.Second)
	def(&p.Timeout, 30*time.Second)
	def(&p.GiveUp, 10*time.Second)
	def(&p.Interval, time.Second)
	p.Pipeline = max(p.Pipeline, 1)
	p.Threads = max(min(p.Threads, p.Clients), 1)
	switch {
	case p.Clients < 1:
		return fmt.Errorf("no clients")
	case p.Clients < len(p.Workload.Roles):
		return fmt.Errorf("the workload has %d roles, and there are only %d clients", len(p.Workload.Roles), p.Clients)
	case p.Rate > 0 && !p.anyPaced():
		return fmt.Errorf("a rate, and no role of the workload that it holds for")
	case p.Rate < 0:
		return fmt.Errorf("a rate of %g", p.Rate)
	case p.Rate > 1e9:
		return fmt.Errorf("nobody sends %g requests in a second", p.Rate)
	case p.Duration <= 0 && p.Requests <= 0 && p.Replay == nil:
		return fmt.Errorf("the run has neither a duration nor a number of requests")
	case p.Replay != nil && p.Cluster:
		return fmt.Errorf("a log cannot be replayed to a cluster: nobody knows which of its words are keys")
	case p.Network != "tcp" && p.Network != "unix":
		return fmt.Errorf("%q is no network", p.Network)
	}
	if p.Duration <= 0 {
		p.Duration = 1000 * time.Hour
	}
	return nil
}

func (p *Plan) anyPaced() bool {
	for _, r := range p.Workload.Roles {
		if r.Paced && len(r.Tasks) > 0 {
			return true
		}
	}
	return false
}

// Host is the host of the server's address.
func (t *Target) Host() string {
	host, _, err := net.SplitHostPort(t.Addr)
	if err != nil {
		return t.Addr
	}
	return host
}

// Local tells whether the server may run on this machine.
func (t *Target) Local() bool {
	host := t.Host()
	ip := net.ParseIP(host)
	return t.Network == "unix" || host == "localhost" || ip != nil && ip.IsLoopback()
}
