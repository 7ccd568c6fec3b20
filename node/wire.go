package node

import (
	"sigrun/protocol/call"
	"sigrun/reactor/session"
	"sigrun/shards/exec"
)

// settings keeps what execution looks at true to the configuration.
func (n *Node) settings() *exec.Settings {
	s := &exec.Settings{}
	s.ActiveExpire.Store(true)
	s.MaxBulk.Store(n.value("proto-max-bulk-len").Int64())
	s.BusyThreshold.Store(n.value("busy-reply-threshold").Int64())
	s.ListNodeLimit.Store(n.value("list-max-listpack-size").Int64())
	s.ExpireEffort.Store(n.value("active-expire-effort").Int64())
	return s
}

// limits does the same for sessions.
func (n *Node) limits() *session.Limits {
	l := &session.Limits{}
	l.MaxBulk.Store(n.value("proto-max-bulk-len").Int64())
	l.QueryBuffer.Store(n.value("client-query-buffer-limit").Int64())
	for class := range l.Output {
		out := n.value("client-output-buffer-limit").OutputLimit(class)
		l.Output[class].Hard.Store(out.Hard)
		l.Output[class].Soft.Store(out.Soft)
		l.Output[class].SoftSeconds.Store(out.SoftSeconds)
	}
	return l
}

// below is what sessions ask of the node (session.Node).
type below struct{ n *Node }

func (b below) Control(c *call.Call)     { b.n.Control.Submit(c) }
func (b below) ControlWait(c *call.Call) { b.n.Control.Answer(c, nil) }
func (b below) Gone(*session.Session)    { b.n.reactor.Left() }

func (b below) Feed(*session.Session, *call.Command) {}

// admit prepares a new session.
func (n *Node) admit(*session.Session) {}
