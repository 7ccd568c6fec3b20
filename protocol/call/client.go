package call

import (
	"sync/atomic"

	"sigrun/protocol/acl"
)

// Client is what whoever executes a command may know of the connection that sent
// it. The session's loop owns it; while a call is away the session stands still, so
// the holder of its tokens reads and writes it alone.
type Client struct {
	// What every command looks at lies on one cache line.
	ID       uint64
	DB       int    // selected database
	Commands uint64 // that were executed, those of scripts included
	Proto    uint8  // 2 or 3
	NoBlock  bool   // inside MULTI or a script: blocking commands answer as if time was up
	NoTouch  bool   // CLIENT NO-TOUCH: its commands do not count as accesses, but for TOUCH
	Imports  bool   // CLIENT IMPORT-SOURCE: in import mode nothing has expired for it
	Scripted bool   // inside a script
	Replays  bool   // it stands for the append-only file that is loaded
	Marks    Marks  // why somebody else notices what its command does
	NoLoop   bool   // CLIENT TRACKING NOLOOP: it is not told of what it changes itself
	TLS      bool   // it came by TLS
	Place    int    // among those who track, if it does

	Name   string // CLIENT SETNAME
	Addr   string // peer, "ip:port"
	Source string // the same as MONITOR shows it

	Account *acl.Account // who it is; nil, in tests: somebody who may do everything
	Denied  []acl.Entry  // of commands that were refused as they ran, until its loop brings them to the log

	Seq      uint64    // the newest commit that it may have seen; 0: none
	Watching *Watching // nil: nothing
}

// Origin is who brings about what the client does; importing: the node is in import mode.
func (c *Client) Origin(importing bool) Origin {
	switch {
	case c.Replays:
		return ByAOF
	case c.Imports && importing:
		return ByImportSource
	}
	return ByClient
}

// Marks say who notices what a client's command does. They are zero in normal times.
type Marks uint8

const (
	Shown  Marks = 1 << iota // somebody read MONITOR when it was admitted
	Tracks                   // the client is to hear when the keys that it reads are changed (CLIENT TRACKING)
)

// Mark sets or clears one.
func (c *Client) Mark(m Marks, on bool) {
	if c.Marks &^= m; on {
		c.Marks |= m
	}
}

// Watching is what a client watches for its next EXEC. It is a thing of its own, so that a
// client can put it down at once and go on: it is removed from the shards by whoever gets their
// tokens, and what the client watches next has nothing to do with it.
type Watching struct {
	Keys  []WatchedKey // each is also registered at its shard
	Bytes int          // that they take, here and there
	Dirty atomic.Bool  // one of them changed; set by shards
}

// Watched are the keys that the client watches.
func (c *Client) Watched() []WatchedKey {
	if c.Watching == nil {
		return nil
	}
	return c.Watching.Keys
}

// WatchChanged reports whether one of them was changed.
func (c *Client) WatchChanged() bool { return c.Watching != nil && c.Watching.Dirty.Load() }

// WatchedKey is a key under WATCH.
type WatchedKey struct {
	DB   int
	Name string
}
