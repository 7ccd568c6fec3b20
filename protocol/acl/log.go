package acl

import (
	"container/list"
	"strings"
	"sync/atomic"

	"sigrun/internal/account"
	"sigrun/internal/sim"
	"sigrun/protocol/command"
)

// Context is where a command stood that was refused.
type Context uint8

const (
	TopLevel Context = iota
	InLua
	InMulti
)

// String is the context as ACL LOG shows it.
func (c Context) String() string {
	return [...]string{"toplevel", "lua", "multi"}[c]
}

// Entry is what was refused, one or several times within a minute.
type Entry struct {
	Count            uint64
	Reason           Reason
	Context          Context
	Object           string // the command, key, channel or database
	User             string
	Client           string // who sent it last, as CLIENT LIST shows it
	ID               int64
	Created, Updated int64 // unix ms
}

// longestObject and longestClient bound what is kept of a name and of a client's line, in which its names stand.
const (
	longestObject = 1024
	longestClient = 4096
)

// NewEntry is one for a command of a user that was refused at now, unix ms.
func NewEntry(u *User, d Denial, cmd *command.Spec, args [][]byte, in Context, now int64) Entry {
	object := cmd.Shown().FullName()
	if d.Reason != Command && (d.Reason != Database || d.At > 0) && d.At < len(args) {
		object = clipped(args[d.At])
	}
	return Entry{Count: 1, Reason: d.Reason, Context: in, Object: object, User: u.Name, Created: now, Updated: now}
}

// NewLogin is one for somebody who did not get in as a user; object is the command by which he tried.
func NewLogin(user, object []byte, r Reason, in Context, now int64) Entry {
	return Entry{Count: 1, Reason: r, Context: in, Object: clipped(object), User: clipped(user), Created: now, Updated: now}
}

func clipped(b []byte) string { return string(b[:min(len(b), longestObject)]) }

// clip cuts what others own, and lets go of the rest.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.Clone(s[:most])
}

// together is how long, in ms, entries that are alike are one.
const together = 60_000

func (e *Entry) like(o *Entry) bool {
	apart := e.Updated - o.Updated
	return e.Reason == o.Reason && e.Context == o.Context && apart <= together && apart >= -together && e.Object == o.Object && e.User == o.User
}

// mostCollected bounds what is remembered of one call's refusals before they come to the log.
const mostCollected = 128

// Collect adds an entry to those of a call, which its loop brings to the log; the oldest ones give way.
func Collect(all []Entry, e Entry) []Entry {
	for i := range all {
		if all[i].like(&e) {
			all[i].Count += e.Count
			all[i].Updated = e.Updated
			return all
		}
	}
	if len(all) >= mostCollected {
		all = append(all[:0], all[1:]...)
	}
	return append(all, e)
}

// Log is what was refused, the newest first. Anybody may use it.
type Log struct {
	Most   func() int64 // acllog-max-len
	counts [Reasons]atomic.Uint64

	mu      sim.Mutex
	entries list.List // of *Entry
	made    int64
	memory  account.Figure
}

// Tally counts a refusal for INFO.
func (l *Log) Tally(r Reason) { l.counts[r].Add(1) }

// Total is how many refusals of a kind there were.
func (l *Log) Total(r Reason) uint64 { return l.counts[r].Load() }

// lookedAt is how many entries are looked through for one that is alike.
const lookedAt = 10

// Keeps reports whether anything is kept at all.
func (l *Log) Keeps() bool { return l.Most() > 0 }

// Note puts an entry into the log, which was counted before.
func (l *Log) Note(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	most := l.Most()
	if most > 0 {
		l.add(e)
	}
	l.trim(most)
}

func (l *Log) add(e Entry) {
	e.Object, e.User, e.Client = clip(e.Object, longestObject), clip(e.User, longestObject), clip(e.Client, longestClient)
	n := 0
	for at := l.entries.Front(); at != nil && n < lookedAt; at = at.Next() {
		if old := at.Value.(*Entry); old.like(&e) {
			old.Count += e.Count
			l.memory.Add(int64(len(e.Client) - len(old.Client)))
			old.Updated, old.Client = e.Updated, e.Client
			l.entries.MoveToFront(at)
			return
		}
		n++
	}
	e.ID = l.made
	l.made++
	l.memory.Add(e.bytes())
	l.entries.PushFront(&e)
}

func (l *Log) trim(most int64) {
	for int64(l.entries.Len()) > most {
		l.memory.Add(-l.entries.Remove(l.entries.Back()).(*Entry).bytes())
	}
}

// Bytes is the memory of what is kept. Any goroutine may ask.
func (l *Log) Bytes() int64 { return l.memory.Bytes() }

// Join has an account know of it.
func (l *Log) Join(a *account.Account) { l.memory.Join(a) }

// entryBytes is what an entry takes besides its words, with its place in the list.
const entryBytes = 256

func (e *Entry) bytes() int64 { return entryBytes + int64(len(e.Object)+len(e.User)+len(e.Client)) }

// Newest are the newest entries, up to n.
func (l *Log) Newest(n int64) (all []Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for at := l.entries.Front(); at != nil && int64(len(all)) < n; at = at.Next() {
		all = append(all, *at.Value.(*Entry))
	}
	return all
}

// Clear forgets all entries.
func (l *Log) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries.Init()
	l.memory.Add(-l.memory.Bytes())
}
