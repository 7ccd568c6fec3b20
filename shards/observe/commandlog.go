package observe

import (
	"container/list"
	"fmt"
	"sync/atomic"

	"sigrun/internal/account"
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
	Memory account.Figure
	mu     sim.Mutex
	next   [Kinds]int64
	logs   [Kinds]list.List // of *Entry, which never change
	bytes  [Kinds]int64     // that those take
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

// Add logs an entry, whose Args are shortened and copied. Others wait for that with their tokens, so it costs the same however long the log is.
func (l *CommandLog) Add(k Kind, e Entry) {
	e.Args = shorten(e.Args)
	l.mu.Lock()
	defer l.mu.Unlock()
	e.ID = l.next[k]
	l.next[k]++
	l.logs[k].PushFront(&e)
	l.takes(k, e.bytes())
	l.trim(k, trimmedAtOnce)
}

// takes counts memory of a log. mu is held.
func (l *CommandLog) takes(k Kind, more int64) {
	l.bytes[k] += more
	l.Memory.Add(more)
}

// trimmedAtOnce is how many entries too many go at once: more than one that comes brings, and few enough for nobody to notice.
const trimmedAtOnce = 16

// trim forgets up to n of the entries that are too many, and reports whether there are more. mu is held.
func (l *CommandLog) trim(k Kind, n int) (more bool) {
	log, most := &l.logs[k], l.Limits[k].Most.Load()
	for ; n > 0 && int64(log.Len()) > most; n-- {
		l.takes(k, -log.Remove(log.Back()).(*Entry).bytes())
	}
	return int64(log.Len()) > most
}

// Keep sets how many entries a log may have. Those that are too many then are gone when it returns; but 0 logs nothing more, and leaves what there is.
func (l *CommandLog) Keep(k Kind, most int64) {
	l.Limits[k].Most.Store(most)
	for more := most > 0; more; {
		l.mu.Lock()
		more = l.trim(k, 64*trimmedAtOnce)
		l.mu.Unlock()
	}
}

// entryBytes is what an entry takes with its place in the log, argBytes what an argument does besides its bytes.
const (
	entryBytes = 176
	argBytes   = 24
)

func (e *Entry) bytes() int64 {
	n := entryBytes + argBytes*len(e.Args) + len(e.Addr) + len(e.Name)
	for _, a := range e.Args {
		n += len(a)
	}
	return int64(n)
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
	return l.logs[k].Len()
}

// Newest are up to n entries, newest first; n < 0: all.
func (l *CommandLog) Newest(k Kind, n int) []*Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	log := &l.logs[k]
	if n < 0 || n > log.Len() {
		n = log.Len()
	}
	all := make([]*Entry, 0, n)
	for at := log.Front(); len(all) < n; at = at.Next() {
		all = append(all, at.Value.(*Entry))
	}
	return all
}

// Reset empties one log; numbers go on.
func (l *CommandLog) Reset(k Kind) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.logs[k].Init()
	l.takes(k, -l.bytes[k])
}
