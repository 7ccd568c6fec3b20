package exec

import (
	"runtime/debug"

	"sigrun/protocol/call"
)

// Guard is deferred by goroutines that run no call, such as those that save: a panic is told of before the process ends.
func (e *Engine) Guard() {
	if e.Crashed == nil {
		return
	}
	if v := recover(); v != nil {
		e.Crashed(&call.Fault{Value: v, Stack: debug.Stack(), Loop: -1})
		panic(v)
	}
}

// guard is deferred by who runs a call, or, with nil, background work: a panic is told of, with the command that was running, before the process ends.
func (c *Ctx) guard(cl *call.Call) {
	v := recover()
	if v == nil {
		return
	}
	f := &call.Fault{Value: v, Stack: debug.Stack(), Loop: c.loop}
	if cl != nil {
		f.Command, f.Client, f.Session = &cl.Command, cl.Client, cl.From
		if cl.Tx != nil && c.cmd != nil { // one of its commands
			f.Command = c.cmd
		}
	}
	c.e.Crashed(f)
	panic(v)
}
