package node

import (
	"context"
	"fmt"

	"sigrun/internal/log"
	"sigrun/reactor/session"
)

// hides reports whether what clients sent is kept out of the log.
func hides(n *Node) bool { return n.value("hide-user-data-from-log").Bool() }

// closings logs why the node closes a connection.
type closings struct{ n *Node }

// cutOff logs that a client is closed for what it is owed, or has sent.
func (c closings) cutOff(s *session.Session, owed bool) {
	n := c.n
	client := s.Describe().LogLine(n.clock.Millis(), hides(n))
	if owed {
		n.Log.Warn("Client " + client + " scheduled to be closed ASAP for overcoming of output buffer limits.")
	} else {
		n.Log.Warn("Closing client that reached max query buffer length: " + client)
	}
}

// violated logs what a client sent that is no command: what it is, or, unless hide-user-data-from-log, what stands there.
func (c closings) violated(s *session.Session, err error, rest []byte) {
	n := c.n
	if !n.Log.Enabled(context.Background(), log.Verbose) {
		return
	}
	const half = 64 // of what is shown
	sample, client := "*redacted*", s.Describe().LogLine(n.clock.Millis(), hides(n))
	if !hides(n) {
		if sample = "'" + string(rest) + "'"; len(rest) > 2*half {
			sample = fmt.Sprintf("'%s' (... more %d bytes ...) '%s'", rest[:half], len(rest)-2*half, rest[len(rest)-half:])
		}
	}
	n.Log.Log(context.Background(), log.Verbose, fmt.Sprintf("Protocol error (%s) from client: %s. Query buffer: %s", err, client, sample))
}
