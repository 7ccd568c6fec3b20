package session

import "sync/atomic"

// Limits bounds what a connection may make the server hold. Configuration stores
// into it; loops read it.
type Limits struct {
	MaxBulk     atomic.Int64 // proto-max-bulk-len
	QueryBuffer atomic.Int64 // client-query-buffer-limit
	Output      [3]OutputLimit
	Outstanding atomic.Int64 // bytes that all sessions together have not sent yet
	LeastReply  atomic.Int64 // what a reply counts at least (DEBUG CLIENT-ENFORCE-REPLY-LIST)
}

// OutputLimit is one class of client-output-buffer-limit: 0 bytes is unlimited.
type OutputLimit struct {
	Hard, Soft, SoftSeconds atomic.Int64
}

// Classes of output limits.
const (
	ClassNormal = iota
	ClassReplica
	ClassPubSub
)

// A connection that does not read its replies is not read from either: it stops being
// executed when this much waits for it, and earlier when everybody's unsent replies
// together are many. The reply that crosses the line is still held whole.
const (
	outStop      = 256 << 10
	outStopCrowd = 16 << 10
	outCrowd     = 8 << 20
	inStop       = 256 << 10 // bytes of unparsed input at which reading stops
	outFlush     = 64 << 10  // a turn writes when this much is ready
	mostHeld     = 1 << 20   // and when this much is, limits or not
)
