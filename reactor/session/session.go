// Package session is a connection's life: what it sent and was not yet executed, the
// state that commands such as SELECT or MULTI change, and what it is still owed. A
// Loop owns its sessions and everything in this package; only its goroutine calls in.
//
// A Session is put together of parts, each a type that knows one idea:
//
//	pipeline       parse, look ahead, turn, step, dispatch; the call that everything behind it waits for
//	reorderBuffer  calls that later commands have overtaken, and the replies that must not leave before theirs
//	waits          a loop's: deadlines of blocked clients, and calls that may come to wait with nobody telling
//	Transaction    MULTI, EXEC, WATCH
//	Subscriptions  SUBSCRIBE, MONITOR
//	Tracking       CLIENT TRACKING: keys that the client holds itself
//	Description    CLIENT LIST, memory
//
// These are types and no packages, since each calls into the others: EXEC stands in a pipeline and sends a call on its way, a call
// that comes home has the pipeline go on, a subscriber's messages wait behind a reply. What can be understood without
// sessions is a package below: reactor/input (bytes become commands), reactor/admission (may a command run), reactor/output
// (replies become bytes), reactor/pubsub (who listens).
package session

import (
	"sync/atomic"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/admission"
	"sigrun/reactor/output"
)

// Link is a session's way to its peer. The reactor implements it.
type Link interface {
	// Write sends what fits into the socket's buffer.
	Write(b []byte) (int, error)
	// Read takes what has arrived, into b; 0 when nothing has.
	Read(b []byte) (int, error)
	// AwaitWritable has Session.Writable called once the socket takes more.
	AwaitWritable()
	// StopReading has no more Traffic delivered until ResumeReading.
	StopReading()
	ResumeReading()
	// Close ends the connection after the present turn.
	Close()
	// Fd is the socket's descriptor.
	Fd() int
	// Size is the memory that the way itself takes, beside the socket.
	Size() int
}

// Session is one connection. All fields belong to its loop; while a call is away,
// Client is read and written by whoever executes that call.
type Session struct {
	// What every turn looks at lies together.
	call.Client
	Flags    admission.Flags
	closed   bool // the connection is gone; ends when the call is home
	eof      bool // the peer sent its last byte; what it is owed is still sent
	messaged bool // in Loop.messaged
	plain    bool // it took nothing but itself when it was weighed
	loop     *Loop
	pipe     pipeline
	Out      output.Output
	Info     Info

	Link Link
	Tx   Transaction
	Subs Subscriptions
	Keys Tracking
	at   atomic.Pointer[Loop] // in whose list it is, for others; nil: in none

	redirected atomic.Int64 // bytes of messages that are on their way from others
	overrun    atomic.Bool  // it is closed since they were too many

	stands bool   // in Loop.standing
	took   uint64 // bytes that its socket had taken at the last look
	gone   bool   // it was closed for what it took
	weight int    // bytes that Loop.load counts for it
	class  int    // of Loop.load.classes, and one; 0: it is in none

	before, behind *Session // in that class

	prev, next *Session // in Loop.sessions
}

// Info is what CLIENT LIST tells and nothing else needs.
type Info struct {
	Local      string
	Created    int64 // unix ms
	Last       int64 // unix ms of the last read
	LastCmd    *command.Spec
	LibName    string
	LibVersion string
	NetIn      uint64
	Unix       bool
	Loopback   bool // the peer is on this machine
	NoEvict    bool // CLIENT NO-EVICT
	LoggedIn   bool // as a user, be it the default one that needs no password
	Redirects  bool // CLIENT CAPA redirect
	ReadOnly   bool // READONLY: what it reads from a replica may be old
}

// attach makes the session one of l.
func (s *Session) attach(l *Loop) {
	s.loop = l
	s.Out.Attach(&l.out, s.Link, &s.Flags, &s.Seq, s)
	s.Tx.s, s.Subs.s, s.Keys.s = s, s, s
	s.pipe.attach(s)
}

