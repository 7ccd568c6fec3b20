package exec

import (
	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
)

// What was admitted is checked once more where it may run much later: a user may have changed meanwhile. So are the commands of
// scripts, which nobody has admitted. Who runs a command on its loop, at once, is not asked again.

// forbidden is why the client's user may not run cmd now, and that user; nil: it may.
func (c *Ctx) forbidden(cmd *call.Command, cl *call.Client, in acl.Context) (*acl.User, acl.Denial) {
	u := cl.Account.Restricted()
	if u == nil {
		return nil, acl.Denial{}
	}
	d := u.Check(cmd.Spec, cmd.Args, cl.DB)
	if d.Reason == acl.None {
		return nil, d
	}
	e := acl.NewEntry(u, d, cmd.Spec, cmd.Args, in, c.Now)
	if c.Script.withholds() {
		c.Script.Say(func() { c.denied(cl, e) })
	} else {
		c.denied(cl, e)
	}
	return u, d
}

// denied keeps an entry for the log until the client's loop, which knows the client, has it.
func (c *Ctx) denied(cl *call.Client, e acl.Entry) {
	c.e.Denials.Tally(e.Reason)
	if c.running != nil {
		c.running.Denied = acl.Collect(c.running.Denied, e)
	} else {
		cl.Denied = acl.Collect(cl.Denied, e)
	}
}

// refused answers a call whose user may not run it any more, and reports whether that is so.
func (c *Ctx) refused(cl *call.Call) bool {
	u, d := c.forbidden(&cl.Command, cl.Client, acl.TopLevel)
	if u == nil {
		return false
	}
	err := u.Refusal(d, cl.Spec)
	c.Refused(&cl.Command, err.Text)
	cl.Out.Error(err)
	return true
}

// Admits reports whether the client's user may still run a call that is about to run outside of the shards; one that it may not is answered.
func (c *Ctx) Admits(cl *call.Call) bool {
	c.lookAtTime()
	c.running = cl
	defer func() { c.running = nil }()
	return !c.refused(cl)
}

// refusedQueued is the same for a command of a transaction that runs.
func (c *Ctx) refusedQueued(cmd *call.Command, cl *call.Client, out *resp.Writer) bool {
	u, d := c.forbidden(cmd, cl, acl.InMulti)
	if u == nil {
		return false
	}
	err := acl.QueuedRefusal(d)
	c.e.Errors.Note(err.Text, false)
	out.Error(err)
	return true
}

// MayReadAll reports whether the client may read whatever key a value names, and run the command.
func (c *Step) MayReadAll() bool {
	u := c.Client.Account.Restricted()
	return u == nil || u.PermitsReading(c.Spec, c.Args, c.Client.DB)
}

// Permits reports whether the client's user may run a command.
func (c *Step) Permits(cmd *call.Command) bool {
	u := c.Client.Account.Restricted()
	return u == nil || u.Permits(cmd.Spec, cmd.Args, c.Client.DB)
}
