package session

import (
	"strconv"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
)

// sessionBytes is what a session takes besides its buffers: the structures of session,
// socket and loop, rounded up.
const sessionBytes = 1024

// MemBytes is the logical memory of the session.
func (s *Session) MemBytes() int {
	return sessionBytes + s.InBytes() + cap(s.outBuf) + s.queuedBytes() + len(s.Name) + s.Subs.bytes + s.watchBytes() + s.awayBytes()
}

func (s *Session) queuedBytes() (n int) {
	for i := range s.Queue {
		n += commandBytes(&s.Queue[i])
	}
	return n
}

// watchBytes is what watched keys take.
func (s *Session) watchBytes() int {
	switch {
	case s.away != nil:
		return s.shown.watchBytes
	case s.Watching == nil:
		return 0
	}
	return s.Watching.Bytes
}

// awayBytes is what the session's calls take, with their copies of arguments, the messages that wait behind
// them, and the keys they wait for, and what is written of their replies.
func (s *Session) awayBytes() (n int) {
	s.UnderWay(func(c *call.Call) {
		n += callBytes + commandBytes(&c.Command) + cap(c.Behind) + c.ReplyBytes()
		for i := range c.Tx {
			n += commandBytes(&c.Tx[i])
		}
		if c.State() == call.Parked {
			n += waiterBytes * c.WaitsFor()
		}
	})
	if s.lane != nil {
		n += s.lane.bytes
	}
	return n
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

// Waits reports whether the session is held back: blocked on a key or paused.
func (s *Session) Waits() bool { return s.Blocked() || s.pending != nil }

// Timed reports whether the session's wait ends at a time.
func (s *Session) Timed() bool { return s.heapAt >= 0 }

// Watches is the number of keys under WATCH; once one has changed the others matter no more.
func (s *Session) Watches() int {
	if s.changed() {
		return 0
	}
	if s.away != nil {
		return s.shown.watched // the call may be changing it
	}
	return len(s.Watched())
}

// changed reports whether a key under WATCH was changed.
func (s *Session) changed() bool {
	if s.away != nil {
		w := s.shown.watching
		return w != nil && w.Dirty.Load()
	}
	return s.WatchChanged()
}

// Describe appends the session's line of CLIENT LIST, without the end of line, at now
// (unix ms).
func (s *Session) Describe(b []byte, now int64) []byte {
	num := func(name string, n int) {
		b = strconv.AppendInt(append(b, name...), int64(n), 10)
	}
	text := func(name, v string) { b = append(append(b, name...), v...) }
	qbuf, free := len(s.in), cap(s.in)-len(s.in)
	if s.asm != nil {
		qbuf += s.asm.Received()
	}
	multi := -1
	if s.transacts || s.Watches() > 0 {
		multi = len(s.Queue)
	}
	num("id=", int(s.ID))
	text(" addr=", s.Addr)
	text(" laddr=", s.Info.Local)
	num(" fd=", s.Link.Fd())
	text(" name=", s.Name)
	num(" age=", int(max(now-s.Info.Created, 0)/1000))
	num(" idle=", int(max(now-s.Info.Last, 0)/1000))
	text(" flags=", s.FlagLetters())
	text(" capa=", s.CapaLetters())
	num(" db=", s.Database())
	num(" sub=", len(s.Subs.Channels))
	num(" psub=", len(s.Subs.Patterns))
	num(" ssub=", len(s.Subs.Shard))
	num(" multi=", multi)
	num(" watch=", s.Watches())
	num(" qbuf=", qbuf)
	num(" qbuf-free=", free)
	num(" argv-mem=", s.argvBytes())
	num(" multi-mem=", s.queuedBytes())
	num(" rbs=", 0) // replies are collected by the loop, not by connections
	num(" rbp=", 0)
	num(" obl=", 0)
	num(" oll=", min(len(s.out), 1))
	num(" omem=", cap(s.outBuf))
	num(" tot-mem=", s.MemBytes())
	text(" events=", s.events())
	text(" cmd=", s.lastCommand())
	text(" user=", "default")
	num(" redir=", -1)
	num(" resp=", int(s.Proto))
	text(" lib-name=", s.Info.LibName)
	text(" lib-ver=", s.Info.LibVersion)
	num(" tot-net-in=", int(s.Info.NetIn))
	num(" tot-net-out=", int(s.Info.NetOut))
	num(" tot-cmds=", s.executed())
	return b
}

func (s *Session) argvBytes() int {
	var c *call.Command
	switch {
	case s.pending != nil:
		c = s.pending
	case s.Blocked() || s.away != nil && s.away.Spec.Place == command.OnControl:
		c = &s.away.Command
	case s.loop.taking == s:
		c = s.loop.running
	default:
		return 0
	}
	return argBytes(c.Args)
}

func (s *Session) lastCommand() string {
	if s.Info.LastCmd == nil {
		return "NULL"
	}
	return s.Info.LastCmd.FullName()
}

func (s *Session) events() string {
	e := "r"
	if s.stopped {
		e = ""
	}
	if len(s.out) > 0 {
		e += "w"
	}
	return e
}

// Database is the selected one.
func (s *Session) Database() int {
	if s.away != nil {
		return s.shown.db
	}
	return s.DB
}

// executed counts the commands that were executed, those of scripts included.
func (s *Session) executed() int {
	if s.away != nil {
		return int(s.shown.commands)
	}
	return int(s.Commands)
}

// FlagLetters and CapaLetters are all that filters may ask for.
const (
	FlagLetters = "OSMPxbtRBdcuAUreTIiEN"
	CapaLetters = "r"
)

// CapaLetters are the letters of capa=.
func (s *Session) CapaLetters() string {
	if s.Info.Redirects {
		return "r"
	}
	return ""
}

// FlagLetters are the letters of flags=.
func (s *Session) FlagLetters() string {
	var b []byte
	for _, f := range [...]struct {
		on     bool
		letter byte
	}{
		{s.Flags&Monitor != 0, 'O'}, {s.Flags&Subscribed != 0, 'P'}, {s.Flags&InMulti != 0, 'x'}, {s.Waits(), 'b'},
		{s.changed(), 'd'}, {s.Flags&CloseAfterReply != 0, 'c'}, {s.closed, 'A'},
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

// TypeName is the class of the session as CLIENT LIST TYPE and CLIENT KILL TYPE mean it.
func (s *Session) TypeName() string {
	if s.Flags&Subscribed != 0 {
		return "pubsub"
	}
	return "normal"
}
