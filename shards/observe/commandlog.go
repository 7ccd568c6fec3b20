package observe

import (
	"fmt"
	"sync/atomic"

	"sigrun/internal/sim"
)

// Kind is one of the logs of COMMANDLOG.
type Kind int

const (
	Slow         Kind = iota // measured in microseconds
	LargeRequest             // in bytes, as the command came
	LargeReply               // in bytes
	Kinds
)

// Entry is a command that went beyond a threshold.
type Entry struct {
	ID     int64
	At     int64 // unix seconds
	Amount int64 // what Kind measures
	Args   [][]byte
	Addr   string // of the client
	Name   string
}

// CommandLog is the three logs, newest entry first. The limits are configuration.
type CommandLog struct {
	Limits [Kinds]struct {
		From atomic.Int64 // amount from which commands are logged, negative: none are
		Most atomic.Int64 // entries
	}
	mu   sim.Mutex
	next [Kinds]int64
	logs [Kinds][]Entry
}

// From is the amount from which commands are logged, negative: none are.
func (l *CommandLog) From(k Kind) int64 {
	if l.Limits[k].Most.Load() <= 0 {
		return -1
	}
	return l.Limits[k].From.Load()
}

// Takes reports whether an amount is to be logged.
func (l *CommandLog) Takes(k Kind, amount int64) bool {
	from := l.From(k)
	return from >= 0 && amount >= from
}

// Add logs an entry, whose Args are shortened and copied.
func (l *CommandLog) Add(k Kind, e Entry) {
	e.Args = shorten(e.Args)
	l.mu.Lock()
	defer l.mu.Unlock()
	e.ID = l.next[k]
	l.next[k]++
	log := append(l.logs[k], Entry{})
	copy(log[1:], log)
	log[0] = e
	if most := int(l.Limits[k].Most.Load()); len(log) > most {
		clear(log[most:])
		log = log[:most]
	}
	l.logs[k] = log
}

const (
	maxArgs  = 32  // the last one tells how many more there were
	maxBytes = 128 // of one argument
)

func shorten(args [][]byte) [][]byte {
	n := min(len(args), maxArgs)
	out := make([][]byte, n)
	for i := range out {
		switch arg := args[i]; {
		case i == maxArgs-1 && len(args) > maxArgs:
			out[i] = fmt.Appendf(nil, "... (%d more arguments)", len(args)-maxArgs+1)
		case len(arg) > maxBytes:
			out[i] = fmt.Appendf(append([]byte(nil), arg[:maxBytes]...), "... (%d more bytes)", len(arg)-maxBytes)
		default:
			out[i] = append([]byte(nil), arg...)
		}
	}
	return out
}

// Len is the number of entries.
func (l *CommandLog) Len(k Kind) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.logs[k])
}

// Newest are up to n entries, newest first; n < 0: all.
func (l *CommandLog) Newest(k Kind, n int) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	log := l.logs[k]
	if n >= 0 && n < len(log) {
		log = log[:n]
	}
	return append([]Entry(nil), log...)
}

// Reset empties one log; numbers go on.
func (l *CommandLog) Reset(k Kind) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.logs[k] = nil
}
