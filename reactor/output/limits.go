package output

import (
	"sync/atomic"

	"sigrun/internal/metrics"
)

// Limits bound what the server holds for peers that do not read. Configuration stores into them; loops read them.
type Limits struct {
	Class       [3]ClassLimit
	Outstanding atomic.Int64 // bytes that all connections together have not been sent yet
	LeastReply  atomic.Int64 // what a reply counts at least (DEBUG CLIENT-ENFORCE-REPLY-LIST)
}

// ClassLimit is one class of client-output-buffer-limit: 0 bytes is unlimited.
type ClassLimit struct {
	Hard, Soft, SoftSeconds atomic.Int64
}

// Classes of output limits.
const (
	ClassNormal = iota
	ClassReplica
	ClassPubSub
)

// Counters of one loop: written by it, read by INFO.
type Counters struct {
	NetOut       metrics.Counter
	Writes       metrics.Counter
	OutputKilled metrics.Counter
	Late         metrics.Counter // replies that were held back
}

// A connection that does not read its replies is not read from either: it stops being
// executed when this much waits for it, and earlier when everybody's unsent replies
// together are many. The reply that crosses the line is still held whole. Who stands still for a while is
// indulged, as long as everybody's are not far too many.
const (
	chokedAt      = 256 << 10
	chokedInCrowd = 16 << 10
	crowdedAt     = 8 << 20
	mostOwed      = 256 << 20
	flushAt       = 64 << 10 // a turn writes when this much is ready
	mostHeld      = 1 << 20  // and when this much is, limits or not
)

// uncounted is how much a client may be sent whatever its limit is. Valkey's clients have a
// buffer of 16 KiB that limits do not count, but replies whose length is not known at first
// pass by it.
const uncounted = 8 << 10

// mostUnknown is how much a client may be owed that has to say who it is, and has not.
const mostUnknown = 8 << 10
