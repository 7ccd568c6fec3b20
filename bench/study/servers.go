package study

import (
	"context"
	"fmt"
	"io"
	"strings"

	"sigrun/bench/client"
	"sigrun/bench/peer"
	"sigrun/bench/result"
)

// subject is a server that is measured several times: one that runs already, or one that was started for it.
type subject struct {
	name  string
	o     Options // with its address
	plan  *client.Plan
	watch *watch
	child *peer.Server
}

// open takes an address, or a command with {port} in it, which is started on cores (all, if empty) and stopped by close.
func (o *Options) open(ctx context.Context, name, where, cpus string, progress io.Writer) (s *subject, err error) {
	s = &subject{name: name, o: *o}
	s.o.addr = where
	if cpus != "" && !strings.Contains(where, "{port}") {
		return nil, fmt.Errorf("%s runs already: only a server that is started here (by a command with {port} in it) can be bound to cores", where)
	}
	if strings.Contains(where, "{port}") {
		if s.child, err = peer.Start(name, strings.ReplaceAll(where, "{}", `""`), cpus); err != nil {
			return nil, fmt.Errorf("starting %s: %w", name, err)
		}
		s.o.addr = s.child.Addr()
		s.o.pid = s.child.PID()
	}
	if err := s.begin(ctx, progress); err != nil {
		s.close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func (s *subject) begin(ctx context.Context, progress io.Writer) (err error) {
	if s.plan, err = s.o.Plan(); err != nil {
		return err
	}
	s.plan.Workload.Prepare()
	if s.watch, err = s.o.look(s.plan); err != nil {
		return err
	}
	return s.o.fill(ctx, s.plan, s.watch, progress)
}

// measure takes a slice.
func (s *subject) measure(ctx context.Context, change func(p *client.Plan)) (*result.Result, error) {
	p := *s.plan
	if change != nil {
		change(&p)
	}
	p.Workload.Rewind()
	w, err := lookAt(p.Target, s.watch.facts.PID)
	if err != nil {
		return nil, err
	}
	defer w.close()
	r, err := s.o.measure(ctx, &p, w, nil, nil)
	if ctx.Err() != nil {
		err = errInterrupted
	}
	return r, err
}

func (s *subject) close() {
	if s.watch != nil {
		s.watch.close()
	}
	if s.child != nil {
		s.child.Stop()
	}
}
