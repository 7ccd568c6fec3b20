package script

import (
	"context"
	"errors"
	"log/slog"

	"sigrun/internal/lua"
	"sigrun/internal/num"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// evaluate implements EVAL script numkeys [key ...] [arg ...], EVALSHA, and the forms of
// both that may not write.
func (b *Book) evaluate(c *exec.Ctx, bySum, readOnly bool) error {
	const sumLength = 40
	if bySum && len(c.Args[1]) != sumLength { // before anything else is looked at
		return resp.ErrNoScript
	}
	keys, argv, err := arguments(c.Args)
	if err != nil {
		return err
	}
	var s *Script
	if bySum {
		if s = b.find(c.Args[1]); s == nil {
			return resp.ErrNoScript
		}
	} else if s, err = b.compiled(c.Args[1]); err != nil {
		return err
	}
	if readOnly && s.flags.declared && !s.flags.noWrites {
		return resp.ErrScriptReadOnly
	}
	if s.flags.alone && c.InCluster() {
		return resp.ErrScriptNoCluster
	}
	if s.flags.grows() && c.OutOfMemory() {
		return resp.ErrScriptOOM
	}
	if readOnly = readOnly || s.flags.noWrites; !readOnly {
		if again := c.TakeAlong(); again != nil {
			return again
		}
	}
	return b.run(c, s, readOnly, keys, argv)
}

// arguments splits what follows the script into keys and other arguments.
func arguments(args [][]byte) (keys, argv [][]byte, err error) {
	n, ok := num.ParseInt(args[2])
	switch {
	case !ok:
		return nil, nil, resp.ErrNotInteger
	case n > int64(len(args)-3):
		return nil, nil, resp.ErrManyScriptKeys
	case n < 0:
		return nil, nil, resp.ErrNegativeKeys
	}
	return args[3 : 3+n], args[3+n:], nil
}

// bench is where a goroutine runs scripts: its interpreter, and what the script under way sees of the server and answers by.
type bench struct {
	state  *lua.State
	abort  func()
	host   host
	answer answer
}

func (b *Book) run(c *exec.Ctx, s *Script, readOnly bool, keys, argv [][]byte) error {
	w, ok := c.Local.(*bench)
	if !ok {
		w = &bench{state: lua.NewState(b.Identity)}
		w.abort = w.state.Abort
		c.Local = w
	}
	w.state.Ready()
	out := c.Out
	r := c.BeginScript(readOnly, w.abort)
	r.MayGrow, r.MayCross = s.flags.allowOOM, s.flags.crosses || !s.flags.declared
	w.host, w.answer = host{c: c, run: r, log: b.Log}, answer{out, r}
	mark := out.Mark()
	err := w.state.Run(s.program, &w.host, keys, argv, &w.answer)
	w.host, w.answer = host{}, answer{}
	if again := r.End(); again != nil {
		out.Rewind(mark)
		s.wantsAll.Store(true)
		return again
	}
	if err != nil {
		out.Rewind(mark)
		text, known := describe(err)
		answer{out, r}.Failure(text, known)
	}
	return nil
}

// describe is what the client is told of a script that failed; known: a command of the script said so.
func describe(err error) (text string, known bool) {
	var e *lua.Error
	if !errors.As(err, &e) {
		return "ERR " + err.Error(), false
	}
	text = e.Text
	if e.Stopped {
		text = "ERR Script killed by user with SCRIPT KILL."
	}
	if e.Line > 0 {
		text += " script: on " + e.Source + ":" + string(num.AppendInt(nil, int64(e.Line))) + "."
	}
	return text, e.Known
}

// answer takes what a script returns (lua.Reply).
type answer struct {
	*resp.Writer
	run *exec.ScriptRun
}

func (a answer) Failure(text string, known bool) {
	a.ErrorText(text)
	a.run.Erred(text, known)
}

// host is the server as the script sees it (lua.Host).
type host struct {
	c   *exec.Ctx
	run *exec.ScriptRun
	log *slog.Logger
}

func (h *host) Call(args [][]byte) ([]byte, error) { return h.run.Call(args) }
func (h *host) SetResp(version int)                { h.run.SetResp(version) }

// Allowed asks what the script's user may do.
func (h *host) Allowed(args [][]byte) (allowed, known bool) {
	spec := h.c.Named(args)
	if spec == nil {
		return false, false
	}
	return h.c.Permits(&call.Command{Spec: spec, Args: args}), true
}

var levels = [...]slog.Level{slog.LevelDebug, slog.LevelDebug, slog.LevelInfo, slog.LevelWarn}

func (h *host) Log(level int, text string) {
	if log := h.log; log != nil {
		h.run.Say(func() { log.Log(context.Background(), levels[level], text) })
	}
}