// Protocol is the RESP version in use (pubsub.Subscriber).
func (s *Session) Protocol() uint8 { return s.Proto }

// Number is the session's own (pubsub.Subscriber).
func (s *Session) Number() uint64 { return s.ID }

// Loop is the session's loop.
func (s *Session) Loop() *Loop { return s.loop }

// Away is the call that the session waits for, nil when it waits for none.
func (s *Session) Away() *call.Call { return s.pipe.away }

// UnderWay calls fn for every call that the session has on its way.
func (s *Session) UnderWay(fn func(c *call.Call)) {
	if s.pipe.away != nil {
		fn(s.pipe.away)
	}
	s.pipe.reorder.each(fn)
}

// Blocked reports whether the session waits for a key (BLPOP).
func (s *Session) Blocked() bool { return s.pipe.away != nil && s.pipe.away.State() == call.Parked }

// Gone reports whether the connection is closed.
func (s *Session) Gone() bool { return s.closed }

// InBytes and OutBytes are the bytes held for the session in either direction.
func (s *Session) InBytes() int  { return s.pipe.in.Size() }
func (s *Session) OutBytes() int { return s.Out.Owed() }

// Movable reports whether the session is in the middle of nothing, so that another
// loop may take it over. Who is sent messages stays: its loop delivers them.
func (s *Session) Movable() bool {
	return s.pipe.idle() && s.Out.Idle() && !s.messaged && !s.stands && !s.closed && !s.Flags.Pushed() && s.Flags&admission.CloseAfterReply == 0
}

// Traffic takes what a read brought. buf belongs to the caller again afterwards.
func (s *Session) Traffic(buf []byte) {
	l := s.loop
	l.Pulse.Stir()
	s.Info.Last = l.Pulse.Millis()
	s.received(len(buf))
	l.Counters.Turns.Inc()
	l.turning = true
	s.pipe.traffic(buf)
	l.turning = false
	s.reweigh()
}

// Direct is where the rest of a large argument can be read to, nil when the next
// bytes must come by Traffic. The reactor reads into it and calls Arrived.
func (s *Session) Direct() []byte {
	if s.pipe.reorder != nil || s.pipe.waiting() {
		return nil
	}
	return s.pipe.in.Direct()
}

// Arrived says that n bytes were read into Direct.
func (s *Session) Arrived(n int) {
	s.received(n)
	s.pipe.arrived(n)
	s.reweigh()
}

func (s *Session) received(n int) {
	s.Info.NetIn += uint64(n)
	s.loop.Counters.NetIn.Add(uint64(n))
}

// Writable sends on what waited for the socket.
func (s *Session) Writable() {
	if s.Out.Writable() && !s.Out.Choked() {
		s.pipe.resume()
	}
	s.reweigh()
}

// saw notes the newest commit that a reply may show.
func (s *Session) saw(seq uint64) {
	if seq > s.Seq {
		s.Seq = seq
	}
}

// Wait has the client of the running command wait until a time, unix ms, 0 for ever, or CLIENT UNBLOCK, and then get what late
// writes. The handler replies nothing.
func (s *Session) Wait(deadline int64, late func(out *resp.Writer)) {
	c := s.Detach()
	c.Park(call.Block{Deadline: deadline, Late: late})
	c.SetState(call.Parked)
	s.pipe.arm()
}

// Reset takes back what commands have changed about the session (RESET).
func (s *Session) Reset() {
	s.Tx.Discard()
	s.Subs.endAll()
	s.Keys.End()
	s.Tx.Unwatch()
	s.Proto, s.DB = 2, 0
	s.Name = ""
	s.Grew()
	s.Flags &^= admission.ReplyOff | admission.ReplySkipNext // a SKIP that was asked for is for the reply to this
	s.NoTouch, s.Info.NoEvict, s.Info.ReadOnly = false, false, false
	s.Begin(s.loop.Users)
}
