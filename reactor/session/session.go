// Package session is a connection's life: what it sent and was not yet executed, the
// state that commands such as SELECT or MULTI change, and what it is still owed. A
// Loop owns its sessions and everything in this package; only its goroutine calls in.
//
// A turn is what one read brought: commands are parsed where they lie, looked ahead
// over, and then taken one by one from the front: admission, token, execution,
// release. A command that cannot run now becomes a call.Call; everything behind it on
// this connection waits until the call is home, other connections do not.
package session

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// Flags of a session that make its commands need a closer look.
type Flags uint32

const (
	InMulti         Flags = 1 << iota // between MULTI and EXEC
	DirtyExec                         // a command could not be queued: EXEC will abort
	Subscribed                        // has subscriptions; under RESP2 few commands are allowed
	ReplyOff                          // CLIENT REPLY OFF
	ReplySkip                         // the next reply is dropped
	ReplySkipNext                     // CLIENT REPLY SKIP was just answered with silence
	Unauthenticated                   // must AUTH first
	Monitor                           // gets every command
	CloseAfterReply                   // QUIT, protocol error, killed by itself
	pushing                           // the reply is a push, which CLIENT REPLY does not hold back
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
}

// Session is one connection. All fields belong to its loop; while a call is away,
// Client is read and written by whoever executes that call.
type Session struct {
	call.Client
	Flags Flags
	Link  Link
	Info  Info
	Known bool // it has authenticated at some time

	loop  *Loop
	away  *call.Call // the call that everything else waits for
	lane  *lane      // calls that later commands overtook, nil: none
	shown struct {   // of Client, for others to see while the call is away
		db, watched int
		watchBytes  int
		watching    *call.Watching
		commands    uint64
	}

	in      []byte          // what arrived and was not parsed
	pending *call.Command   // a parsed command that may not run yet (paused)
	asm     *resp.Assembler // a command that has not arrived whole
	out     []byte          // what the socket did not take
	outBuf  []byte          // the buffer that out is the rest of
	stopped bool            // reading is stopped
	closed  bool            // the connection is gone; ends when the call is home
	eof     bool            // the peer sent its last byte; what it is owed is still sent

	Queue     []call.Command // commands after MULTI
	transacts bool           // it has sent MULTI or WATCH before

	Subs Subscriptions

	prev, next *Session // in Loop.sessions
	touched    bool     // in Loop.touched
	late       bool     // in Loop.late
	txHere     bool     // its transaction runs on the loop itself
	softSince  int64    // unix ms since when the soft output limit is exceeded
	softListed bool     // in Loop.overSoft
	unarmed    bool     // in Loop.unarmed
	deadline   int64    // unix ms at which the wait of a blocked client ends
	heapAt     int      // index in Loop.timers, -1: none
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
	NetOut     uint64
	Unix       bool
	Loopback   bool // the peer is on this machine
	NoEvict    bool // CLIENT NO-EVICT
	Redirects  bool // CLIENT CAPA redirect
	ReadOnly   bool // READONLY: what it reads from a replica may be old
}

// Subscriptions of one session; the sets are made when first used.
type Subscriptions struct {
	Channels map[string]struct{}
	Patterns map[string]struct{}
	Shard    map[string]struct{}
	bytes    int
}

// Count is the number of channels and patterns, as SUBSCRIBE reports it.
func (s *Subscriptions) Count() int { return len(s.Channels) + len(s.Patterns) }

// Protocol is the RESP version in use (pubsub.Subscriber).
func (s *Session) Protocol() uint8 { return s.Proto }

// Number is the session's own (pubsub.Subscriber).
func (s *Session) Number() uint64 { return s.ID }

// Loop is the session's loop.
func (s *Session) Loop() *Loop { return s.loop }

// Away is the call that the session waits for, nil when it waits for none.
func (s *Session) Away() *call.Call { return s.away }

// Blocked reports whether the session waits for a key (BLPOP).
func (s *Session) Blocked() bool { return s.away != nil && s.away.State() == call.Parked }

// Gone reports whether the connection is closed.
func (s *Session) Gone() bool { return s.closed }

// InBytes and OutBytes are the bytes held for the session in either direction.
func (s *Session) InBytes() int {
	n := cap(s.in)
	if s.asm != nil {
		n += s.asm.Size()
	}
	return n
}
func (s *Session) OutBytes() int { return len(s.out) }

// Movable reports whether the session is in the middle of nothing, so that another
// loop may take it over. Subscribers stay: their loop delivers to them.
func (s *Session) Movable() bool {
	return s.away == nil && s.lane == nil && s.pending == nil && s.asm == nil && len(s.in) == 0 && len(s.out) == 0 && !s.touched && !s.late &&
		!s.softListed && !s.unarmed && !s.closed && !s.stopped && s.Flags&(CloseAfterReply|Subscribed|Monitor) == 0
}
