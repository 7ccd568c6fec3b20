package control

import (
	"time"

	"sigrun/internal/num"
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/gate"
	"sigrun/reactor/session"
)

// pause is CLIENT PAUSE: what is held back, and until when.
type pause struct {
	mu    sim.Mutex
	until int64 // unix ms, 0: no pause
	timer *time.Timer
}

// clientPause implements CLIENT PAUSE milliseconds [WRITE|ALL].
func clientPause(c *Ctx) error {
	what := gate.PauseAll
	switch {
	case len(c.Args) == 3 || len(c.Args) == 4 && is(c.Args[3], "ALL"):
	case len(c.Args) == 4 && is(c.Args[3], "WRITE"):
		what = gate.PauseWrites
	case len(c.Args) == 4:
		return resp.Errorf("ERR CLIENT PAUSE mode must be WRITE or ALL")
	default:
		return resp.UnknownSubcommandArity("CLIENT", c.Args[1])
	}
	ms, ok := num.ParseInt(c.Args[2])
	switch now := c.Clock.Millis(); {
	case !ok:
		return resp.ErrTimeoutNotInt
	case ms < 0:
		return resp.ErrTimeoutNegative
	case ms > 1<<62-now:
		return resp.ErrTimeoutRange
	default:
		c.pauseUntil(now+ms, what)
	}
	c.Out.OK()
	return nil
}

// pauseUntil holds commands back until a time (unix ms); a pause that lasts longer goes on.
// Its reply leaves when nothing that was admitted earlier is still to be executed.
func (k *Ctx) pauseUntil(until int64, what gate.State) {
	p := &k.pause
	p.mu.Lock()
	p.until = max(p.until, until)
	k.Settings.ExpireHeld.Store(true)
	k.Gate.Set(what) // beside what another pause holds back: the stricter one counts
	k.wind()
	p.mu.Unlock()
	k.Reactor.Each(func(*session.Loop) {}) // every loop has ended the turn in which it saw the gate open
	k.Session.Away().Before(func(then func()) { k.quiesce(what, then) })
}

// quiesce calls then when nothing is under way that a pause would hold back. It takes every
// token, behind all that queued before: what still waits then waits for its turn behind
// tokens that were taken one by one, and is ahead of the next try.
func (k *Control) quiesce(what gate.State, then func()) {
	k.Tokens.Submit(&call.Call{Loop: -1, Set: *k.Engine.All(), Work: func() {
		if k.underway(what) {
			k.quiesce(what, then)
			return
		}
		then()
	}})
}

// pauseState is what INFO tells of a pause.
type pauseState struct {
	reason, actions string
	left            int64 // ms
}

func (k *Control) pauseState() pauseState {
	p := &k.pause
	p.mu.Lock()
	defer p.mu.Unlock()
	state := k.Gate.Load()
	switch {
	case state&gate.PauseAll != 0:
		return pauseState{"client_pause", "all", max(p.until-k.Clock.Millis(), 0)}
	case state&gate.PauseWrites != 0:
		return pauseState{"client_pause", "write", max(p.until-k.Clock.Millis(), 0)}
	}
	return pauseState{"none", "none", 0}
}

// wind sets the timer for the end; pause.mu is held.
func (k *Control) wind() {
	p := &k.pause
	if p.timer != nil {
		p.timer.Stop()
	}
	p.timer = sim.AfterFunc(time.Duration(p.until-k.Clock.Millis())*time.Millisecond, func() { k.unpause(false) })
}

// underway reports whether a call that a pause would hold back is on its way.
func (k *Control) underway(what gate.State) bool {
	found := make([]bool, len(k.Reactor.Loops()))
	k.Reactor.Each(func(l *session.Loop) {
		l.Each(func(s *session.Session) {
			s.UnderWay(func(c *call.Call) {
				if c.Spec.Place == command.OnControl {
					return
				}
				if st := c.State(); (st == call.Pending || st == call.Running) && (what == gate.PauseAll || writes(l.Run, c)) {
					found[l.ID] = true
				}
			})
		})
	})
	for _, f := range found {
		if f {
			return true
		}
	}
	return false
}

// writes reports whether a call, or a command of its transaction, may write.
func writes(r session.Runner, c *call.Call) bool {
	for i := range c.Tx {
		if r.MayWrite(&c.Tx[i]) {
			return true
		}
	}
	return r.MayWrite(&c.Command)
}

// clientUnpause implements CLIENT UNPAUSE.
func clientUnpause(c *Ctx) error {
	c.unpause(true)
	c.Out.OK()
	return nil
}

// unpause ends a pause, now or when its time is over.
func (k *Control) unpause(now bool) {
	p := &k.pause
	p.mu.Lock()
	if !now && k.Clock.Millis() < p.until {
		k.wind()
		p.mu.Unlock()
		return
	}
	p.until = 0
	if p.timer != nil {
		p.timer.Stop()
	}
	k.Gate.Clear(gate.PauseAll | gate.PauseWrites)
	k.Settings.ExpireHeld.Store(false)
	p.mu.Unlock()
	for _, l := range k.Reactor.Loops() {
		l.Post(l.Unpaused)
	}
}
