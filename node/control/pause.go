package control

import (
	"time"

	"sigrun/internal/num"
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/protocol/slotmap"
	"sigrun/reactor/gate"
	"sigrun/reactor/session"
)

// pause is CLIENT PAUSE: what is held back, and until when.
type pause struct {
	mu    sim.Mutex
	until int64 // unix ms, 0: no pause
	timer *time.Timer
	slots int // that are paused
}

// clientPause implements CLIENT PAUSE milliseconds [WRITE|ALL].
func clientPause(c *Ctx) error {
	what := gate.PauseAll
	switch {
	case len(c.Args) != 4 || is(c.Args[3], "ALL"): // where words stand behind the mode, none of them is looked at
	case is(c.Args[3], "WRITE"):
		what = gate.PauseWrites
	default:
		return resp.Errorf("ERR CLIENT PAUSE mode must be WRITE or ALL")
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
	k.Settings.ExpirePaused.Store(true)
	k.Gate.Set(what) // beside what another pause holds back: the stricter one counts
	k.wind()
	p.mu.Unlock()
	k.Reactor.Each(func(*session.Loop) {}) // every loop has ended the turn in which it saw the gate open
	held := func(r session.Runner, cmd *call.Command) bool { return what == gate.PauseAll || r.MayWrite(cmd) }
	k.Session.Away().Before(func(then func()) { k.quiesce(held, then) })
}

// PauseSlots has what would change some slots wait, and calls then when nothing is under way any more that does: what they hold may go
// elsewhere as it is. Time removes nothing meanwhile, wherever. The caller need not wait for it, and resumes them.
func (k *Control) PauseSlots(slots []uint16, then func()) {
	p := &k.pause
	p.mu.Lock()
	p.slots += len(slots)
	k.Settings.ExpirePaused.Store(true)
	k.Gate.Set(gate.PauseSlots)
	p.mu.Unlock()
	k.laySlots(slots, true, func() {
		k.Reactor.Each(func(*session.Loop) {}) // every loop has ended the turn in which it saw them open
		k.quiesce(func(r session.Runner, cmd *call.Command) bool { return r.MayWrite(cmd) && r.SlotPaused(cmd) }, then)
	})
}

// ResumeSlots goes on with slots that were paused, whosever they are now.
func (k *Control) ResumeSlots(slots []uint16) {
	k.laySlots(slots, false, func() {
		p := &k.pause
		p.mu.Lock()
		if p.slots -= len(slots); p.slots == 0 {
			k.Gate.Clear(gate.PauseSlots)
			k.Settings.ExpirePaused.Store(p.until != 0)
		}
		p.mu.Unlock()
		k.goOn()
	})
}

// laySlots pauses slots or ends that, under the tokens of all shards, since each may be in any; then is called under them, too.
func (k *Control) laySlots(slots []uint16, paused bool, then func()) {
	k.Tokens.Submit(&call.Call{Loop: -1, Set: *k.Engine.All(), Work: func() {
		for _, n := range slots {
			k.Engine.Slots.Lay(n, slotmap.Paused, paused)
		}
		then()
	}})
}

// quiesce calls then when no command is under way that a pause would hold back. It takes every
// token, behind all that queued before: what still waits then waits for its turn behind
// tokens that were taken one by one, and is ahead of the next try.
func (k *Control) quiesce(held func(r session.Runner, cmd *call.Command) bool, then func()) {
	k.quiesceAt(held, then, 0)
}

// quiesceAt is a try of quiesce. Who has gone apart (exec.Step.Apart) is under way and holds nothing: the tokens alone do not have to be waited for then,
// so after a few tries they come by the clock.
func (k *Control) quiesceAt(held func(r session.Runner, cmd *call.Command) bool, then func(), try int) {
	const atOnce = 8
	again := func() { k.quiesceAt(held, then, try+1) }
	k.Tokens.Submit(&call.Call{Loop: -1, Set: *k.Engine.All(), Work: func() {
		switch {
		case !k.underway(held):
			then()
		case try < atOnce:
			again()
		default:
			sim.AfterFunc(time.Millisecond, again)
		}
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
	case state&gate.PauseSlots != 0:
		return pauseState{"slot_migration_in_progress", "write", 0}
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

// underway reports whether a call is on its way with a command that a pause would hold back.
func (k *Control) underway(held func(r session.Runner, cmd *call.Command) bool) bool {
	found := make([]bool, len(k.Reactor.Loops()))
	k.Reactor.Each(func(l *session.Loop) {
		l.Each(func(s *session.Session) {
			s.UnderWay(func(c *call.Call) {
				if c.Spec.Place == command.OnControl {
					return
				}
				if st := c.State(); (st == call.Pending || st == call.Running) && concerns(c, l.Run, held) {
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

// concerns reports whether a pause would hold back a call, or a command of its transaction.
func concerns(c *call.Call, r session.Runner, held func(r session.Runner, cmd *call.Command) bool) bool {
	for i := range c.Tx {
		if held(r, &c.Tx[i]) {
			return true
		}
	}
	return held(r, &c.Command)
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
	k.Settings.ExpirePaused.Store(p.slots != 0)
	p.mu.Unlock()
	k.goOn()
}

// goOn has every loop look again at what was held back.
func (k *Control) goOn() {
	for _, l := range k.Reactor.Loops() {
		l.Post(l.Unpaused)
	}
}
