package control

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"sigrun/internal/num"
	"sigrun/internal/sim"
	"sigrun/reactor/session"
)

// debugSleep implements DEBUG SLEEP seconds: nothing at all happens for that time. All
// tokens, which are held, stop executors, workers and upkeep; then every loop stops at a barrier.
func debugSleep(c *Ctx) error {
	seconds, _ := num.ParseDouble(c.Args[2]) // as atof reads it: 0 when it is no number
	c.stopLoops(time.Duration(seconds * float64(time.Second)))
	c.Out.OK()
	return nil
}

// debugLog implements DEBUG LOG message.
func debugLog(c *Ctx) error {
	c.Log.Warn("DEBUG LOG: " + string(c.Args[2]))
	c.Out.OK()
	return nil
}

// debugReplyList implements DEBUG CLIENT-ENFORCE-REPLY-LIST 0|1: a reply counts as much as one
// that Valkey keeps in a block of its own.
func debugReplyList(c *Ctx) error {
	var least int64
	if on, _ := num.ParseInt(c.Args[2]); on != 0 {
		least = replyBlock
	}
	c.Limits.Out.LeastReply.Store(least)
	c.Out.OK()
	return nil
}

const replyBlock = 16 << 10

// crash makes DEBUG SEGFAULT and its like: the process ends as it would of that signal.
func crash(signal unix.Signal, name string) Handler {
	return func(c *Ctx) error {
		c.Log.Error("DEBUG " + name + " called")
		_ = unix.Kill(os.Getpid(), signal)
		select {}
	}
}

// stopLoops stops every loop, and all of them for d. It does not wait for them to go on: the tokens are to be
// free before they do. A node that ends does not wait for it, and loops that have ended do not arrive.
func (k *Control) stopLoops(d time.Duration) {
	loops, release := k.Reactor.Loops(), make(chan struct{})
	arrived := make(chan struct{}, len(loops))
	for _, l := range loops {
		l.Post(func() {
			arrived <- struct{}{}
			k.standStill(l, release)
		})
	}
	defer close(release)
	for range loops {
		if sim.Either("waits for a loop", arrived, k.leaving) == 1 {
			return
		}
	}
	sim.Either("sleeps", time.After(d), k.leaving)
}

// standStill keeps a loop until release. A loop that is still publishing may wait for
// room in this one's rings.
func (k *Control) standStill(l *session.Loop, release chan struct{}) {
	for {
		if sim.Either("stands still", release, time.After(time.Millisecond)) == 0 {
			return
		}
		l.Local.PutAside()
	}
}
