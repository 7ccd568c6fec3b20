package input

import "sigrun/protocol/resp"

// Source is where a connection's bytes come from.
type Source interface {
	// StopReading has nothing more delivered until ResumeReading.
	StopReading()
	ResumeReading()
}

// stopAt is how many unparsed bytes make a connection be read from no more, and stopBehind how many do while its client waits (BLPOP): only whoever
// reads on learns that the client has gone, and must not be served.
const (
	stopAt     = 256 << 10
	stopBehind = 16 << 20
)

// Input is what one connection has sent and was not executed.
type Input struct {
	parser   *Parser
	source   Source
	unparsed []byte          // what arrived and was not parsed
	whole    int             // what the memory takes that unparsed is the end of
	asm      *resp.Assembler // a command that has not arrived whole
	stopped  bool            // reading is stopped
}

// Attach says where the bytes come from and who parses them.
func (in *Input) Attach(p *Parser, s Source) { in.parser, in.source = p, s }

// Append keeps bytes for later, behind those that are unparsed; too many, and the connection is not read from. waits: the client does.
func (in *Input) Append(buf []byte, waits bool) {
	in.Add(buf)
	in.stopIfFull(waits)
}

// Add does the same for bytes that are looked at soon.
func (in *Input) Add(buf []byte) {
	room := cap(in.unparsed)
	if in.unparsed = append(in.unparsed, buf...); cap(in.unparsed) != room {
		in.whole = cap(in.unparsed)
	}
}

// Keep copies what a turn left. Nothing is unparsed then.
func (in *Input) Keep(rest []byte, waits bool) {
	if len(rest) > 0 {
		in.keep(rest, waits)
	}
}

func (in *Input) keep(rest []byte, waits bool) {
	in.unparsed = append([]byte(nil), rest...)
	in.whole = cap(in.unparsed)
	in.stopIfFull(waits)
}

// Leave keeps what was not executed of what Take gave, its end. It is copied once it is less than half of that, or a long pipeline of commands that
// each have to wait would be copied for each of them.
func (in *Input) Leave(rest []byte, waits bool) {
	if 2*len(rest) < in.whole || len(rest) == 0 {
		in.whole = 0
		in.Keep(rest, waits)
		return
	}
	in.unparsed = rest
	in.stopIfFull(waits)
}

func (in *Input) full(waits bool) bool {
	n := len(in.unparsed)
	return n >= stopAt && (n >= stopBehind || !waits)
}

func (in *Input) stopIfFull(waits bool) {
	if in.full(waits) && !in.stopped {
		in.stopped = true
		in.source.StopReading()
	}
}

// GoOn has the connection be read from again, when it was not for the sake of what has been parsed by now, or of what need not be parsed while the
// client waits.
func (in *Input) GoOn(waits bool) {
	if in.stopped && !in.full(waits) {
		in.stopped = false
		in.source.ResumeReading()
	}
}

// Take gives what is unparsed to the caller; Restore takes all of it back.
func (in *Input) Take() []byte {
	all := in.unparsed
	in.unparsed = nil
	return all
}
func (in *Input) Restore(all []byte) { in.unparsed = all }

// Drop forgets what is unparsed.
func (in *Input) Drop() { in.unparsed = nil }

// Unparsed is the number of bytes that wait to be parsed, Room that of those which would still fit behind them.
func (in *Input) Unparsed() int { return len(in.unparsed) }
func (in *Input) Room() int     { return cap(in.unparsed) - len(in.unparsed) }

// Stopped reports whether the connection is not read from.
func (in *Input) Stopped() bool { return in.stopped }

// Empty reports whether the input is at the beginning of a command of which nothing has arrived.
func (in *Input) Empty() bool { return in.asm == nil && len(in.unparsed) == 0 }

// Assemble begins a command that has not arrived whole: what comes is fed to it.
func (in *Input) Assemble() { in.asm = in.parser.assembler() }

// Assembling reports whether such a command is under way.
func (in *Input) Assembling() bool { return in.asm != nil }

// Feed gives the command its next bytes, and tells how many it took and whether it is whole.
func (in *Input) Feed(buf []byte, unauthenticated bool) (n int, done bool, err error) {
	lim := in.parser.limits(unauthenticated)
	return in.asm.Feed(buf, &lim)
}

// Direct is where the rest of a large argument can be read to, nil: nowhere. Arrived says that n bytes were.
func (in *Input) Direct() []byte {
	if in.asm == nil || len(in.unparsed) > 0 {
		return nil
	}
	return in.asm.Direct()
}
func (in *Input) Arrived(n int) (done bool, err error) {
	done = in.asm.Advance(n)
	return done, in.asm.Err()
}

// Whole takes the command that has arrived. It lies in the assembler, which is the caller's until he gives it to Parser.Recycle.
func (in *Input) Whole() *resp.Assembler {
	asm := in.asm
	in.asm = nil
	return asm
}

// Abort ends a command that will not become whole.
func (in *Input) Abort() {
	if in.asm != nil {
		in.parser.Recycle(in.asm)
		in.asm = nil
	}
}

// TooMuch reports whether the command under way is longer than client-query-buffer-limit.
func (in *Input) TooMuch() bool {
	most := in.parser.Limits.QueryBuffer.Load()
	return int64(in.asm.Received()) > most || int64(in.asm.Size()) > 2*most // memory: many small arguments take more
}

// Received is the number of bytes of the command under way, Size what the input takes.
func (in *Input) Received() int {
	if in.asm == nil {
		return 0
	}
	return in.asm.Received()
}
func (in *Input) Size() int {
	n := 0
	if len(in.unparsed) > 0 {
		n = in.whole
	}
	if in.asm != nil {
		n += in.asm.Size()
	}
	return n
}
