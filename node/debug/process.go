package debug

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"sigrun/internal/num"
	"sigrun/internal/sim"
	"sigrun/node/control"
	"sigrun/node/persist"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
	"sigrun/reactor/session"
	"sigrun/shards/exec"
)

// sleep implements DEBUG SLEEP seconds: nothing at all happens for that time. All
// tokens, which are held, stop executors, workers and upkeep; then every loop stops at a barrier.
func sleep(c *control.Ctx) error {
	seconds, _ := num.ParseDouble(c.Args[2]) // as atof reads it: 0 when it is no number
	stopLoops(c, time.Duration(seconds*float64(time.Second)))
	c.Out.OK()
	return nil
}

// log implements DEBUG LOG message.
func log(c *control.Ctx) error {
	c.Log.Warn("DEBUG LOG: " + string(c.Args[2]))
	c.Out.OK()
	return nil
}

// segfault implements DEBUG SEGFAULT: the process ends as by a bad access to memory.
func segfault(c *control.Ctx) error {
	return c.Crash(&call.Fault{Signal: int(unix.SIGSEGV)})
}

// panics implements DEBUG PANIC: the process ends as by a fault of the program.
func panics(c *control.Ctx) error {
	return c.Crash(&call.Fault{Value: fmt.Sprintf("DEBUG PANIC called at Unix time %d", c.Clock.Millis()/1000)})
}

// fails implements DEBUG ASSERT: the process ends as by a condition that is not fulfilled.
func fails(c *control.Ctx) error { return c.Crash(&call.Fault{Assert: "1 == 2"}) }

// stopLoops stops every loop, and all of them for d. It does not wait for them to go on: the tokens are to be
// free before they do. A node that ends does not wait for it, and loops that have ended do not arrive.
func stopLoops(c *control.Ctx, d time.Duration) {
	loops, release := c.Reactor.Loops(), make(chan struct{})
	arrived := make(chan struct{}, len(loops))
	for _, l := range loops {
		l.Post(func() {
			arrived <- struct{}{}
			standStill(l, release)
		})
	}
	defer close(release)
	for range loops {
		if sim.Either("waits for a loop", arrived, c.Leaving()) == 1 {
			return
		}
	}
	sim.Either("sleeps", time.After(d), c.Leaving())
}

// standStill keeps a loop until release. A loop that is still publishing may wait for
// room in this one's rings.
func standStill(l *session.Loop, release chan struct{}) {
	for {
		if sim.Either("stands still", release, time.After(time.Millisecond)) == 0 {
			return
		}
		l.Local.Spill()
	}
}

// reload implements DEBUG RELOAD [MERGE] [NOFLUSH] [NOSAVE].
func reload(c *control.Ctx) error {
	var o persist.Reload
	for _, a := range c.Args[2:] {
		switch {
		case exec.Is(a, "MERGE"):
			o.Merge = true
		case exec.Is(a, "NOFLUSH"):
			o.NoFlush = true
		case exec.Is(a, "NOSAVE"):
			o.NoSave = true
		default:
			return errReloadOption
		}
	}
	if err := c.Persist.Reload(o); err != nil {
		return errReload
	}
	c.Out.OK()
	return nil
}

var (
	errReloadOption = errors.New("DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
	errReload       = errors.New("Error trying to load the RDB dump, check server logs.")
)

// loadLog implements DEBUG LOADAOF.
func loadLog(c *control.Ctx) error {
	if err := c.Appends.Reload(); err != nil {
		return errLoadLog
	}
	c.Out.OK()
	return nil
}

var errLoadLog = errors.New("Error trying to load the AOF files, check server logs.")

// flushSleep implements DEBUG AOF-FLUSH-SLEEP microseconds.
func flushSleep(c *control.Ctx) error {
	us, ok := num.ParseInt(c.Args[2])
	if !ok {
		return resp.ErrNotInteger
	}
	c.Appends.SleepBeforeWrites(time.Duration(us) * time.Microsecond)
	c.Out.OK()
	return nil
}

// rewriteAll implements DEBUG CONFIG-REWRITE-FORCE-ALL: CONFIG REWRITE with every parameter.
func rewriteAll(c *control.Ctx) error { return c.Rewrite(true) }

// pauseCron implements DEBUG PAUSE-CRON 0|1.
func pauseCron(c *control.Ctx) error {
	c.Cron.Pause(on(c.Args[2]))
	c.Out.OK()
	return nil
}
