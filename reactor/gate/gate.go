// Package gate holds the state of the whole node that admission looks at before a
// command runs: one word, zero in normal times, so that the common case is one load.
// The control goroutine and the script engine set bits; loops read them.
package gate

import "sync/atomic"

// State is a set of conditions under which commands must be looked at more closely.
type State uint32

const (
	// Busy: a script runs longer than busy-reply-threshold.
	Busy State = 1 << iota
	// PauseWrites and PauseAll: CLIENT PAUSE.
	PauseWrites
	PauseAll
	// PauseSlots: changes of some slots wait, which the slot map names.
	PauseSlots
	// LogBehind: the append-only file is behind what was done, and changes wait for it.
	LogBehind
	// Monitored: somebody reads MONITOR.
	Monitored
	// Loading: the keyspace is read from disk, and nobody may look at it.
	Loading
	// DiskError: snapshots or the append-only file cannot be written, and writes are refused for that.
	DiskError
	// OverMemory: more memory is in use than maxmemory allows, and room has to be made.
	OverMemory
	// OverProcess: the process takes nearly all that it may (process-memory-limit), and nothing may grow.
	OverProcess
)

// Gate is one node's admission state.
type Gate struct {
	state atomic.Uint32
}

// Load is the present state.
func (g *Gate) Load() State { return State(g.state.Load()) }

// Set turns bits on, Clear off.
func (g *Gate) Set(s State)   { g.state.Or(uint32(s)) }
func (g *Gate) Clear(s State) { g.state.And(^uint32(s)) }
