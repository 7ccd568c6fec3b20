package control

import (
	"errors"
	"sync/atomic"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
	"sigrun/reactor/gate"
	"sigrun/reactor/session"
)

// shutdown implements SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] [SAFE] [FAILOVER] [ABORT]. There are no replicas to wait
// for and no slots to lose, so that NOW and SAFE change nothing.
func shutdown(c *Ctx) error {
	var abort bool
	var how int64 // bits of shutdown-on-sigterm
	for _, a := range c.Args[1:] {
		switch {
		case is(a, "ABORT"):
			abort = true
		case is(a, "SAVE"):
			how |= config.ShutdownSave
		case is(a, "NOSAVE"):
			how |= config.ShutdownNoSave
		case is(a, "NOW"):
			how |= config.ShutdownNow
		case is(a, "FORCE"):
			how |= config.ShutdownForce
		case is(a, "SAFE"):
			how |= config.ShutdownSafe
		case is(a, "FAILOVER"):
			how |= config.ShutdownFailover
		default:
			return resp.ErrSyntax
		}
	}
	switch both := config.ShutdownSave | config.ShutdownNoSave; {
	case abort && how != 0, how&both == both:
		return resp.ErrSyntax
	case how&config.ShutdownFailover != 0:
		return errNoFailover
	case abort:
		if !c.Cron.abort() {
			return errNoShutdown
		}
		c.Log.Info("Shutdown manually aborted.")
		c.Out.OK()
		return nil
	case how&config.ShutdownNoSave == 0 && c.Gate.Load()&gate.Busy != 0:
		return resp.ErrBusyScript
	}
	c.Log.Warn("User requested shutdown...")
	asked := c.Session.Away()
	asked.Before(func(then func()) { sim.Go("shutdown", func() { c.shutDown(how, asked, then) }) })
	return nil
}

// shutDown ends the node: the answer is that the connection closes, or an error.
func (k *Control) shutDown(how int64, asked *call.Call, then func()) {
	if k.Prepare(how) {
		k.Shutdown()
		return
	}
	asked.Out.Error(resp.Errorf("ERR %s", errShutdown))
	then()
}

var (
	errNoShutdown = errors.New("No shutdown in progress.")
	errNoFailover = errors.New("SHUTDOWN FAILOVER is only supported in cluster mode.")
	errShutdown   = errors.New("Errors trying to SHUTDOWN. Check logs.")
)

// Cron is what DEBUG PAUSE-CRON holds up: a shutdown that a signal asked for, which a client may call off meanwhile.
type Cron struct {
	paused, pending atomic.Bool
}

// Wait returns when a shutdown may begin; false: it was called off.
func (c *Cron) Wait() bool {
	c.pending.Store(true)
	for c.paused.Load() && c.pending.Load() {
		sim.Sleep(time.Millisecond)
	}
	return c.pending.Swap(false)
}

func (c *Cron) abort() bool { return c.pending.Swap(false) }

// Pause holds up, or no longer, a shutdown that a signal asks for.
func (c *Cron) Pause(on bool) { c.paused.Store(on) }

// Prepare saves what has to be saved before the node ends; how are bits of shutdown-on-sigterm. False: it could not be, and the
// node goes on. After true nobody is served any more, since what he changed would be lost.
func (k *Control) Prepare(how int64) bool {
	k.ending.Lock()
	defer k.ending.Unlock()
	p := k.Persist
	if _, running := p.Running(); running {
		k.Log.Warn("There is a BGSAVE under way. Ending it!")
		p.Cancel()
	}
	if k.Appends.Beginning() {
		if how&config.ShutdownForce == 0 {
			k.Log.Warn("Writing initial AOF, can't exit.")
			return false
		}
		k.Log.Warn("Writing initial AOF. Exit anyway.")
	}
	wanted := len(k.Config.Value("save").Words()) > 0 && how&config.ShutdownNoSave == 0 || how&config.ShutdownSave != 0
	if !wanted || p.Loads().Loading.Load() {
		if k.Appends.On() && k.Gate.Load()&gate.Busy == 0 { // of a script that is ended in the middle nothing would be in the file
			k.stand()
		}
		return true
	}
	k.Log.Info("Saving the final RDB snapshot before exiting.")
	writers := k.stand()
	if writers > 0 {
		k.Log.Warn("A script that has already written does not end, and half of it is not to be saved. SHUTDOWN NOSAVE ends the server all the same.")
	} else if k.saveLast() {
		return true
	}
	if how&config.ShutdownForce != 0 {
		k.Log.Warn("Error trying to save the DB. Exit anyway.")
		return true
	}
	k.Log.Warn("Error trying to save the DB, can't exit.")
	k.unpause(true)
	return false
}

// saveLast saves with all tokens, on the executor that gets them. Who ends the node waits for it, on a goroutine of its own.
func (k *Control) saveLast() bool {
	saved := make(chan bool, 1)
	k.Tokens.Submit(&call.Call{Loop: -1, Set: *k.Engine.All(), Work: func() { saved <- k.Persist.SaveLast() == nil }})
	ok, _ := sim.Receive("waits for the last save", saved) // not on control
	return ok
}

// standFor bounds how long a shutdown waits for commands that are under way.
const standFor = 3 * time.Second

// stand has clients wait, so that nothing happens behind the last save, and ends the scripts
// that may be ended. What is left are scripts that have written.
func (k *Control) stand() (writers int) {
	k.Gate.Set(gate.PauseAll)
	k.Reactor.Each(func(*session.Loop) {})
	for end := time.Now().Add(standFor); ; sim.Sleep(200 * time.Microsecond) {
		writers = k.Engine.EndScripts()
		if !k.underway(func(session.Runner, *call.Command) bool { return true }) || time.Now().After(end) {
			return writers
		}
	}
}
