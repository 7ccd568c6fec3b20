package control

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/reactor/session"
)

// What is told of a node whose process ends by a fault. Anything may be broken and anybody may stand still, so nothing here is waited for for
// long: a part that does not come is left out, and said to be. No token is asked for; figures that need one are as they were at the last INFO.

// Crash ends the process by a fault that the running command brings about.
func (c *Ctx) Crash(f *call.Fault) error {
	f.Loop, f.Command, f.Client, f.Session = -1, &c.call.Command, c.call.Client, c.Session
	if c.Crashed == nil { // a node that is not alone in its process
		return errors.New("this node does not end its process")
	}
	c.Crashed(f)
	return nil
}

// reportWithin is how long one part of a report may take.
const reportWithin = 500 * time.Millisecond

// guard is deferred by who runs a command: a panic is told of before the process ends.
func (k *Control) guard(c *call.Call) {
	v := recover()
	if v == nil {
		return
	}
	k.Crashed(&call.Fault{Value: v, Loop: -1, Command: &c.Command, Client: c.Client, Session: c.From})
	panic(v)
}

// Report is the parts of a crash report that the node knows of.
func (k *Control) Report(f *call.Fault) string {
	hidden := k.Config.Value("hide-user-data-from-log").Bool()
	var b strings.Builder
	part := func(title string, of func() string) {
		b.WriteString("\n------ " + title + " ------\n" + inTime(of))
	}
	part("INFO OUTPUT", func() string { return strings.ReplaceAll(k.Info.Render("all"), "\r", "") })
	b.WriteString("\n------ CLIENT LIST OUTPUT ------\n" + k.clientsNow(f, hidden))
	if f.Command != nil {
		part("CURRENT CLIENT INFO", func() string { return k.current(f, hidden) })
	}
	part("CONFIG DEBUG OUTPUT", func() string { return k.settingsNow(hidden) })
	return b.String()
}

// inTime is what of returns, if it does so in time.
func inTime(of func() string) string {
	var text string
	done := make(chan struct{})
	sim.Go("a part of a crash report", func() {
		defer close(done)
		text = unbroken(of)
	})
	if sim.Either("waits for a part of a crash report", done, time.After(reportWithin)) == 0 {
		return text
	}
	return "(left out: it took too long)\n"
}

// unbroken is what of returns, be it that it meets a fault.
func unbroken(of func() string) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprintf("(left out: %v)\n", v)
		}
	}()
	return of()
}

// clientsNow lists the connections of the loops that answer, and of the one on which the fault was met.
func (k *Control) clientsNow(f *call.Fault, hidden bool) string {
	loops := k.Reactor.Loops()
	parts, came := make([]string, len(loops)), make([]chan struct{}, len(loops))
	for i, l := range loops {
		came[i] = make(chan struct{})
		list := func() {
			parts[i] = unbroken(func() string { return k.clientsOf(l, hidden) })
			close(came[i])
		}
		if i == f.Loop {
			list()
		} else {
			l.Post(list)
		}
	}
	var b strings.Builder
	late := time.Now().Add(reportWithin)
	for i := range parts {
		if sim.Either("waits for a list of clients", came[i], time.After(time.Until(late))) == 0 {
			b.WriteString(parts[i])
		} else {
			fmt.Fprintf(&b, "(the connections of loop %d are left out: it does not answer)\n", i)
		}
	}
	return b.String()
}

func (k *Control) clientsOf(l *session.Loop, hidden bool) string {
	var b strings.Builder
	now := k.Clock.Millis()
	l.Each(func(s *session.Session) { b.WriteString(s.Describe().LogLine(now, hidden) + "\n") })
	return b.String()
}

// current tells of the client whose command was running.
func (k *Control) current(f *call.Fault, hidden bool) string {
	var b strings.Builder
	if s, is := f.Session.(*session.Session); is && s != nil {
		b.WriteString(s.Describe().LogLine(k.Clock.Millis(), hidden) + "\n")
	}
	for _, line := range k.CommandLines(f) {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// shownOf is how much of an argument is shown.
const shownOf = 128

// CommandLines show the command that was running: of its arguments nothing but their sizes if the log is to know nothing of what clients sent, and
// never a password.
func (k *Control) CommandLines(f *call.Fault) []string {
	if f.Command == nil {
		return nil
	}
	hidden, args := k.Config.Value("hide-user-data-from-log").Bool(), k.Engine.Redact(f.Command)
	lines := []string{"argc: " + strconv.Itoa(len(args))}
	for i, arg := range args {
		shown := fmt.Sprintf("%d bytes", len(f.Command.Args[i]))
		if i == 0 || !hidden {
			shown = strconv.Quote(string(arg[:min(len(arg), shownOf)]))
		}
		lines = append(lines, fmt.Sprintf("argv[%d]: %s", i, shown))
	}
	return lines
}

// settingsNow are the parameters that somebody has set, and what tests have left for this.
func (k *Control) settingsNow(hidden bool) string {
	var b strings.Builder
	if text := k.Config.Value("debug-context").String(); text != "" {
		shown := strconv.Quote(text)
		if hidden {
			shown = fmt.Sprintf("(%d bytes)", len(text))
		}
		b.WriteString("debug-context " + shown + "\n")
	}
	all := k.Config.Get("*")
	for i := 0; i < len(all); i += 2 {
		if v := k.Config.Value(all[i]); v.Given() && !k.Config.Sensitive(all[i]) {
			b.WriteString(all[i] + " " + strconv.Quote(all[i+1]) + "\n")
		}
	}
	return b.String()
}
