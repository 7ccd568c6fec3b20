package exec

import (
	"fmt"
	"time"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// ScriptBook is what is known about scripts from earlier runs.
type ScriptBook interface {
	// WantsAll reports whether the script that a call names touches keys
	// which it does not declare, so that it had better start with all tokens.
	WantsAll(cmd *call.Command) bool
	// NoWrites reports whether that script declares that it writes nothing.
	NoWrites(cmd *call.Command) bool
	// Grows reports whether it declares what it does, and neither that it writes nothing nor that it may run without memory.
	Grows(cmd *call.Command) bool
}

// scripts are those that run at the moment.
type scripts struct {
	e      *Engine
	mu     sim.Mutex
	list   []*ScriptRun
	slow   int // of them, how many are over busy-reply-threshold
	closed bool
}

func (s *scripts) begin(r *ScriptRun) {
	st := &s.e.Stats
	now := st.ScriptsRunning.Add(1)
	for most := st.ScriptsAtOnce.Load(); now > most && !st.ScriptsAtOnce.CompareAndSwap(most, now); {
		most = st.ScriptsAtOnce.Load()
	}
	threshold := time.Duration(s.e.Settings.BusyThreshold.Load()) * time.Millisecond
	s.mu.Lock()
	defer s.mu.Unlock()
	r.running, r.since = true, time.Now()
	r.slow.Store(false)
	s.list = append(s.list, r)
	if s.closed {
		r.stop()
	}
	switch {
	case threshold <= 0:
	case r.timer == nil:
		r.timer = sim.AfterFunc(threshold, func() { s.overdue(r) })
	default:
		r.timer.Reset(threshold)
	}
}

// overdue makes the node busy: a script runs longer than it should.
func (s *scripts) overdue(r *ScriptRun) {
	threshold := time.Duration(s.e.Settings.BusyThreshold.Load()) * time.Millisecond
	if s.slows(r, threshold) {
		s.e.Warn(fmt.Sprintf("Slow script detected: still in execution after %d milliseconds. SCRIPT KILL ends it, unless it has written.", threshold.Milliseconds()))
	}
}

// slows reports whether a script is over its time since now.
func (s *scripts) slows(r *ScriptRun, threshold time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !r.running || r.slow.Load() || time.Since(r.since) < threshold { // the timer of an earlier run
		return false
	}
	r.slow.Store(true)
	if s.slow++; s.slow == 1 && s.e.Busy != nil {
		s.e.Busy(true)
	}
	return true
}

// end is told that a script is over, and reports whether it was killed in the middle of what it wrote.
func (s *scripts) end(r *ScriptRun) (halved bool) {
	s.e.Stats.ScriptsRunning.Add(-1)
	s.mu.Lock()
	defer s.mu.Unlock()
	r.running = false
	if r.timer != nil {
		r.timer.Stop()
	}
	for i, other := range s.list {
		if other == r {
			last := len(s.list) - 1
			s.list[i], s.list[last] = s.list[last], nil
			s.list = s.list[:last]
			break
		}
	}
	if r.slow.Load() {
		if s.slow--; s.slow == 0 && s.e.Busy != nil {
			s.e.Busy(false)
		}
	}
	return r.halved
}

// KillScripts ends the scripts that have made the node busy, unless they have written.
func (e *Engine) KillScripts() error {
	s := &e.scripts
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slow == 0 {
		return resp.ErrNotBusy
	}
	var err error = resp.ErrUnkillable
	for _, r := range s.list {
		if r.slow.Load() && r.stop() {
			err = nil
		}
	}
	return err
}

// EndScripts ends the scripts that have not written: the node is about to go down. It tells
// how many have, and go on: what they have done so far must not be saved.
func (e *Engine) EndScripts() (writers int) {
	s := &e.scripts
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.list {
		if !r.stop() {
			writers++
		}
	}
	return writers
}

// CloseScripts ends all scripts, whatever they have done, and those to come: the node
// goes down. What was half done is in no file.
func (e *Engine) CloseScripts() {
	s := &e.scripts
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, r := range s.list {
		if !r.stop() {
			r.halved = true
			r.kill()
		}
	}
}

// isScript reports whether a command runs a script.
func isScript(spec *command.Spec) bool {
	return spec.ACL&command.CatScripting != 0 && len(spec.Keys) > 0
}

// MayWrite reports whether cmd may change keys or reach replicas, for a script by what its first line declares.
func (c *Router) MayWrite(cmd *call.Command) bool {
	if cmd.Spec.Flags&(command.Write|command.MayReplicate) == 0 {
		return false
	}
	return !isScript(cmd.Spec) || c.e.Scripts == nil || !c.e.Scripts.NoWrites(cmd)
}

// wantsAll reports whether cmd is a script that is known to need every token, or has keys
// that only values name.
func (e *Engine) wantsAll(cmd *call.Command) bool {
	if indirect := cmd.Spec.Indirect; indirect != nil {
		return indirect(cmd.Args)
	}
	return isScript(cmd.Spec) && e.Scripts != nil && len(cmd.Args) > 1 && e.Scripts.WantsAll(cmd)
}

// Grows reports whether cmd is a script that may take more memory, by what its first line declares. One that declares nothing is asked
// command by command.
func (c *Router) Grows(cmd *call.Command) bool {
	return isScript(cmd.Spec) && c.e.Scripts != nil && c.e.Scripts.Grows(cmd)
}
