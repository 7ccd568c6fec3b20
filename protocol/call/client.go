package call

import "sync/atomic"

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
	Shown    bool   // somebody read MONITOR when its command was admitted

	Name   string // CLIENT SETNAME
	Addr   string // peer, "ip:port"
	Source string // the same as MONITOR shows it

	Watched []WatchedKey // keys of WATCH; each is also registered at its shard
	Dirty   atomic.Bool  // a watched key changed; set by shards
}

// WatchedKey is a key under WATCH.
type WatchedKey struct {
	DB   int
	Name string
}
