package stream

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/db"
	"sigrun/storage/stream"
)

// claim is how deliveries are given to another consumer.
type claim struct {
	t        typed.Stream
	g        *stream.Group
	consumer *stream.Consumer
	idle     int64 // the least idle time of what is taken
	time     int64 // what is taken was delivered then; notGiven: now
	count    int64 // and so many times; notGiven: once more
	force    bool
	justID   bool
	last     stream.ID
	ids      int // arguments up to this one are IDs
}

const notGiven = -1

// consume finds the consumer, and makes it if need be.
func (l *claim) consume(c *exec.Ctx) {
	if l.consumer = l.g.Consumer(c.Args[3]); l.consumer == nil {
		l.consumer = addConsumer(c, &l.t, l.g, c.Args[3])
	}
	stream.ChangingConsumer(l.t.Stream, l.t.Allocator.Arena, l.g, l.consumer)
	l.consumer.Seen = c.Now
}

// xclaim implements XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME ms]
// [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID id].
func xclaim(c *exec.Ctx) error {
	var l claim
	var err error
	if l.t, l.g, err = groupOf(c); err != nil {
		return err
	}
	if err := l.parse(c); err != nil {
		return err
	}
	stream.Changing(l.t.Stream, l.t.Allocator.Arena, l.g)
	moved := l.g.Last.Less(l.last)
	if moved {
		l.g.Last = l.last
	}
	l.consume(c)
	mark, n, before := c.Out.Mark(), 0, false
	for _, arg := range c.Args[5:l.ids] {
		id, _ := parseID(arg, 0)
		took, changed := l.take(c, id)
		if took {
			n++
		}
		before = before || changed
	}
	if moved && !before {
		recordGroup(c, &l.t, l.g)
		counted(c)
	}
	c.Out.InsertArray(mark, n)
	return nil
}

// parse reads what comes behind the consumer.
func (l *claim) parse(c *exec.Ctx) (err error) {
	args := c.Args
	if l.idle, err = claimNumber(args[4], "min-idle-time"); err != nil {
		return err
	}
	l.idle = max(l.idle, 0)
	for l.ids = 5; l.ids < len(args); l.ids++ {
		if _, err := parseID(args[l.ids], 0); err != nil {
			break
		}
	}
	l.time, l.count = notGiven, notGiven
	for i := l.ids; i < len(args) && err == nil; i++ {
		switch more := i+1 < len(args); {
		case exec.Is(args[i], "FORCE"):
			l.force = true
		case exec.Is(args[i], "JUSTID"):
			l.justID = true
		case exec.Is(args[i], "IDLE") && more:
			i++
			l.time, err = claimNumber(args[i], "IDLE option")
			l.time = c.Now - l.time
		case exec.Is(args[i], "TIME") && more:
			i++
			l.time, err = claimNumber(args[i], "TIME option")
		case exec.Is(args[i], "RETRYCOUNT") && more:
			i++
			l.count, err = claimNumber(args[i], "RETRYCOUNT option")
		case exec.Is(args[i], "LASTID") && more:
			i++
			l.last, err = parseID(args[i], 0)
		default:
			err = resp.Errorf("ERR Unrecognized XCLAIM option '%s'", resp.CText(args[i]))
		}
	}
	if l.time < 0 || l.time > c.Now {
		l.time = c.Now
	}
	return err
}

func claimNumber(arg []byte, what string) (int64, error) {
	n, ok := num.ParseInt(arg)
	if !ok {
		return 0, resp.Errorf("ERR Invalid %s argument for XCLAIM", what)
	}
	return n, nil
}

