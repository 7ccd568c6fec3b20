package control

import (
	"bytes"
	"math"
	"sort"
	"strings"
	"sync"

	"sigrun/internal/num"
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
	var mu sync.Mutex
	var all []line
	now := c.Clock.Millis()
	c.Reactor.Everybody(func(l *session.Loop) {
		var own []line
		l.Each(func(s *session.Session) {
			if !s.Gone() && take(s) {
				own = append(own, line{s.ID, append(s.Describe(make([]byte, 0, 400), now), '\n')})
			}
		})
		mu.Lock()
		all = append(all, own...)
		mu.Unlock()
	})
	sort.Slice(all, func(i, j int) bool { return all[i].id < all[j].id })
	return all
}

// clientList implements CLIENT LIST [TYPE type | ID id ...].
func clientList(c *Ctx) error {
	take := func(*session.Session) bool { return true }
	var order []uint64
	switch args := c.Args; {
	case len(args) == 2:
	case len(args) == 4 && is(args[2], "TYPE"):
		typ, err := clientType(args[3])
		if err != nil {
			return err
		}
		take = func(s *session.Session) bool { return s.TypeName() == typ }
	case len(args) > 3 && is(args[2], "ID"):
		wanted := map[uint64]bool{}
		for _, a := range args[3:] {
			id, ok := num.ParseInt(a)
			if !ok {
				return resp.Errorf("ERR Invalid client ID")
			}
			wanted[uint64(id)] = true
			order = append(order, uint64(id))
		}
		take = func(s *session.Session) bool { return wanted[s.ID] }
	default:
		return resp.ErrSyntax
	}
	lines := c.describe(take)
	if order != nil {
		lines = inOrder(lines, order)
	}
	var b bytes.Buffer
	for _, l := range lines {
		b.Write(l.text)
	}
	c.Out.Verbatim("txt", b.String())
	return nil
}

// inOrder gives the lines in the order in which their numbers were asked for, twice
// if they were.
func inOrder(lines []line, order []uint64) (out []line) {
	byID := map[uint64]line{}
	for _, l := range lines {
		byID[l.id] = l
	}
	for _, id := range order {
		if l, ok := byID[id]; ok {
			out = append(out, l)
		}
	}
	return out
}

func clientType(name []byte) (string, error) {
	switch t := strings.ToLower(string(name)); t {
	case "normal", "pubsub", "master", "primary", "replica", "slave":
		return t, nil
	}
	return "", resp.Errorf("ERR Unknown client type '%s'", name)
}

// victims says which connections CLIENT KILL closes.
type victims struct {
	id          int64
	maxAge      int64
	addr, laddr string
	typ         string
	skipMe      bool
}

// clientKill implements CLIENT KILL ip:port and CLIENT KILL option value [...].
func clientKill(c *Ctx) error {
	v, err := parseKill(c.Args)
	if err != nil {
		return err
	}
	killed := c.kill(v)
	if len(c.Args) > 3 {
		c.Out.Int(killed)
		return nil
	}
	if killed == 0 {
		return resp.ErrNoSuchClient
	}
	c.Out.OK()
	return nil
}

func parseKill(args [][]byte) (v victims, err error) {
	if len(args) == 3 {
		v.addr = string(args[2])
		return v, nil
	}
	v.skipMe = true
	for i := 2; i < len(args); i += 2 {
		if i+1 == len(args) {
			return v, resp.ErrSyntax
		}
		if err := v.option(args[i], args[i+1]); err != nil {
			return v, err
		}
	}
	return v, nil
}

func (v *victims) option(name, value []byte) (err error) {
	ok := true
	switch {
	case is(name, "ID"):
		if v.id, ok = num.ParseInt(value); !ok || v.id < 1 {
			return resp.Errorf("ERR client-id should be greater than 0")
		}
	case is(name, "MAXAGE"):
		if v.maxAge, ok = num.ParseInt(value); !ok {
			return resp.Errorf("ERR maxage is not an integer or out of range")
		}
		if v.maxAge <= 0 {
			return resp.Errorf("ERR maxage should be greater than 0")
		}
	case is(name, "TYPE"):
		v.typ, err = clientType(value)
	case is(name, "ADDR"):
		v.addr = string(value)
	case is(name, "LADDR"):
		v.laddr = string(value)
	case is(name, "USER"):
		if string(value) != "default" {
			return resp.Errorf("ERR No such user '%s'", value)
		}
	case is(name, "SKIPME") && is(value, "YES"):
		v.skipMe = true
	case is(name, "SKIPME") && is(value, "NO"):
		v.skipMe = false
	default:
		return resp.ErrSyntax
	}
	return err
}

func (v *victims) match(s *session.Session, me bool, now int64) bool {
	return !s.Gone() && (v.addr == "" || s.Addr == v.addr) && (v.laddr == "" || s.Info.Local == v.laddr) &&
		(v.typ == "" || s.TypeName() == v.typ) && (v.id == 0 || s.ID == uint64(v.id)) && !(me && v.skipMe) &&
		(v.maxAge == 0 || now/1000-s.Info.Created/1000 >= v.maxAge)
}

// kill closes the connections that match and counts them.
func (c *Ctx) kill(v victims) (killed int64) {
	var mu sync.Mutex
	now := c.Clock.Millis()
	c.Reactor.Everybody(func(l *session.Loop) {
		own := int64(0)
		l.Each(func(s *session.Session) {
			if v.match(s, s == c.Session, now) {
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
	case len(c.Args) == 3 || len(c.Args) == 4 && is(c.Args[3], "TIMEOUT"):
		reply = session.TimedOut
	case len(c.Args) == 4 && is(c.Args[3], "ERROR"):
		reply = func(_ *call.Call, out *resp.Writer) { out.ErrorText("UNBLOCKED client unblocked via CLIENT UNBLOCK") }
	case len(c.Args) == 4:
		return resp.Errorf("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
	default:
		return resp.UnknownSubcommandArity("CLIENT", c.Args[1])
	}
	id, ok := num.ParseInt(c.Args[2])
	if !ok {
		return resp.ErrNotInteger
	}
	done := make(chan struct{}, math.MaxUint8)
	c.Reactor.Each(func(l *session.Loop) { // blocked connections do not move
		l.Each(func(s *session.Session) {
			if s.ID != uint64(id) || !s.Blocked() {
				return
			}
			waiting := s.Away()
			if s.Cancel(func(out *resp.Writer) { reply(waiting, out) }) {
				done <- struct{}{}
			}
		})
	})
	c.Out.Int(int64(len(done)))
	return nil
}

// is compares a word of a client with a keyword, given in upper case.
func is(arg []byte, keyword string) bool {
	return len(arg) == len(keyword) && strings.EqualFold(string(arg), keyword)
}
