package session

import (
	"bytes"

	"sigrun/reactor/admission"
)

// A browser can be made to send a request to this port by any page that it shows, and what the
// page puts into the request would be read as commands. So the connection ends at the first line
// that shows what it is.

// foreign reports whether a word, no command, begins a line of an HTTP request that can carry
// anything.
func foreign(word []byte) bool {
	return bytes.EqualFold(word, post) || bytes.EqualFold(word, host)
}

var post, host = []byte("POST"), []byte("Host:")

// hangUp ends such a connection: nothing more is executed, nor is anything answered.
func (s *Session) hangUp() {
	s.loop.Node.Attacked(s)
	s.Flags |= admission.CloseAfterReply
	s.Out.Drop()
	s.Link.Close()
}