// take gives the delivery of an ID to the consumer, unless it is too young or there is
// none, and replies with it. One of an entry that was deleted ends instead.
func (l *claim) take(c *exec.Ctx, id stream.ID) (took, changed bool) {
	s := l.t.Stream
	p := l.g.Find(id)
	if !s.Has(id) {
		if p != nil {
			l.end(c, id, p)
		}
		return false, p != nil
	}
	switch {
	case p == nil && !l.force:
		return false, false
	case p != nil && l.idle > 0 && c.Now-p.Time < l.idle:
		return false, false
	}
	fresh := p == nil
	p = s.Deliver(l.t.Allocator, l.g, l.consumer, id)
	p.Time = l.time
	if fresh {
		p.Count = 1
	}
	switch {
	case l.count >= 0:
		p.Count = l.count
	case !l.justID:
		p.Count++
	}
	if l.justID {
		replyID(c, id)
	} else {
		replyOne(c, s, id)
	}
	l.consumer.Active = c.Now
	recordClaim(c, &l.t, l.g, id, p)
	counted(c)
	return true, true
}

// end ends the delivery of an entry that is not there any more.
func (l *claim) end(c *exec.Ctx, id stream.ID, p *stream.Pending) {
	recordClaim(c, &l.t, l.g, id, p)
	counted(c)
	l.t.Stream.Ack(l.t.Allocator, l.g, id)
}

// Bounds of XAUTOCLAIM: how many deliveries it looks at for each that it may take, and
// how many it may be asked for.
const (
	looksEach    = 10
	autoCount    = 100
	maxAutoCount = (1<<63 - 1) / 16
)

// pendingAt is how much is pending in the group at argument 2 of the stream at argument 1.
func pendingAt(c *exec.Ctx) int {
	if e := c.Look(c.Key(1), exec.Asks, exec.Quietly).E; e != 0 && e.Type() == db.Stream {
		if g := stream.At(e.Value()).Group(c.Args[2]); g != nil {
			return g.Pending()
		}
	}
	return 0
}

// xautoclaim implements XAUTOCLAIM key group consumer min-idle-time start [COUNT count]
// [JUSTID].
func xautoclaim(c *exec.Ctx) error {
	l, start, count, err := parseAutoclaim(c)
	if err != nil {
		return err
	}
	looks := count * looksEach
	if err := c.Lasts(int(min(looks, int64(pendingAt(c))))); err != nil { // before anything counts
		return err
	}
	if l.t, l.g, err = groupOf(c); err != nil {
		return err
	}
	l.consume(c)
	c.Out.Array(3)
	mark, n := c.Out.Mark(), 0
	var deleted []stream.ID
	it := l.g.PendingFrom(nil, start)
	for ; looks > 0 && count > 0 && it.Next(); looks-- {
		id := it.ID
		if !l.t.Stream.Has(id) {
			l.end(c, id, it.P)
			deleted = append(deleted, id)
			it = l.g.PendingFrom(nil, id)
			count--
		} else if took, _ := l.take(c, id); took {
			n++
			count--
		}
	}
	c.Out.InsertArray(mark, n)
	entries := c.Out.Mark()
	var cursor stream.ID
	if it.Next() {
		cursor = it.ID
	}
	replyID(c, cursor)
	c.Out.Turn(mark, entries)
	c.Out.Array(len(deleted))
	for _, id := range deleted {
		replyID(c, id)
	}
	return nil
}

func parseAutoclaim(c *exec.Ctx) (l claim, start stream.ID, count int64, err error) {
	l.time, l.count, count = c.Now, notGiven, autoCount
	var ok bool
	if l.idle, ok = num.ParseInt(c.Args[4]); !ok {
		return l, start, 0, errAutoIdle
	}
	if start, err = parseStart(c.Args[5]); err != nil {
		return l, start, 0, err
	}
	for i := 6; i < len(c.Args); i++ {
		switch {
		case exec.Is(c.Args[i], "COUNT") && i+1 < len(c.Args):
			i++
			if count, ok = num.ParseInt(c.Args[i]); !ok || count < 1 || count > maxAutoCount {
				return l, start, 0, errCount
			}
		case exec.Is(c.Args[i], "JUSTID"):
			l.justID = true
		default:
			return l, start, 0, resp.ErrSyntax
		}
	}
	return l, start, count, nil
}
