package exec

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
)

// What MONITOR shows. A line is made before its command runs, while its arguments and the
// database are what they were, and fed when it has run, under the same tokens. A command
// that has to run again was not shown.

// Show shows a command of the session or of control (session.Runner). Those of a script it shows itself.
func (c *Observed) Show(cmd *call.Command, cl *call.Client) {
	if cl.Scripted {
		return
	}
	if line := c.lineOf(cmd, cl); line != nil {
		c.e.Monitors.Feed(c.loop, line)
	}
}

// lineOf is what is to be shown of a client's command, nil: nothing.
func (c *Observed) lineOf(cmd *call.Command, cl *call.Client) []byte {
	if !c.shows(cmd.Spec) {
		return nil
	}
	c.lineDB = cl.DB
	return c.e.Monitors.Line(cl.DB, cl.Source, c.e.Redact(cmd))
}

// shows reports whether somebody is to see commands of that kind: nothing of
// administration is shown, and of commands that hide themselves only scripts, which come
// before what they call.
func (c *Observed) shows(spec *command.Spec) bool {
	m := c.e.Monitors
	return m != nil && m.Watching() && !spec.Has(command.Admin) && (!spec.Has(command.SkipMonitor) || isScript(spec))
}

// showLine shows the command that ran; SELECT in the database that it selected.
func (c *Observed) showLine() {
	if c.line == nil {
		return
	}
	if c.Client.DB != c.lineDB {
		c.line = c.lineOf(c.cmd, c.Client)
	}
	c.e.Monitors.Feed(c.loop, c.line)
	c.line = nil
}

// showRan is showLine for a command that has run, and may have changed something.
func (c *Effects) showRan() {
	if c.line == nil {
		return
	}
	if c.changes != 0 || len(c.commit.Records) > 0 {
		c.numbered()
	}
	c.showLine()
}

// watched reports whether anybody reads MONITOR.
func (e *Engine) watched() bool { return e.Monitors != nil && e.Monitors.Watching() }
