package session

import (
	"strconv"

	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/reactor/admission"
	"sigrun/reactor/pubsub"
)

// sessionBytes is what a session takes besides its buffers: the structures of session,
// socket and loop, rounded up.
const sessionBytes = 1024

// Describe is for the loop's goroutine, and true at the moment.
func (s *Session) Describe() Description { return Description{s} }

// Description is what may be told of a session: CLIENT LIST, INFO, filters of CLIENT KILL. While a call is away its client is somebody
// else's: what was true when it left is told then.
type Description struct{ s *Session }

// Memory is the logical memory of the session.
func (d Description) Memory() int {
	s := d.s
	n := d.least() + s.Link.Size() + s.InBytes() + s.pipe.running + s.Out.Size() + s.Tx.bytes + s.Subs.bytes + s.Keys.listed() + d.watchBytes()
	if s.pipe.away != nil || s.pipe.reorder != nil {
		n += d.awayBytes()
	}
	if s.pipe.pending != nil {
		n += commandBytes(&s.pipe.pending[0])
	}
	return n
}

// Weight is what the session takes as it counts for the limits: all of it, where some of it is not shown.
func (d Description) Weight() int { return d.Memory() + d.s.Keys.bytes - d.s.Keys.listed() }

// least is what the session takes by itself.
func (d Description) least() int {
	s := d.s
	return sessionBytes + len(s.Name) + len(s.Info.LibName) + len(s.Info.LibVersion)
}

// watchBytes is what watched keys take.
func (d Description) watchBytes() int {
	if d.s.pipe.away != nil {
		return d.s.pipe.shown.watchBytes
	}
	return d.s.Tx.watchBytes()
}

// awayBytes is what the session's calls take, with their copies of arguments, the messages that wait behind
// them, and the keys they wait for, and what is written of their replies.
func (d Description) awayBytes() (n int) {
	d.s.UnderWay(func(c *call.Call) {
		if c.Spec != nil && c.Spec.Place == command.OnControl { // who asks what clients take is none of it, nor who limits that
			return
		}
		n += callBytes + commandBytes(&c.Command) + cap(c.Behind) + c.ReplyBytes()
		for i := range c.Tx {
			n += commandBytes(&c.Tx[i])
		}
		if c.State() == call.Parked {
			n += waiterBytes * c.WaitsFor()
		}
	})
	return n + d.s.pipe.reorder.kept()
}

// The structures of a call, of a waiter of a key, and of a command that owns its arguments.
const (
	callBytes    = 512
	waiterBytes  = 250
	ownBytes     = 96
	ownEachBytes = 24
)

func commandBytes(c *call.Command) int { return ownBytes + ownEachBytes*len(c.Args) + argBytes(c.Args) }

func argBytes(args [][]byte) (n int) {
	for _, a := range args {
		n += len(a)
	}
	return n
}

// Waits reports whether the session has to wait: blocked on a key or paused.
func (d Description) Waits() bool { return d.s.Blocked() || d.s.pipe.pending != nil }

// Timed reports whether the session's wait ends at a time.
func (d Description) Timed() bool { return d.s.pipe.wait.at >= 0 }

// Watches is the number of keys under WATCH; once one has changed the others matter no more.
func (d Description) Watches() int {
	if d.changed() {
		return 0
	}
	if d.s.pipe.away != nil {
		return d.s.pipe.shown.watched // the call may be changing it
	}
	return len(d.s.Watched())
}

// changed reports whether a key under WATCH was changed.
func (d Description) changed() bool {
	if d.s.pipe.away != nil {
		w := d.s.pipe.shown.watching
		return w != nil && w.Dirty.Load()
	}
	return d.s.WatchChanged()
}

// Line appends the session's line of CLIENT LIST, without the end of line, at now
// (unix ms).
func (d Description) Line(b []byte, now int64) []byte { return d.line(b, now, d.s.Name, d.User()) }

// LogLine is the same for the log; hidden: without the names that clients have chosen (hide-user-data-from-log).
func (d Description) LogLine(now int64, hidden bool) string {
	name, user := d.s.Name, d.User()
	if hidden {
		name, user = redacted, redacted
	}
	return string(d.line(nil, now, name, user))
}

const redacted = "*redacted*"

