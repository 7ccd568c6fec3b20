package exec

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/shards/observe"
)

// Observed is what operators are told of the commands that run: counts, times, errors, slow and large ones, MONITOR.
type Observed struct {
	Step
	laps   laps
	line   []byte // of the running command, for MONITOR
	lineDB int    // the database that line names
	shown  bool   // somebody reads MONITOR while a call runs
}

// laps is the time of the commands that a Ctx runs one after another: the end of one is
// the beginning of the next. Reading the stopwatch costs as much as a twentieth of a GET,
// so up to mostBrief brief commands share a reading, and each gets an equal share of the
// time between two.
type laps struct {
	from  uint64 // the last reading
	n     int
	brief [mostBrief]command.ID // commands since then

	// What is looked at for every command, as of Retune.
	tuned   uint32
	slow    uint64 // ticks from which a command is looked at closer
	reply   int    // bytes of a reply from which that is done
	request int64  // bytes of a request, negative: any size will do
	share   int    // brief commands that share a reading
	tracked bool   // latency-tracking
	counts  bool   // what slots take (cluster-slot-stats-enabled)
	foreign bool   // what is booked ran on another floor, without tokens
}

const (
	mostBrief  = 16
	briefArgs  = 8
	briefBytes = 4 << 10
)

// startTiming begins to time, by the configuration as it is now.
func (c *Observed) startTiming() {
	c.attune()
	c.laps.from = c.e.Watch.Now()
}

// attune looks at the configuration if it has changed.
func (c *Observed) attune() {
	if v := c.e.tuned.Load(); v != c.laps.tuned {
		c.laps.tuned = v
		c.tune()
	}
}

// Retune has every runner look at the configuration of what is observed again.
func (e *Engine) Retune() { e.tuned.Add(1) }

func (c *Observed) tune() {
	l, log := &c.laps, &c.e.Log
	l.tracked = c.k.Settings.LatencyTracking.Load()
	l.slow, l.share, l.reply = never, mostBrief, briefBytes
	slow := log.From(observe.Slow) // µs
	if ms := c.e.Latency.Threshold.Load(); ms > 0 && (slow < 0 || ms*1000 < slow) {
		slow = ms * 1000
	}
	if slow >= 0 {
		l.slow = c.e.Watch.Ticks(min(uint64(slow), 1<<40) * 1000)
		if slow < 1000 { // the one that took long is to be found among many
			l.share = 1
		}
	}
	if n := log.From(observe.LargeReply); n >= 0 {
		l.reply = int(min(n, briefBytes))
	}
	if l.counts = c.k.SlotUses.On.Load(); l.counts { // each is to be counted for its slot
		l.share = 1
	}
	l.request = log.From(observe.LargeRequest)
	if l.request >= 0 && l.request < briefArgs*briefBytes {
		l.share = 1
	}
}

const never = 1<<63 - 1

// ran counts the command that just ran. reply is its length.
func (c *Observed) ran(cmd *call.Command, reply int) {
	if cmd.Spec.Brief() {
		c.ranBrief(cmd, reply)
		return
	}
	l := &c.laps
	now := c.e.Watch.Now()
	spent := now - l.from
	l.from = now
	c.book(cmd, c.Client, spent, reply)
}

func (c *Observed) ranBrief(cmd *call.Command, reply int) {
	l := &c.laps
	c.executed(c.Client)
	l.brief[l.n] = cmd.Spec.ID()
	l.n++
	last := len(cmd.Args) - 1
	large := reply >= l.reply || last >= briefArgs || len(cmd.Args[last]) >= briefBytes
	if large || l.n >= l.share {
		c.lap(reply, large)
	}
}

// countForSlot counts for its slot what a command took. Those of a script are the script's, and their token is held as long as that one's.
func (c *Observed) countForSlot(cmd *call.Command, ns uint64, reply int) {
	if c.laps.foreign || cmd == nil || cmd.Args == nil || !cmd.Spec.Keyed() || c.Script != nil && c.Script.active {
		return
	}
	n := int(cmd.Slot)
	if cmd.Shard < 0 {
		one := [1]call.Command{*cmd}
		if n, _, _, _ = c.oneSlot(one[:]); n < 0 {
			return
		}
	}
	if !c.holds(c.k.Owner(uint16(n))) {
		return
	}
	u := &c.k.SlotUses.All[n]
	u.Nanos += ns
	u.In += uint64(cmd.Bytes())
	u.Out += uint64(reply)
}

// executed counts a command for its client: by way of the call, where there is one, since
// several of one client may be on their way.
func (c *Observed) executed(cl *call.Client) {
	if c.running != nil {
		c.running.Executed++
	} else {
		cl.Commands++
	}
}

// Began is the end of the command before cmd.
func (c *Observed) Began(cmd *call.Command) uint64 {
	if c.laps.n != 0 && (cmd.Spec == nil || !cmd.Spec.Brief()) {
		c.Lap()
	}
	return c.laps.from
}

// Lap books the brief commands since the last reading and returns a new one, from which
// on the next command is timed.
func (c *Observed) Lap() uint64 {
	if c.laps.n != 0 {
		c.lap(0, false)
	} else {
		c.laps.from = c.e.Watch.Now()
	}
	return c.laps.from
}

