package control

import (
	"bytes"
	"sort"
	"strings"
	"time"

	"sigrun/internal/num"
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
	"sigrun/reactor/session"
)

// line is one connection's in CLIENT LIST.
type line struct {
	id   uint64
	text []byte
}

// describe collects the lines of the connections that take agrees to, by number.
func (c *Ctx) describe(take func(*session.Session) bool) []line {
	var mu sim.Mutex
	var all []line
	now := c.Clock.Millis()
	c.Reactor.Everybody(func(l *session.Loop) {
		var own []line
		l.Each(func(s *session.Session) {
			if !s.Gone() && take(s) {
				own = append(own, line{s.ID, append(s.Describe().Line(make([]byte, 0, 400), now), '\n')})
			}
		})
		mu.Lock()
		all = append(all, own...)
		mu.Unlock()
	})
	sort.Slice(all, func(i, j int) bool { return all[i].id < all[j].id })
	return all
}

// clientList implements CLIENT LIST [filter value ...].
func clientList(c *Ctx) error {
	var f filter
	if len(c.Args) == 3 {
		return resp.ErrSyntax
	}
	if err := c.parseFilter(c.Args[2:], &f); err != nil {
		return err
	}
	lines := c.describe(func(s *session.Session) bool { return f.match(s, s == c.Session) })
	var b bytes.Buffer
	for _, l := range lines {
		b.Write(l.text)
	}
	c.Out.Verbatim("txt", b.String())
	return nil
}

// clientKill implements CLIENT KILL ip:port and CLIENT KILL filter value [...].
func clientKill(c *Ctx) error {
	f := filter{skipMe: true}
	if len(c.Args) > 3 {
		if err := c.parseFilter(c.Args[2:], &f); err != nil {
			return err
		}
		c.Out.Int(c.kill(&f))
		return nil
	}
	f.skipMe = false
	f.set("ADDR", func(s *session.Session) bool { return s.Addr == string(c.Args[2]) })
	if c.kill(&f) == 0 {
		return resp.ErrNoSuchClient
	}
	c.Out.OK()
	return nil
}

// kill closes the connections that match and counts them.
func (c *Ctx) kill(f *filter) (killed int64) {
	var mu sim.Mutex
	c.Reactor.Everybody(func(l *session.Loop) {
		own := int64(0)
		l.Each(func(s *session.Session) {
			if f.match(s, s == c.Session) {
				s.Kill(s == c.Session)
				own++
			}
		})
		mu.Lock()
		killed += own
		mu.Unlock()
	})
	return killed
}

// clientUnblock implements CLIENT UNBLOCK id [TIMEOUT|ERROR].
func clientUnblock(c *Ctx) error {
	var reply func(*call.Call, *resp.Writer)
	switch {
	case len(c.Args) != 4 || is(c.Args[3], "TIMEOUT"): // words behind the reason are not looked at
		reply = session.TimedOut
	case is(c.Args[3], "ERROR"):
		reply = func(_ *call.Call, out *resp.Writer) { out.ErrorText("UNBLOCKED client unblocked via CLIENT UNBLOCK") }
	default:
		return resp.Errorf("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
	}
	id, ok := num.ParseInt(c.Args[2])
	if !ok {
		return resp.ErrNotInteger
	}
	ended, again := c.unblock(uint64(id), reply)
	for again { // a try takes no longer than a command
		sim.Sleep(50 * time.Microsecond)
		ended, again = c.unblock(uint64(id), reply)
	}
	c.Out.Int(ended)
	return nil
}

// unblock ends what a client waits for, and counts it. again: somebody is just trying to serve it.
func (c *Ctx) unblock(id uint64, reply func(*call.Call, *resp.Writer)) (ended int64, again bool) {
	var mu sim.Mutex
	c.Reactor.Each(func(l *session.Loop) { // blocked connections do not move
		l.Each(func(s *session.Session) {
			if s.ID != id {
				return
			}
			did, more := l.Unblock(s, reply)
			mu.Lock()
			defer mu.Unlock()
			if again = again || more; did {
				ended++
			}
		})
	})
	return ended, again
}

// is compares a word of a client with a keyword, given in upper case.
func is(arg []byte, keyword string) bool {
	return len(arg) == len(keyword) && strings.EqualFold(string(arg), keyword)
}
