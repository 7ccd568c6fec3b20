package output

import "sigrun/reactor/admission"

// What CLIENT REPLY asks for stands in the session's flags.

// Next is told of a command before it runs: a SKIP that was asked for by the one before is for the reply to this one.
func (o *Output) Next() {
	if *o.flags&admission.ReplySkipNext != 0 {
		*o.flags = *o.flags&^admission.ReplySkipNext | admission.ReplySkip
	}
}

// Muted reports whether the reply just written is to be dropped, and forgets a SKIP.
func (o *Output) Muted() bool {
	f := *o.flags
	*o.flags &^= admission.ReplySkip | admission.Pushing
	return f&(admission.ReplyOff|admission.ReplySkip) != 0 && f&admission.Pushing == 0
}

// Silent reports whether CLIENT REPLY drops the reply to the command under way.
func (o *Output) Silent() bool { return *o.flags&(admission.ReplyOff|admission.ReplySkip) != 0 }

// Pushing says of the reply to the present command that it is a push: it is sent whatever
// CLIENT REPLY says.
func (o *Output) Pushing() {
	if o.Silent() {
		*o.flags |= admission.Pushing
	}
}