// lap books the brief commands. The last one's reply has that length; closer: it is to be
// looked at in any case.
func (c *Observed) lap(reply int, closer bool) {
	l := &c.laps
	now := c.e.Watch.Now()
	n, spent := l.n, now-l.from
	l.from, l.n = now, 0
	ns := c.e.Watch.Nanos(spent) / uint64(n)
	for i := 0; i < n; {
		id, same := l.brief[i], 1
		for i+same < n && l.brief[i+same] == id {
			same++
		}
		c.tally.Command(id).Count(ns, same, l.tracked)
		i += same
	}
	if l.counts { // then none shares a reading
		c.countForSlot(c.cmd, ns, reply)
	}
	if closer || spent >= l.slow || l.share == 1 {
		c.lookCloser(c.cmd, c.Client, c.e.Watch.Nanos(spent), reply)
	}
}

// Book counts a command that another floor ran since a reading, with its reply.
func (c *Observed) Book(cmd *call.Command, cl *call.Client, since uint64, reply []byte) {
	c.laps.foreign = true
	defer func() { c.laps.foreign = false }()
	if isError(reply) {
		c.erred(cmd.Spec, reply)
	}
	if cmd.Spec.Brief() {
		c.cmd, c.Client = cmd, cl
		c.ran(cmd, len(reply))
		return
	}
	now := c.e.Watch.Now()
	c.book(cmd, cl, now-since, len(reply))
	c.laps.from = now
}

func (c *Observed) book(cmd *call.Command, cl *call.Client, ticks uint64, reply int) {
	ns := c.e.Watch.Nanos(ticks)
	c.executed(cl)
	c.attune() // it may have been CONFIG SET
	l := &c.laps
	c.tally.Command(cmd.Spec.ID()).Count(ns, 1, l.tracked)
	if l.counts {
		c.countForSlot(cmd, ns, reply)
	}
	if l.closer(cmd, ticks, reply) {
		c.lookCloser(cmd, cl, ns, reply)
	}
}

// closer reports whether a command is to be looked at because it took long or is large.
func (l *laps) closer(cmd *call.Command, ticks uint64, reply int) bool {
	return ticks >= l.slow || reply >= l.reply || l.request >= 0 && cmd.Bytes() >= l.request
}

// Refused counts a command that admission refused with an error; cmd has no Spec when
// nobody knows it.
func (c *Observed) Refused(cmd *call.Command, err string) {
	if c.Script.withholds() {
		refused := *cmd
		c.Script.Say(func() { c.Refused(&refused, err) })
		return
	}
	c.e.Errors.Note(err, false)
	if cmd.Spec != nil {
		c.tally.Command(cmd.Spec.ID()).Rejected.Inc()
	}
}

// lookCloser logs a command that took long or is large.
func (c *Observed) lookCloser(cmd *call.Command, cl *call.Client, ns uint64, reply int) {
	now := c.k.Clock.Millis() / 1000
	event := observe.EventCommand
	switch {
	case c.Serving():
		event = observe.EventUnblocking
	case cmd.Spec.Has(command.Fast):
		event = observe.EventFastCommand
	}
	c.e.Latency.Note(event, now, int64(ns/1e6))
	if cmd.Spec.Has(command.SkipCommandLog) || cmd.Args == nil {
		return
	}
	for kind, amount := range [observe.Kinds]int64{int64(ns / 1000), cmd.Bytes(), int64(reply)} {
		if k := observe.Kind(kind); c.e.Log.Takes(k, amount) {
			c.e.Log.Add(k, observe.Entry{At: now, Amount: amount, Args: c.e.Redact(cmd), Addr: cl.Addr, Name: cl.Name})
		}
	}
}

// erred counts an error reply of a command that ran.
func (c *Observed) erred(spec *command.Spec, reply []byte) {
	line := errorLine(reply)
	if c.Script.withholds() {
		c.Script.Say(func() { c.noteError(spec, line) })
		return
	}
	c.noteError(spec, line)
}

func (c *Observed) noteError(spec *command.Spec, line string) {
	c.tally.Command(spec.ID()).Failed.Inc()
	c.e.Errors.Note(line, false)
}

// replied counts the error that a handler wrote. Those that a script answers with it has counted itself.
func (c *Observed) replied(spec *command.Spec, reply []byte) {
	if isError(reply) && !isScript(spec) {
		c.erred(spec, reply)
	}
}

func isError(reply []byte) bool { return len(reply) > 0 && reply[0] == '-' }

// errorLine is the text of an error reply.
func errorLine(reply []byte) string {
	line := reply[1:]
	for i, ch := range line {
		if ch == '\r' {
			line = line[:i]
			break
		}
	}
	return string(line)
}

// Stamp is a reading for a call that leaves its connection's turn or has run, 0 where nobody asks for delays.
func (c *Observed) Stamp() uint64 {
	c.attune()
	if !c.laps.tracked {
		return 0
	}
	return max(c.e.Watch.Now(), 1)
}

// Delayed counts what a command waited for since a reading. Readings of two cores may be apart by a little.
func (c *Observed) Delayed(id command.ID, where observe.Delay, since, now uint64) {
	var ns uint64
	if now > since {
		ns = c.e.Watch.Nanos(now - since)
	}
	c.tally.Delayed(id, where, ns)
	if ns >= 1e6 {
		c.e.Latency.Note([observe.Delays]string{observe.RingDelay: observe.EventRingDelay, observe.WriteDelay: observe.EventWriteDelay}[where],
			c.k.Clock.Millis()/1000, int64(ns/1e6))
	}
}

// Written counts how long a reply has taken to the socket since the end of its command.
func (c *Observed) Written(id command.ID, since uint64) {
	c.Delayed(id, observe.WriteDelay, since, c.e.Watch.Now())
}
