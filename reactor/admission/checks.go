package admission

import (
	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/gate"
)

// checks are in Valkey's order, which decides which error a client gets when there are several reasons.
var checks = [...]Check{
	{Name: "authentication", Session: Unauthenticated, Decide: authenticated},
	{Name: "form", Decide: wellFormed},
	{Name: "protection", Decide: trusted},
	{Name: "nesting", Session: InMulti, Decide: mayNest},
	{Name: "permissions", Session: Restricted, Decide: permitted},
	{Name: "slots", Decide: placed},
	{Name: "memory", Node: gate.OverMemory | gate.OverProcess, Decide: fits},
	{Name: "disk", Node: gate.DiskError, Decide: diskHolds},
	{Name: "subscribers", Session: Subscribed, Decide: mayListen},
	{Name: "loading", Node: gate.Loading, Decide: loaded},
	{Name: "busy script", Node: gate.Busy, Decide: notBusy},
	{Name: "monitors", Session: Monitor, Decide: mayMonitor},
	{Name: "pause", Node: gate.PauseAll | gate.PauseWrites | gate.PauseSlots | gate.LogBehind, Decide: notPaused},
	{Name: "transaction", Session: InMulti, Decide: notQueued},
}

// refuseIf refuses with err when there is a reason to.
func refuseIf(reason bool, err *resp.Error) (Decision, *resp.Error) {
	if reason {
		return Refuse, err
	}
	return Run, nil
}

func authenticated(f *Facts) (Decision, *resp.Error) {
	return refuseIf(f.Cmd.Spec == nil || !f.Cmd.Spec.Has(command.NoAuth), resp.ErrNoAuth)
}

// wellFormed refuses what is no command, or has a wrong number of arguments. The checks behind it find a row.
func wellFormed(f *Facts) (Decision, *resp.Error) {
	err := malformed(f.Cmd.Spec, f.Cmd.Args)
	return refuseIf(err != nil, err)
}

func malformed(spec *command.Spec, args [][]byte) *resp.Error {
	switch {
	case spec == nil:
		return resp.UnknownCommand(args)
	case len(spec.Subs) > 0 && len(args) > 1:
		if spec.Subs[0].Inner() { // it says so itself
			return nil
		}
		return resp.UnknownSubcommand(spec.Name, args[1])
	case len(spec.Subs) > 0 && spec.Arity != -1 || !spec.ArityOK(len(args)):
		return resp.WrongArity(spec.FullName())
	}
	return nil
}

func trusted(f *Facts) (Decision, *resp.Error) {
	if spec := f.Cmd.Spec; spec.Guarded() && !f.Trusted {
		return Refuse, resp.DebugNotAllowed(spec.FullName())
	}
	return Run, nil
}

func mayNest(f *Facts) (Decision, *resp.Error) {
	if spec := f.Cmd.Spec; spec.Has(command.NoMulti) {
		return Refuse, resp.NotInMulti(spec.FullName())
	}
	return Run, nil
}

func permitted(f *Facts) (Decision, *resp.Error) {
	if f.Denial = f.User.Check(f.Cmd.Spec, f.Cmd.Args, f.DB); f.Denial.Reason != acl.None {
		return Refuse, f.User.Refusal(f.Denial, f.Cmd.Spec)
	}
	return Run, nil
}

// placed refuses what another node of the cluster is to be asked for. Plain commands, which do not come here, are refused under their token.
func placed(f *Facts) (Decision, *resp.Error) {
	if f.Placed == nil || len(f.Cmd.Spec.Keys) == 0 && !f.Cmd.Spec.Has(command.Executes) {
		return Run, nil
	}
	one := [1]call.Command{*f.Cmd}
	cmds := one[:]
	if f.Cmd.Spec.Has(command.Executes) {
		cmds = f.Queue
	}
	err := f.Placed(cmds)
	f.Elsewhere = err != nil
	return refuseIf(err != nil, err)
}

// fits makes room. While the node is busy or loads, nobody does.
func fits(f *Facts) (Decision, *resp.Error) {
	if f.Node&(gate.Busy|gate.Loading) != 0 {
		return Run, nil
	}
	switch enough, none := f.MakeRoom(f.bytes()); {
	case f.Node&gate.OverProcess != 0 && (f.grows() || f.queued()):
		return Refuse, resp.ErrOOM
	case enough || !f.grows():
		return Run, nil
	case none:
		return Refuse, resp.ErrOOM
	}
	return Await, nil
}

func diskHolds(f *Facts) (Decision, *resp.Error) {
	err := f.Unkept()
	return refuseIf(err != nil && (f.Cmd.Spec.Has(command.Probe) || f.some(command.Write)), err)
}

func mayListen(f *Facts) (Decision, *resp.Error) {
	if spec := f.Cmd.Spec; f.Proto == 2 && !spec.Has(command.Listening) {
		return Refuse, resp.SubscribedOnly(spec.Shown().FullName())
	}
	return Run, nil
}

func loaded(f *Facts) (Decision, *resp.Error) {
	return refuseIf(!f.all(command.Loading), resp.ErrLoading)
}

func notBusy(f *Facts) (Decision, *resp.Error) {
	return refuseIf(!f.Cmd.Spec.Has(command.AllowBusy), resp.ErrBusyScript)
}

func mayMonitor(f *Facts) (Decision, *resp.Error) {
	return refuseIf(f.some(command.Write|command.ReadOnly|command.MayReplicate), resp.ErrMonitors)
}

// notPaused postpones what CLIENT PAUSE keeps from running, changes of slots that are paused, and all that the append-only file is too far behind for. A pause of everything postpones even what
// would end it, as in Valkey.
func notPaused(f *Facts) (Decision, *resp.Error) {
	paused := f.Node&gate.PauseAll != 0 || f.mayNotChange(f.Cmd)
	for i := range f.executed() {
		paused = paused || f.mayNotChange(&f.Queue[i])
	}
	if paused {
		return Postpone, nil
	}
	return Run, nil
}

// mayNotChange reports whether a command would change what must not change now.
func (f *Facts) mayNotChange(cmd *call.Command) bool {
	return f.Writes(cmd) && (f.Node&(gate.PauseWrites|gate.LogBehind) != 0 || f.Node&gate.PauseSlots != 0 && f.SlotPaused(cmd))
}

func notQueued(f *Facts) (Decision, *resp.Error) {
	if f.queued() {
		return Enqueue, nil
	}
	return Run, nil
}
