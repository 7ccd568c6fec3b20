package session

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/admission"
)

// reorderBuffer is what a session has, under `pipeline-order relaxed`, while calls are on their way that later commands
// have overtaken: as in a processor, commands on other
// slots take effect earlier, but their replies retire in the order of the commands. Commands on
// the same slot stay in order, and whatever is not a plain command on one shard waits
// until the buffer is empty.
type reorderBuffer struct {
	entries  []entry
	slots    uint64 // a bit for each 64th of the slots, of those under way
	bytes    int    // replies held back
	draining bool   // a command waits for the buffer to be empty
}

// entry is a call that is away and what was replied after it.
type entry struct {
	call   *call.Call
	reply  []byte // instead of the call's own, when it was cancelled
	behind []byte
	cut    bool // some of behind was too large
}

// What one reorder buffer may hold before the session waits after all.
const (
	reorderCalls = 64
	reorderBytes = 64 << 10
)

func slotBit(slot uint16) uint64 { return 1 << (slot & 63) }

// conflicts reports whether a plain command has to wait for those in the buffer.
func (b *reorderBuffer) conflicts(cmd *call.Command) bool {
	return b.slots&slotBit(cmd.Slot) != 0 || len(b.entries) >= reorderCalls || b.bytes >= reorderBytes
}

// keep takes what the turn has replied behind the last call.
func (b *reorderBuffer) keep(out *resp.Writer) {
	last := &b.entries[len(b.entries)-1]
	last.behind = append(last.behind, out.B...)
	b.bytes += len(out.B)
	last.cut = last.cut || out.Cut
	out.B, out.Cut = out.B[:0], false
}

// has reports whether c is in the buffer.
func (b *reorderBuffer) has(c *call.Call) (found bool) {
	b.each(func(one *call.Call) { found = found || one == c })
	return found
}

// each calls fn for every call of the buffer; a nil one has none.
func (b *reorderBuffer) each(fn func(c *call.Call)) {
	if b != nil {
		for i := range b.entries {
			fn(b.entries[i].call)
		}
	}
}

// kept is the number of bytes that are kept back.
func (b *reorderBuffer) kept() int {
	if b == nil {
		return 0
	}
	return b.bytes
}

// plain reports whether cmd may go on its way while later commands run, and may
// run while earlier ones are on theirs.
func (p *pipeline) plain(cmd *call.Command) bool {
	s := p.s
	return cmd.Shard >= 0 && cmd.Spec != nil && cmd.Spec.Place == command.OnShard && !cmd.Spec.Long &&
		!cmd.Spec.Has(command.Blocking) && !cmd.Spec.Special() && cmd.Spec.ArityOK(len(cmd.Args)) &&
		s.Flags&^admission.Restricted == 0 && s.loop.Gate.Load() == 0 && !s.eof && !s.closed
}

// stalls reports whether cmd has to wait for the calls that others have overtaken, and has the buffer drain then.
func (p *pipeline) stalls(cmd *call.Command) bool {
	b := p.reorder
	b.draining = !p.plain(cmd) || b.conflicts(cmd)
	return b.draining
}

// overtake sends a command whose token was not to be had on its way, and lets those
// behind it go on.
func (p *pipeline) overtake(cmd *call.Command) {
	l := p.s.loop
	c := p.reordered(cmd)
	c.Set.Add(int(cmd.Shard))
	l.Dispatcher.Post(l.ID, int(cmd.Shard), c, l.by)
}

// reordered makes a call of cmd that keeps its place among the replies, and has what the turn replied before it leave before it.
func (p *pipeline) reordered(cmd *call.Command) *call.Call {
	s, l := p.s, p.s.loop
	if p.reorder == nil {
		p.reorder = &reorderBuffer{} // before anything is sent: that may end the session, which then waits for the call
		s.Out.Flush()
		l.out.Proto = s.Proto
	} else {
		p.reorder.keep(&l.out.Writer)
	}
	c := p.call(cmd)
	p.reorder.entries = append(p.reorder.entries, entry{call: c})
	p.reorder.slots |= slotBit(cmd.Slot)
	l.Counters.Overtaken.Inc()
	return c
}

// retire sends, when a call of the buffer came home, what need not wait any more.
func (p *pipeline) retire() {
	s, l := p.s, p.s.loop
	b := p.reorder
	n := 0
	for entries := b.entries; n < len(entries); n++ {
		e := &entries[n]
		switch {
		case e.reply != nil:
			l.out.Raw(e.reply)
		case e.call.State() == call.Done:
			l.out.Take(&e.call.Out)
			p.timed(e.call)
			s.Commands += e.call.Executed
			s.logDenied(&e.call.Denied)
			s.saw(e.call.Seq)
		default:
			b.entries = entries[n:]
			p.sendRetired()
			return
		}
		l.out.Raw(e.behind)
		l.out.Cut = l.out.Cut || e.cut
		b.bytes -= len(e.behind)
	}
	p.reorder = nil
	closed := s.closed // a session that sending ends has ended
	p.sendRetired()
	if closed {
		l.end(s)
		return
	}
	p.resume()
}

// sendRetired sends the replies that have retired; nobody is owed those of a session that has ended.
func (p *pipeline) sendRetired() {
	if out := &p.s.loop.out; p.s.closed {
		out.B, out.Cut = out.B[:0], false
	}
	p.s.Out.Flush()
}

// cancelReordered answers every call of the buffer that has not started with an error.
func (p *pipeline) cancelReordered(err *resp.Error) {
	if p.reorder == nil {
		return
	}
	w := resp.Writer{Proto: p.s.Proto}
	w.Error(err)
	for i := range p.reorder.entries {
		if e := &p.reorder.entries[i]; e.reply == nil && e.call.Move(call.Pending, call.Cancelled) {
			e.reply = w.B
		}
	}
	p.retire()
}
