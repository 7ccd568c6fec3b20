package session

import (
	"runtime/debug"

	"sigrun/protocol/call"
)

// Guard is deferred by whoever has the loop do something: a panic is told of, with the command that was running, before the process ends.
func (l *Loop) Guard() {
	if l.Crashed == nil {
		return
	}
	v := recover()
	if v == nil {
		return
	}
	f := &call.Fault{Value: v, Stack: debug.Stack(), Loop: l.ID}
	if f.Command = l.running; f.Command != nil && l.serving != nil {
		f.Client, f.Session = &l.serving.Client, l.serving
	}
	l.Crashed(f)
	panic(v)
}
