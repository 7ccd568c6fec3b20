package session

import (
	"cmp"
	"slices"
	"strings"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/admission"
)

// Tracking is a session's part of client side caching: which keys its client is told of when they are changed, and whom it has told instead.
// What it has read lies in the shards (shards/tracking).
type Tracking struct {
	s *Session
	TrackingOptions
	Prefixes []string // in their order
	bytes    int      // of prefixes
	On       bool
	Caching  bool // CLIENT CACHING was sent: the next command is an exception
	Broken   bool // who was to be told instead is gone
	spent    bool // that command has come
}

// TrackingOptions are those of CLIENT TRACKING.
type TrackingOptions struct {
	Redirect                         uint64 // 0: nobody else
	Broadcast, OptIn, OptOut, NoLoop bool
}

// Begin has the client be told of keys, by its options, and in broadcast of prefixes besides those that it had.
func (t *Tracking) Begin(o TrackingOptions, prefixes []string) {
	s := t.s
	if !t.On {
		t.On = true
		s.Flags |= admission.Tracking
		s.loop.Local.Track(s)
		s.Place = s.loop.Tables.TrackingBegan(s.ID)
	}
	again := o.Broadcast && o.NoLoop != t.NoLoop
	t.TrackingOptions, t.Broken = o, false
	if o.Broadcast {
		if len(prefixes) == 0 {
			prefixes = []string{""}
		}
		fresh := slices.DeleteFunc(slices.Clone(prefixes), t.has)
		slices.SortFunc(fresh, strings.Compare)
		fresh = slices.Compact(fresh)
		for _, p := range fresh {
			t.bytes += prefixBytes + len(p)
		}
		t.Prefixes = append(t.Prefixes, fresh...)
		if slices.SortFunc(t.Prefixes, strings.Compare); again {
			fresh = t.Prefixes
		}
		if len(fresh) > 0 {
			s.loop.Tables.Listen(s.ID, o.NoLoop, fresh)
		}
	}
	t.mark()
}

func (t *Tracking) has(prefix string) bool {
	_, has := slices.BinarySearch(t.Prefixes, prefix)
	return has
}

// End has it be told of nothing any more. What it has read is forgotten when that is changed.
func (t *Tracking) End() {
	if !t.On {
		return
	}
	s := t.s
	if len(t.Prefixes) > 0 {
		s.loop.Tables.Leave(s.ID, t.Prefixes)
	}
	s.loop.Tables.TrackingEnded(s.ID, s.Place)
	s.loop.Local.Untrack(s)
	s.Flags &^= admission.Tracking
	*t = Tracking{s: s}
	if s.closed && (s.pipe.away != nil || s.pipe.reorder != nil) { // whoever runs its call reads the marks
		return
	}
	t.mark()
}

// Except makes the next command an exception: it is tracked by OPTIN, and not by OPTOUT.
func (t *Tracking) Except() {
	t.Caching, t.spent = true, false
	t.mark()
}

// mark has commands be looked at whose keys are to be remembered.
func (t *Tracking) mark() {
	t.s.Mark(call.Tracks, t.On && !t.Broadcast && (!t.OptIn || t.Caching) && !(t.OptOut && t.Caching))
	t.s.NoLoop = t.NoLoop
}

// next is told of a command before it runs.
func (t *Tracking) next() {
	if t.spent {
		t.Caching, t.spent = false, false
		t.mark()
	}
	l := t.s.loop
	for shard := 0; l.Run.TooManyTracked() && shard < l.Dispatcher.Shards(); shard++ {
		if l.Dispatcher.Try(shard) {
			l.Run.TrimTracked(shard)
			l.Dispatcher.Release(shard, l.by)
		}
	}
}

// ran is told of it when it has run, was queued, or is on its way.
func (t *Tracking) ran(cmd *call.Command) {
	t.spent = t.Caching && t.s.Flags&admission.InMulti == 0 && (cmd.Spec == nil || !cmd.Spec.Has(command.Personal))
}

// Invalidate tells the client of keys that were changed, or whoever is to be told instead (pubsub.Subscriber). nil: all are gone.
func (s *Session) Invalidate(keys []byte, broadcast bool) {
	t := &s.Keys
	if !t.On || keys != nil && t.Broadcast != broadcast { // it has changed its mind meanwhile
		return
	}
	if t.Redirect == 0 {
		s.pushInvalidation(keys, false)
		return
	}
	known := s.loop.Known
	to := known.Find(t.Redirect)
	here := to != nil && to.at.Load() == s.loop
	switch {
	case to == nil || here && (to.closed || to.Flags&admission.CloseAfterReply != 0):
		t.Broken = true
		s.pushBroken()
	case here:
		to.pushInvalidation(keys, true)
	default:
		redirect(s.loop, to, keys)
	}
}

// What is on its way to one session from others on other loops may be no more than mostRedirected bytes; each message takes redirectedBytes besides its keys.
const (
	mostRedirected  = 32 << 20
	redirectedBytes = 256
)

// redirect hands a message on to a session on another loop. One for which too much is on its way is closed, as one that does not read.
func redirect(from *Loop, to *Session, keys []byte) {
	k, hub := from.Known, from.Local.Hub()
	n := int64(redirectedBytes + len(keys))
	if to.redirected.Add(n) > mostRedirected {
		to.redirected.Add(-n)
		if !to.overrun.Swap(true) {
			k.on(to, func(there bool) {
				if there {
					to.Overrun()
				}
			})
		}
		return
	}
	hub.Redirected.Add(n)
	k.on(to, func(there bool) {
		to.redirected.Add(-n)
		if hub.Redirected.Add(-n); there {
			to.pushInvalidation(keys, true)
		}
	})
}

// pushInvalidation sends keys in the dialect of the client. In RESP2 only a subscriber that is told for others can be told.
func (s *Session) pushInvalidation(keys []byte, redirected bool) {
	l := s.loop
	w := resp.Writer{Proto: s.Proto, B: l.pushed[:0]}
	switch {
	case s.Proto > 2:
		w.Push(2)
		w.BulkString("invalidate")
	case redirected && s.Flags&admission.Subscribed != 0:
		w.Push(3)
		w.BulkString("message")
		w.BulkString("__redis__:invalidate")
	default:
		return
	}
	if keys == nil {
		w.Null()
	} else {
		w.Raw(keys)
	}
	l.pushed = nil // it is in use
	s.Send(w.B)
	if cap(w.B) <= mostPushed {
		l.pushed = w.B
	}
}

// mostPushed is how large a buffer for such messages is kept.
const mostPushed = 4 << 10

// pushBroken says that whoever was to be told is gone.
func (s *Session) pushBroken() {
	if s.Proto > 2 {
		w := resp.Writer{Proto: s.Proto}
		w.Push(2)
		w.BulkString("tracking-redir-broken")
		w.Int(int64(s.Keys.Redirect))
		s.Send(w.B)
	}
}

// A prefix takes prefixBytes besides its text, in the session's list and in the node's table, and counts whole for each of those who hear of it, as a
// channel does. Clients are shown listedBytes of it, about as much as Valkey tells of.
const (
	prefixBytes = 240
	listedBytes = 24
)

func (t *Tracking) listed() int { return listedBytes * len(t.Prefixes) }

// redirection is what CLIENT LIST shows: who is told, 0 for the client itself, -1 if nobody is.
func (t *Tracking) redirection() int {
	if !t.On {
		return -1
	}
	return int(cmp.Or(t.Redirect, 0))
}

// Redirection is the same for CLIENT GETREDIR.
func (t *Tracking) Redirection() int64 { return int64(t.redirection()) }
