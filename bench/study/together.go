package study

import (
	"bufio"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"sigrun/bench/client"
	"sigrun/bench/host"
	"sigrun/bench/result"
	"sigrun/bench/workload"
)

// order is what a generator on another machine is told to do.
type order struct {
	Secret   string            `json:"secret"`
	Options  map[string]string `json:"options"`
	Password string            `json:"password"`
	Workload result.Workload   `json:"workload"`
	// Number is that of the generator among those that share the load, and Origin what the numbers of all stand behind.
	Number uint64 `json:"number"`
	Origin uint64 `json:"origin"`
}

const (
	mostOrder  = 16 << 20
	mostAnswer = 256 << 20
	patience   = 30 * time.Second // for what should come at once
)

// Agent waits for orders and makes the load that they say, one run at a time, until the context ends. Whoever knows the secret can
// have it load any server.
func Agent(ctx context.Context, l net.Listener, secret string, progress io.Writer) error {
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	say(progress, "waiting for orders at %s\n", l.Addr())
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		err = obey(ctx, c, secret)
		if err != nil {
			say(progress, "%s: %s\n", c.RemoteAddr(), Printable(err.Error()))
		}
		_ = c.Close()
		if errors.Is(err, errInterrupted) {
			return nil
		}
	}
}

// obey makes one run.
func obey(ctx context.Context, c net.Conn, secret string) error {
	_ = c.SetDeadline(time.Now().Add(patience))
	in := bufio.NewReader(io.LimitReader(c, mostOrder))
	var o order
	text, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	if err != nil {
		return fmt.Errorf("no order: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(o.Secret), []byte(secret)) != 1 {
		return refuse(c, fmt.Errorf("the secret is wrong"))
	}
	opts, plan, err := o.plan()
	if err != nil {
		return refuse(c, err)
	}
	told, stop := caught(ctx)
	defer stop()
	ctx, cancel := context.WithCancel(told)
	defer cancel()
	start := make(chan struct{})
	plan.Start = start
	plan.Ready = func() {
		fmt.Fprintln(c, "ready")
		_ = c.SetReadDeadline(time.Now().Add(10 * patience))
		go func() {
			if word, err := in.ReadString('\n'); err != nil || word != "go\n" {
				cancel()
				return
			}
			close(start)
			_ = c.SetDeadline(time.Time{})
			if _, err := in.ReadByte(); err != nil { // whoever gave the order has gone
				cancel()
			}
		}()
	}
	facts := host.Look()
	out, err := client.Run(ctx, plan)
	if err == nil && out == nil {
		err = fmt.Errorf("nothing was measured")
	}
	_ = c.SetDeadline(time.Now().Add(patience))
	if err != nil {
		_ = refuse(c, err)
	} else {
		err = json.NewEncoder(c).Encode(opts.result(plan, out, facts))
	}
	if told.Err() != nil {
		return errInterrupted
	}
	return err
}

func refuse(c net.Conn, err error) error {
	fmt.Fprintf(c, "error %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
	return err
}

// plan is what an order says.
func (o *order) plan() (*Options, *client.Plan, error) {
	opts := &Options{}
	f := flag.NewFlagSet("order", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	opts.Register(f, Whole...)
	for name, value := range o.Options { // in any order
		if err := f.Set(name, value); err != nil {
			return nil, nil, fmt.Errorf("option %s: %w", name, err)
		}
	}
	opts.password = o.Password
	var err error
	if opts.Workload, err = workload.Parse(o.Workload.Name, o.Workload.Text); err != nil {
		return nil, nil, err
	}
	if err := opts.Complete(); err != nil {
		return nil, nil, err
	}
	plan, err := opts.Plan()
	if err == nil {
		plan.Workload.Prepare()
		plan.Generator, plan.Origin = o.Number, o.Origin
	}
	return opts, plan, err
}

// helper is a generator on another machine.
type helper struct {
	addr string
	net.Conn
	in *bufio.Reader
}

// Together makes a run of which generators on other machines make their parts: each has as many clients as this one, and an equal
// share of the rate and of the requests. All begin at once, when the last has connected.
func Together(ctx context.Context, o *Options, command []string, progress io.Writer) (*result.Result, error) {
	if err := o.Writable(); err != nil {
		return nil, err
	}
	addrs := strings.Split(o.agents, ",")
	n := float64(len(addrs) + 1)
	part := *o
	part.rate, part.requests = o.rate/n, int64(float64(o.requests)/n)
	plan, err := part.Plan()
	if err != nil {
		return nil, err
	}
	plan.Workload.Prepare()
	w, err := o.look(plan)
	if err != nil {
		return nil, err
	}
	defer w.close()
	ctx, stop := caught(ctx)
	defer stop()
	if err := part.fill(ctx, plan, w, progress); err != nil {
		return nil, err
	}
	helpers, err := part.hire(addrs)
	for _, h := range helpers {
		defer h.Close()
	}
	if err != nil {
		return nil, err
	}
	start, ready, failed := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	plan.Start, plan.Ready = start, func() { close(ready) }
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		if err := gather(ctx, ready, helpers); err != nil {
			failed <- err
			cancel()
			return
		}
		close(start)
	}()
	r, err := part.measure(ctx, plan, w, nil, progress)
	select {
	case err = <-failed:
	default:
	}
	if err != nil {
		return nil, err
	}
	return r, part.collect(r, helpers, o, command)
}

// hire gives orders.
func (o *Options) hire(addrs []string) (list []*helper, err error) {
	for i, addr := range addrs {
		c, err := net.DialTimeout("tcp", strings.TrimSpace(addr), patience)
		if err != nil {
			return list, fmt.Errorf("generator %s: %w", addr, err)
		}
		h := &helper{addr, c, bufio.NewReader(io.LimitReader(c, mostAnswer))}
		list = append(list, h)
		given := o.Given()
		delete(given, "agents")
		delete(given, "pid")
		given["rate"], given["requests"] = fmt.Sprint(o.rate), fmt.Sprint(o.requests)
		given["seed"] = fmt.Sprint(o.seed + uint64(i+1)*1000003)
		if err := json.NewEncoder(c).Encode(order{o.secret, given, o.password, result.Workload{Name: o.Workload.Name, Text: o.Workload.Text},
			uint64(i + 1), o.seed % workload.Origins}); err != nil {
			return list, fmt.Errorf("generator %s: %w", addr, err)
		}
	}
	return list, nil
}

// gather waits until all have connected, this generator, too, and lets them begin.
func gather(ctx context.Context, ready <-chan struct{}, helpers []*helper) error {
	for _, h := range helpers {
		_ = h.SetReadDeadline(time.Now().Add(2 * patience))
		line, err := h.in.ReadString('\n')
		if err != nil {
			return fmt.Errorf("generator %s: %w", h.addr, err)
		}
		if line != "ready\n" {
			return fmt.Errorf("generator %s: %.300s", h.addr, strings.TrimSpace(line))
		}
		_ = h.SetReadDeadline(time.Time{})
	}
	select {
	case <-ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	for _, h := range helpers {
		if _, err := io.WriteString(h, "go\n"); err != nil {
			return fmt.Errorf("generator %s: %w", h.addr, err)
		}
	}
	return nil
}

// collect adds what the others have measured. A result in which the part of one is missing says so.
func (o *Options) collect(r *result.Result, helpers []*helper, whole *Options, command []string) (err error) {
	for _, h := range helpers {
		_ = h.SetReadDeadline(time.Now().Add(whole.drain + patience))
		if e := h.part(r); e != nil && err == nil {
			err = e
		}
	}
	if err != nil && r.Failed == "" {
		r.Failed = err.Error()
	}
	r.Command, r.Options, r.Load.Rate = Discreet(command), whole.Given(), whole.rate
	r.Judge()
	return err
}

// part adds what one has measured.
func (h *helper) part(r *result.Result) error {
	var other result.Result
	line, err := h.in.ReadBytes('\n')
	if err != nil || json.Unmarshal(line, &other) != nil {
		if err != nil {
			return fmt.Errorf("generator %s has gone: %w", h.addr, err)
		}
		return fmt.Errorf("generator %s: %.300s", h.addr, line)
	}
	share := float64(r.Total.Done)
	if err := r.Merge(&other, h.addr); err != nil {
		return fmt.Errorf("generator %s: %w", h.addr, err)
	}
	r.Server.Share(share / float64(max(r.Total.Done, 1)))
	return nil
}
