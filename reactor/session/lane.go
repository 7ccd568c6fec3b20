package session

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// lane holds, under `pipeline-order relaxed`, the calls of a session that later commands
// have overtaken, and the replies that must not leave before theirs: commands on other
// slots take effect earlier, but replies come in the order of the commands. Commands on
// the same slot stay in order, and whatever is not a plain command on one shard waits
// until the lane is empty.
type lane struct {
	calls []overtaken
	slots uint64 // a bit for each 64th of the slots, of those under way
	bytes int    // replies held back
	shut  bool   // a command waits for the lane to be empty
}

// overtaken is a call that is away and what was replied after it.
type overtaken struct {
	call   *call.Call
	reply  []byte // instead of the call's own, when it was cancelled
	behind []byte
}

// What one lane may hold before the session waits after all.
const (
	laneCalls = 64
	laneBytes = 64 << 10
)

func slotBit(slot uint16) uint64 { return 1 << (slot & 63) }

// overtakable reports whether cmd may go on its way while later commands run, and may
// run while earlier ones are on theirs.
func (s *Session) overtakable(cmd *call.Command) bool {
	return cmd.Shard >= 0 && cmd.Spec != nil && cmd.Spec.Place == command.OnShard && !cmd.Spec.Long &&
		!cmd.Spec.Has(command.Blocking) && !cmd.Spec.Special() && cmd.Spec.ArityOK(len(cmd.Args)) &&
		s.Flags == 0 && s.loop.Gate.Load() == 0 && !s.eof && !s.closed
}

// mustQueue reports whether cmd has to wait for the calls in the lane, and shuts it then.
func (s *Session) mustQueue(cmd *call.Command) bool {
	l := s.lane
	l.shut = !s.overtakable(cmd) || l.slots&slotBit(cmd.Slot) != 0 || len(l.calls) >= laneCalls || l.bytes >= laneBytes
	return l.shut
}

// overtake sends a command whose token was not to be had on its way, and lets those
// behind it go on.
func (s *Session) overtake(cmd *call.Command) {
	l := s.loop
	if s.lane == nil {
		s.flush()
		l.out.Proto = s.Proto
		s.lane = &lane{}
	} else {
		s.holdBack()
	}
	c := &call.Call{Client: &s.Client, Home: l.ID, Owner: s, From: s}
	c.Out.Most = s.mostOut()
	c.Adopt(cmd)
	c.Set.Add(int(cmd.Shard))
	s.lane.calls = append(s.lane.calls, overtaken{call: c})
	s.lane.slots |= slotBit(cmd.Slot)
	l.Counters.Overtaken.Inc()
	l.Dispatcher.Post(l.ID, int(cmd.Shard), c, l.Run)
}

// holdBack keeps what the turn has replied behind the last call of the lane.
func (s *Session) holdBack() {
	l := s.loop
	last := &s.lane.calls[len(s.lane.calls)-1]
	last.behind = append(last.behind, l.out.B...)
	s.lane.bytes += len(l.out.B)
	l.out.B = l.out.B[:0]
}

// landed takes a call of the lane that came home, and sends what need not wait any more.
// False: the call is none of the lane's.
func (s *Session) landed() {
	l := s.loop
	n := 0
	for calls := s.lane.calls; n < len(calls); n++ {
		o := &calls[n]
		switch {
		case o.reply != nil:
			l.out.Raw(o.reply)
		case o.call.State() == call.Done:
			l.out.Take(&o.call.Out)
			s.Commands += o.call.Executed
			s.saw(o.call.Seq)
		default:
			s.lane.calls = calls[n:]
			s.sendOut()
			return
		}
		l.out.Raw(o.behind)
		s.lane.bytes -= len(o.behind)
	}
	s.lane = nil
	closed := s.closed // a session that sending ends has ended
	s.sendOut()
	if closed {
		l.end(s)
		return
	}
	s.resume()
}

// overtook reports whether c is on its way for the session while others run.
func (s *Session) overtook(c *call.Call) bool {
	if s.lane == nil {
		return false
	}
	for i := range s.lane.calls {
		if s.lane.calls[i].call == c {
			return true
		}
	}
	return false
}

// cancelLane answers every call of the lane that has not started with an error.
func (s *Session) cancelLane(err *resp.Error) {
	if s.lane == nil {
		return
	}
	w := resp.Writer{Proto: s.Proto}
	w.Error(err)
	for i := range s.lane.calls {
		if o := &s.lane.calls[i]; o.reply == nil && o.call.Claim(call.Pending, call.Cancelled) {
			o.reply = w.B
		}
	}
	s.landed()
}

// UnderWay calls fn for every call that the session has on its way.
func (s *Session) UnderWay(fn func(c *call.Call)) {
	if s.away != nil {
		fn(s.away)
	}
	if s.lane != nil {
		for i := range s.lane.calls {
			fn(s.lane.calls[i].call)
		}
	}
}
