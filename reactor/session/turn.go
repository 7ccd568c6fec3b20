package session

import (
	"slices"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// maxBatch bounds the look-ahead.
const maxBatch = 64

// Traffic takes what a read brought. buf belongs to the caller again afterwards.
func (s *Session) Traffic(buf []byte) {
	l := s.loop
	s.Info.NetIn += uint64(len(buf))
	l.Pulse.Stir()
	s.Info.Last = l.Pulse.Millis()
	l.Counters.NetIn.Add(uint64(len(buf)))
	l.Counters.Turns.Inc()
	l.turning = true
	defer func() { l.turning = false }()
	s.catchUp()
	if s.waiting() {
		s.hold(buf)
		return
	}
	if len(s.in) > 0 {
		s.in = append(s.in, buf...)
		s.resume()
		return
	}
	s.keep(s.process(buf))
	s.endTurn()
}

// waiting reports whether nothing may be executed now.
func (s *Session) waiting() bool {
	return s.away != nil || s.closed || s.lane != nil && s.lane.shut || s.pending != nil || s.Flags&CloseAfterReply != 0 || s.choked()
}

// resume goes on with the input that was held.
func (s *Session) resume() {
	for !s.waiting() && len(s.in) > 0 {
		in := s.in
		s.in = nil
		rest := s.process(in)
		if len(rest) == len(in) && !s.waiting() {
			s.in = in
			break
		}
		s.keep(rest)
	}
	s.flush()
	if s.stopped && !s.waiting() && len(s.in) < inStop {
		s.stopped = false
		s.Link.ResumeReading()
	}
	s.farewell()
}

// farewell closes the connection of a peer that has sent its last byte, once it has got
// everything that it is owed.
func (s *Session) farewell() {
	if s.eof && s.away == nil && s.lane == nil && s.pending == nil && len(s.out) == 0 {
		s.Link.Close()
	}
}

// hold keeps input for later; too much of it and the connection is not read from.
func (s *Session) hold(buf []byte) {
	if s.Flags&CloseAfterReply != 0 {
		return
	}
	s.in = append(s.in, buf...)
	if len(s.in) >= inStop && !s.stopped {
		s.stopped = true
		s.Link.StopReading()
	}
}

// keep copies what a turn left.
func (s *Session) keep(rest []byte) {
	if len(rest) == 0 {
		return
	}
	s.in = append([]byte(nil), rest...)
	if len(s.in) >= inStop && !s.stopped {
		s.stopped = true
		s.Link.StopReading()
	}
}

// process executes the commands in buf and returns what it may not touch yet.
func (s *Session) process(buf []byte) (rest []byte) {
	l := s.loop
	l.out.Proto, l.out.Most = s.Proto, s.mostOut()
	for len(buf) > 0 {
		if s.asm != nil && s.lane != nil {
			s.lane.shut = true
			return buf
		}
		if s.asm != nil {
			n, ok := s.assemble(buf)
			buf = buf[n:]
			if !ok {
				return buf
			}
			continue
		}
		n, err := s.parse(buf)
		if len(l.batch) == 0 && err == nil {
			if n == 0 {
				s.asm = l.assembler()
			}
			buf = buf[n:]
			continue
		}
		restricted := s.Flags & Unauthenticated
		ran := s.turn()
		switch {
		case s.waiting(): // the last one of a batch may have left, too
			return buf[l.done(ran):]
		case ran < len(l.batch) || s.Flags&Unauthenticated != restricted: // what was read ahead, and err, are worth nothing
			buf = buf[l.done(ran):]
			continue
		}
		buf = buf[n:]
		if err != nil {
			s.protocolError(err, buf)
			return nil
		}
	}
	return nil
}

// done is where the first ran commands of the batch end.
func (l *Loop) done(ran int) int {
	if ran == 0 {
		return 0
	}
	return l.ends[ran-1]
}

// parse fills the loop's batch with the commands at the front of buf and returns the
// bytes they take.
func (s *Session) parse(buf []byte) (n int, err error) {
	l := s.loop
	lim := s.limits()
	l.batch, l.ends, l.argv = l.batch[:0], l.ends[:0], l.argv[:0]
	for n < len(buf) && len(l.batch) < maxBatch {
		start := len(l.argv)
		var used int
		l.argv, used, err = resp.Scan(buf[n:], l.argv, &lim)
		if used == 0 {
			break
		}
		n += used
		if args := l.argv[start:len(l.argv):len(l.argv)]; len(args) > 0 {
			l.add(l.lookupNext(args), args)
			l.ends = append(l.ends, n)
		}
	}
	return n, err
}

func (s *Session) limits() resp.Limits {
	lim := resp.DefaultLimits()
	lim.MaxBulk = s.loop.Limits.MaxBulk.Load()
	lim.Unauthenticated = s.Flags&Unauthenticated != 0
	return lim
}

// add appends a command to the batch, word by word: one that is put together and copied at
// once holds up the processor.
func (l *Loop) add(spec *command.Spec, args [][]byte) {
	n := len(l.batch)
	l.batch = slices.Grow(l.batch, 1)[:n+1]
	cmd := &l.batch[n]
	cmd.Spec, cmd.Args = spec, args
	cmd.Hash, cmd.Slot, cmd.Shard = 0, 0, 0
}

// lookupNext is lookup for the command behind those of the batch: pipelines repeat theirs.
func (l *Loop) lookupNext(args [][]byte) *command.Spec {
	if n := len(l.batch); n > 0 {
		before := &l.batch[n-1]
		if before.Spec != nil && before.Spec.Parent() == nil && len(before.Spec.Subs) == 0 && string(before.Args[0]) == string(args[0]) {
			return before.Spec
		}
	}
	return l.lookup(args)
}

// lookup resolves a command or subcommand; a container whose subcommand is unknown
// comes back as the container.
func (l *Loop) lookup(args [][]byte) *command.Spec {
	spec := l.Table.Lookup(args[0])
	if spec != nil && len(spec.Subs) > 0 && len(args) > 1 {
		if sub := spec.Sub(args[1]); sub != nil {
			return sub
		}
	}
	return spec
}

// tokensAhead is how many commands before its turn a token is brought to this core.
const tokensAhead = 6

// turn runs the batch from the front and returns how many commands are done with: the
// rest must be parsed again later.
func (s *Session) turn() (done int) {
	l := s.loop
	if len(l.batch) == 0 {
		return 0
	}
	l.Run.Prepare(l.batch, s.DB)
	began := l.Run.Began(&l.batch[0])
	done = s.stepAll()
	spent := l.Run.Lap() - began
	l.late.spent += spent
	l.Counters.Busy.Add(spent)
	l.Counters.LongestTurn.Observe(spent)
	l.Counters.MostInTurn.Observe(uint64(done))
	return done
}

func (s *Session) stepAll() int {
	l := s.loop
	shared := l.Dispatcher.Shared.Load()
	restricted := s.Flags & Unauthenticated // a command that changes this changes what those behind it may look like
	for i := range l.batch {
		if ahead := i + tokensAhead; shared && ahead < len(l.batch) && l.batch[ahead].Shard >= 0 {
			l.Dispatcher.Ahead(int(l.batch[ahead].Shard))
		}
		if s.lane != nil && s.mustQueue(&l.batch[i]) {
			return i
		}
		if !s.step(&l.batch[i]) || s.Flags&Unauthenticated != restricted {
			return i + 1
		}
		if len(l.out.B) >= outFlush && len(l.out.B) >= s.flushAt() {
			l.Run.Lap()
			s.flush()
			l.Run.Lap()
			if s.waiting() {
				return i + 1
			}
			l.out.Proto = s.Proto
		}
	}
	return len(l.batch)
}

// step takes one command to its end or on its way; false: the session must wait or
// close, nothing behind the command may be looked at. Whatever was done, that is decided
// here alone, by the state in which it left the session.
func (s *Session) step(cmd *call.Command) bool {
	l := s.loop
	l.Counters.Commands.Inc()
	switch {
	case s.Flags != 0 || l.Gate.Load() != 0:
		s.checkedStep(cmd)
	case cmd.Spec == nil || !cmd.Spec.ArityOK(len(cmd.Args)) || cmd.Spec.Special():
		if err := s.refuse(cmd); err != nil {
			s.reject(cmd, err)
		} else {
			s.run(cmd)
		}
	default:
		if s.run(cmd) {
			return true
		}
	}
	return !s.waiting()
}

// run executes an admitted command, in place if its token is free. True: that is all, and
// the session is as it was.
func (s *Session) run(cmd *call.Command) (plain bool) {
	l := s.loop
	s.Info.LastCmd = cmd.Spec
	l.running = cmd
	if cmd.Shard >= 0 && cmd.Spec.Place == command.OnShard && !cmd.Spec.Long {
		if shard := int(cmd.Shard); l.Dispatcher.Try(shard) {
			verdict := l.Run.Run(cmd, &s.Client, &l.out, nil, s)
			if verdict.Outcome == call.Finished {
				l.Dispatcher.Release(shard, l.Run)
				s.saw(verdict.Seq)
				return true
			}
			l.Dispatcher.Release(shard, l.Run)
			s.follow(cmd, verdict)
			return false
		}
	}
	s.dispatch(cmd)
	return false
}
