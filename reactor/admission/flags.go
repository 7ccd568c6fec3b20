package admission

// Flags are the states of a session in which its commands need a closer look. They are zero in normal times, so that the plain path
// asks for all of them by one compare.
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
	Restricted                        // the user may not do everything
	Tracking                          // is told of changed keys (CLIENT TRACKING)
	Asking                            // the next command follows a redirection by ASK
	Pushing                           // the reply is a push, which CLIENT REPLY does not hold back
)

// Listening reports whether the session gets messages that it did not ask for one by one, and Pushed whether its loop brings any to it.
func (f Flags) Listening() bool { return f&(Subscribed|Monitor) != 0 }
func (f Flags) Pushed() bool    { return f&(Subscribed|Monitor|Tracking) != 0 }