func (d Description) line(b []byte, now int64, name, user string) []byte {
	s := d.s
	num := func(name string, n int) {
		b = strconv.AppendInt(append(b, name...), int64(n), 10)
	}
	text := func(name, v string) { b = append(append(b, name...), v...) }
	multi := -1
	if s.Tx.known || d.Watches() > 0 {
		multi = len(s.Tx.queue)
	}
	num("id=", int(s.ID))
	text(" addr=", s.Addr)
	text(" laddr=", s.Info.Local)
	num(" fd=", s.Link.Fd())
	text(" name=", name)
	num(" age=", int(max(now-s.Info.Created, 0)/1000))
	num(" idle=", int(max(now-s.Info.Last, 0)/1000))
	text(" flags=", d.Flags())
	text(" capa=", d.Capabilities())
	num(" db=", d.Database())
	num(" sub=", len(s.Subs.Channels[pubsub.Global]))
	num(" psub=", len(s.Subs.Patterns))
	num(" ssub=", len(s.Subs.Channels[pubsub.Sharded]))
	num(" multi=", multi)
	num(" watch=", d.Watches())
	num(" qbuf=", s.pipe.in.Unparsed()+s.pipe.in.Received())
	num(" qbuf-free=", s.pipe.in.Room())
	num(" argv-mem=", d.argvBytes())
	num(" multi-mem=", s.Tx.bytes)
	num(" rbs=", 0) // replies are collected by the loop, not by connections
	num(" rbp=", 0)
	num(" obl=", 0)
	num(" oll=", min(s.Out.Owed(), 1))
	num(" omem=", s.Out.Size())
	num(" tot-mem=", d.Memory())
	text(" events=", d.events())
	text(" cmd=", d.lastCommand())
	text(" user=", user)
	num(" redir=", s.Keys.redirection())
	num(" resp=", int(s.Proto))
	text(" lib-name=", s.Info.LibName)
	text(" lib-ver=", s.Info.LibVersion)
	num(" tot-net-in=", int(s.Info.NetIn))
	num(" tot-net-out=", int(s.Out.Sent()))
	num(" tot-cmds=", d.executed())
	return b
}

// User is the name of the session's user.
func (d Description) User() string {
	if d.s.Account == nil {
		return acl.Standard
	}
	return d.s.Account.Name
}

func (d Description) argvBytes() int {
	s := d.s
	var c *call.Command
	switch {
	case s.pipe.pending != nil:
		c = &s.pipe.pending[0]
	case s.Blocked() || s.pipe.away != nil && s.pipe.away.Spec.Place == command.OnControl:
		c = &s.pipe.away.Command
	case s.loop.taking == s && s.loop.running != nil: // none is, before the first of what was read
		c = s.loop.running
	default:
		return 0
	}
	return argBytes(c.Args)
}

func (d Description) lastCommand() string {
	if d.s.Info.LastCmd == nil {
		return "NULL"
	}
	return d.s.Info.LastCmd.Shown().FullName()
}

func (d Description) events() string {
	e := "r"
	if d.s.pipe.in.Stopped() {
		e = ""
	}
	if d.s.Out.Owed() > 0 {
		e += "w"
	}
	return e
}

// Database is the selected one.
func (d Description) Database() int {
	if d.s.pipe.away != nil {
		return d.s.pipe.shown.db
	}
	return d.s.DB
}

// executed counts the commands that were executed, those of scripts included.
func (d Description) executed() int {
	if d.s.pipe.away != nil {
		return int(d.s.pipe.shown.commands)
	}
	return int(d.s.Commands)
}

// FlagLetters and CapaLetters are all that filters may ask for.
const (
	FlagLetters = "OSMPxbtRBdcuAUreTIiEN"
	CapaLetters = "r"
)

// Capabilities are the letters of capa=.
func (d Description) Capabilities() string {
	if d.s.Info.Redirects {
		return "r"
	}
	return ""
}

// Flags are the letters of flags=.
func (d Description) Flags() string {
	s := d.s
	var b []byte
	for _, f := range [...]struct {
		on     bool
		letter byte
	}{
		{s.Flags&admission.Monitor != 0, 'O'}, {s.Flags&admission.Subscribed != 0, 'P'}, {s.Flags&admission.InMulti != 0, 'x'}, {d.Waits(), 'b'},
		{s.Keys.On, 't'}, {s.Keys.Broken, 'R'}, {s.Keys.Broadcast, 'B'}, {d.changed(), 'd'}, {s.Flags&admission.CloseAfterReply != 0, 'c'}, {s.closed, 'A'},
		{s.Info.Unix, 'U'}, {s.Info.ReadOnly, 'r'}, {s.Info.NoEvict, 'e'}, {s.NoTouch, 'T'}, {s.Imports, 'I'},
	} {
		if f.on {
			b = append(b, f.letter)
		}
	}
	if len(b) == 0 {
		return "N"
	}
	return string(b)
}

// Type is the class of the session as CLIENT LIST TYPE and CLIENT KILL TYPE mean it.
func (d Description) Type() string {
	if d.s.Flags&admission.Subscribed != 0 {
		return "pubsub"
	}
	return "normal"
}
