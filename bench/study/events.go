package study

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"sigrun/bench/client"
	"sigrun/bench/host"
	"sigrun/bench/result"
	"sigrun/bench/workload"
)

// event is a line of a script: TIME COMMAND…, TIME @HOST:PORT COMMAND… for another server, or TIME ! SHELL COMMAND.
type event struct {
	at    time.Duration
	addr  string
	args  []string
	shell bool
}

func (e *event) String() string {
	s := strings.Join(e.args, " ")
	if e.shell {
		s = "! " + s
	}
	if e.addr != "" {
		s = "@" + e.addr + " " + s
	}
	return s
}

const mostEvents = 10000

// readEvents reads the script, unless a result has brought it, and looks whether all of it can be done.
func (o *Options) readEvents() (err error) {
	if o.events == "" || o.list != nil {
		return nil
	}
	if !o.foreign {
		text, err := host.ReadFile(o.events, mostText)
		if err != nil {
			return err
		}
		o.script = string(text)
	}
	if o.list, err = parseEvents(o.events, o.script); err != nil {
		return err
	}
	for i := range o.list {
		if err := o.doable(&o.list[i]); err != nil {
			return fmt.Errorf("%s: %s: %w", o.events, strings.Join(Discreet(strings.Fields(o.list[i].String())), " "), err)
		}
	}
	o.script = discreetScript(o.script)
	return nil
}

// doable says why an event cannot be.
func (o *Options) doable(e *event) error {
	switch {
	case e.at >= o.duration && (o.replay == "" || o.given("duration")):
		return fmt.Errorf("at %v the run is over (--duration %v)", e.at, o.duration)
	case o.foreign && e.shell && !o.shell:
		return fmt.Errorf("a result that came from elsewhere may say anything: --shell-events runs its shell commands, --events takes others")
	case o.foreign && slices.Contains(e.args, hiddenWord):
		return fmt.Errorf("passwords are not kept in results: --events takes the whole")
	}
	return nil
}

// discreetScript is a script without the passwords in it.
func discreetScript(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = discreetText(line)
	}
	return strings.Join(lines, "\n")
}

func parseEvents(name, text string) (list []event, err error) {
	for i, line := range strings.Split(text, "\n") {
		e, err := parseEvent(line)
		if err != nil {
			return nil, &workload.Error{Name: name, Line: i + 1, Reason: err.Error()}
		}
		if e == nil {
			continue
		}
		if list = append(list, *e); len(list) > mostEvents {
			return nil, &workload.Error{Name: name, Line: i + 1, Reason: fmt.Sprintf("more than %d events", mostEvents)}
		}
	}
	slices.SortStableFunc(list, func(a, b event) int { return int(a.at - b.at) })
	return list, nil
}

func parseEvent(line string) (*event, error) {
	words, err := workload.Words(line)
	if err != nil || len(words) == 0 {
		return nil, err
	}
	e := &event{args: words[1:]}
	if e.at, err = time.ParseDuration(words[0]); err != nil || e.at < 0 || e.at > 1000*time.Hour {
		return nil, fmt.Errorf("%.40q is no time such as 10s", words[0])
	}
	if len(e.args) > 0 && strings.HasPrefix(e.args[0], "@") {
		e.addr, e.args = e.args[0][1:], e.args[1:]
		if _, port, err := net.SplitHostPort(e.addr); err != nil || port == "" {
			return nil, fmt.Errorf("%.60q is no HOST:PORT", e.addr)
		}
	}
	if len(e.args) > 0 && e.args[0] == "!" {
		e.shell, e.args = true, e.args[1:]
	}
	if len(e.args) == 0 {
		return nil, fmt.Errorf("want: TIME [@HOST:PORT] COMMAND ARGUMENTS, or TIME ! SHELL COMMAND")
	}
	return e, nil
}

// script plays events, each at its time whether the one before is over or not; those of the same time one after the other.
type script struct {
	mu     sync.Mutex
	list   []result.Event
	all    sync.WaitGroup
	cancel context.CancelFunc
}

func play(ctx context.Context, plan *client.Plan, events []event, begin time.Time) *script {
	ctx, cancel := context.WithCancel(ctx)
	s := &script{cancel: cancel}
	for i := range events {
		s.list = append(s.list, result.Event{At: events[i].at.Seconds(), What: strings.Join(Discreet(strings.Fields(events[i].String())), " "), Missed: result.NotBegun})
	}
	for from, to := 0, 0; from < len(events); from = to {
		for to = from; to < len(events) && events[to].at == events[from].at; to++ {
		}
		s.all.Go(func() {
			select {
			case <-time.After(time.Until(begin.Add(events[from].at))):
			case <-ctx.Done():
			}
			for i := from; i < to && ctx.Err() == nil; i++ {
				s.play(ctx, plan, &events[i], i, begin)
			}
		})
	}
	return s
}

func (s *script) play(ctx context.Context, plan *client.Plan, e *event, i int, begin time.Time) {
	start := time.Now()
	note := func(reply, missed string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		d := &s.list[i]
		d.At, d.Took, d.Reply, d.Missed = start.Sub(begin).Seconds(), time.Since(start).Seconds(), reply, missed
	}
	note("", result.CutOff)
	reply, over := s.do(ctx, plan, e)
	if over {
		note(reply, "")
	} else {
		note(reply, result.CutOff)
	}
}

// do does what an event says; not over: the run was before.
func (s *script) do(ctx context.Context, plan *client.Plan, e *event) (reply string, over bool) {
	if e.shell {
		return s.shell(ctx, strings.Join(e.args, " ")), ctx.Err() == nil
	}
	answer := make(chan string, 1)
	go func() { answer <- e.send(plan.Target) }() // it has a time limit of its own
	select {
	case reply = <-answer:
		return reply, true
	case <-ctx.Done():
		return "", false
	}
}

func (e *event) send(target client.Target) string {
	if e.addr != "" {
		target.Network, target.Addr = "tcp", e.addr
	}
	c, err := client.Ask(&target)
	if err != nil {
		return "failed: " + err.Error()
	}
	defer c.Close()
	return sendTo(c, e.args)
}

// shell runs a command. What it has begun ends with the run.
func (s *script) shell(ctx context.Context, command string) string {
	var out head
	c := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	c.Stdout, c.Stderr = &out, &out
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	kill := func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.Cancel, c.WaitDelay = kill, 100*time.Millisecond
	err := c.Run()
	if c.Process != nil && syscall.Kill(-c.Process.Pid, 0) == nil { // something of it goes on
		s.all.Go(func() {
			<-ctx.Done()
			_ = kill()
		})
	}
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return out.String() + " (" + err.Error() + ")"
	}
	return out.String()
}

// head keeps the beginning of what is written to it.
type head struct{ strings.Builder }

func (h *head) Write(b []byte) (int, error) {
	h.Builder.Write(b[:min(len(b), 200-h.Len())])
	return len(b), nil
}

// end ends what is still under way, and tells of all.
func (s *script) end() []result.Event {
	if s == nil {
		return nil
	}
	s.cancel()
	s.all.Wait()
	return s.list
}
