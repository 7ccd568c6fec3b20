// Package admission decides what becomes of a command before it runs: whether it is refused, waits, or is queued. It knows facts
// alone, which are three: what stands on the command's row, the state of its session (Flags), and the state of the node
// (reactor/gate). The order of the checks, which clients see by the error that they get, stands in one table (checks). A new
// reason to refuse a command is a row in it; a command that is an exception has a flag on its own row.
//
// The package has no state and runs nothing. Sessions ask it only when their Flags or the gate are not zero, or the command's
// row wants it: the plain path does not come here.
package admission

import (
	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/gate"
)

// Facts are all that a decision depends on. A loop keeps one value of it and fills it for each command: the checks are called by
// pointers to functions, which would have it escape.
type Facts struct {
	Cmd     *call.Command
	Session Flags
	Node    gate.State
	Proto   uint8
	Queue   []call.Command // of the transaction, which a command that executes it takes with it
	Trusted bool           // the session may use protected commands
	User    *acl.User      // of a session that is Restricted
	DB      int            // the database in which the command will run
	Denial  acl.Denial     // why the user may not run it; filled in by Decide
	// Placed is why commands that run together may not run on this node of a cluster; nil: it is in none.
	Placed    func(cmds []call.Command) *resp.Error
	Elsewhere bool // another node is to be asked: clients look for that at the reply's beginning; filled in by Decide
	// Unkept is why writes are refused while the node cannot keep what they do (gate.DiskError); nil: it can again.
	Unkept func() *resp.Error
	// SlotPaused reports whether a command, which may change keys, concerns a slot that is paused.
	SlotPaused func(cmd *call.Command) bool
	// MakeRoom brings memory below its limit before a command runs: enough is free for it, or none is and nothing more can go.
	MakeRoom func(bytes int64) (enough, none bool)
	// Grows reports whether a script may take more memory, as its first line declares.
	Grows func(cmd *call.Command) bool
	// Writes reports whether a command may change keys or reach replicas: for scripts no row says so.
	Writes func(cmd *call.Command) bool
}

// Decision is what becomes of a command.
type Decision uint8

const (
	Run Decision = iota
	Refuse
	Postpone // until a pause is over
	Await    // until there is room
	Enqueue  // until EXEC
)

// Check is one reason not to run a command. It is asked only in a state that it is about.
type Check struct {
	Name    string
	Session Flags      // asked when one of these is set,
	Node    gate.State // or one of these; when it names neither, always
	Decide  func(f *Facts) (Decision, *resp.Error)
}

// concerns reports whether the check has to be asked.
func (c *Check) concerns(f *Facts) bool {
	return f.Session&c.Session != 0 || f.Node&c.Node != 0 || c.Session == 0 && c.Node == 0
}

// Decide asks the checks in their order; the first that does not let the command run decides.
func (f *Facts) Decide() (Decision, *resp.Error) {
	f.Denial, f.Elsewhere = acl.Denial{}, false
	for i := range checks {
		if c := &checks[i]; c.concerns(f) {
			if d, err := c.Decide(f); d != Run {
				return d, err
			}
		}
	}
	return Run, nil
}

// some reports whether the command, or one that it executes, has one of the flags. Scripts are asked when they run.
func (f *Facts) some(flags command.Flag) bool {
	for i := range f.executed() {
		if f.Queue[i].Spec.Flags&flags != 0 {
			return true
		}
	}
	return f.Cmd.Spec.Flags&flags != 0
}

// grows reports whether the command, or one that it executes, may take more memory.
func (f *Facts) grows() bool {
	for i := range f.executed() {
		if f.Grows(&f.Queue[i]) {
			return true
		}
	}
	return f.some(command.DenyOOM) || f.Grows(f.Cmd)
}

// queued reports whether a transaction keeps the command until EXEC, which takes memory whatever it does.
func (f *Facts) queued() bool { return f.Session&InMulti != 0 && !f.Cmd.Spec.Has(command.Undelayed) }

// all reports whether the command has a flag, and every command that it executes.
func (f *Facts) all(flag command.Flag) bool {
	for i := range f.executed() {
		if !f.Queue[i].Spec.Has(flag) {
			return false
		}
	}
	return f.Cmd.Spec.Has(flag)
}

// bytes is the size of the command with those that it executes.
func (f *Facts) bytes() int64 {
	n := f.Cmd.Bytes()
	for i := range f.executed() {
		n += f.Queue[i].Bytes()
	}
	return n
}

// executed are the commands that this one executes.
func (f *Facts) executed() []call.Command {
	if f.Cmd.Spec.Has(command.Executes) {
		return f.Queue
	}
	return nil
}
