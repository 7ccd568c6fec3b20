package study

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"sigrun/bench/client"
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

// readEvents reads a script; "" is none.
func readEvents(path string) ([]event, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseEvents(path, string(text))
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
	}
	if len(e.args) > 0 && e.args[0] == "!" {
		e.shell, e.args = true, e.args[1:]
	}
	if len(e.args) == 0 {
		return nil, fmt.Errorf("want: TIME [@HOST:PORT] COMMAND ARGUMENTS, or TIME ! SHELL COMMAND")
	}
	return e, nil
}

// script plays events on a goroutine of its own.
type script struct {
	mu   sync.Mutex
	done []result.Event
}

func play(ctx context.Context, plan *client.Plan, events []event, begin time.Time) *script {
	s := &script{}
	if len(events) == 0 {
		return s
	}
	go func() {
		for i := range events {
			select {
			case <-time.After(time.Until(begin.Add(events[i].at))):
			case <-ctx.Done():
				return
			}
			s.play(ctx, plan, &events[i], begin)
		}
	}()
	return s
}

func (s *script) play(ctx context.Context, plan *client.Plan, e *event, begin time.Time) {
	start := time.Now()
	reply := e.do(ctx, plan)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, result.Event{At: start.Sub(begin).Seconds(), Took: time.Since(start).Seconds(), What: strings.Join(Discreet(strings.Fields(e.String())), " "), Reply: reply})
}

func (e *event) do(ctx context.Context, plan *client.Plan) string {
	if e.shell {
		out, err := exec.CommandContext(ctx, "/bin/sh", "-c", strings.Join(e.args, " ")).CombinedOutput()
		text := string(out[:min(len(out), 200)])
		if err != nil {
			text += " (" + err.Error() + ")"
		}
		return text
	}
	target := plan.Target
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

func (s *script) events() []result.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.done)
}
