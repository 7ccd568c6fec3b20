package control

import (
	"net"
	"slices"
	"strings"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/reactor/session"
)

// filter is what CLIENT LIST and CLIENT KILL choose connections by: all of its conditions.
type filter struct {
	conditions []func(*session.Session) bool
	skipMe     bool
	order      []uint64 // of ID
}

func (f *filter) add(condition func(*session.Session) bool) {
	f.conditions = append(f.conditions, condition)
}

// match reports whether the filter chooses s; me: it is the one that asks.
func (f *filter) match(s *session.Session, me bool) bool {
	if s.Gone() || me && f.skipMe {
		return false
	}
	for _, c := range f.conditions {
		if !c(s) {
			return false
		}
	}
	return true
}

// parseFilter reads the conditions: a word and its value, ID with any number of values.
// Most have a negation, NOT- before the word.
func (c *Ctx) parseFilter(args [][]byte, f *filter) error {
	for len(args) > 0 {
		word := strings.ToUpper(string(args[0]))
		positive, not := strings.CutPrefix(word, "NOT-")
		if positive == "ID" && len(args) > 1 {
			n, err := f.ids(args[1:], not)
			if err != nil {
				return err
			}
			args = args[1+n:]
			continue
		}
		if len(args) < 2 {
			return resp.ErrSyntax
		}
		if err := c.condition(f, positive, not, args[1]); err != nil {
			return err
		}
		args = args[2:]
	}
	return nil
}

// ids takes the numbers at the front of args; the first has to be one.
func (f *filter) ids(args [][]byte, not bool) (n int, err error) {
	wanted := map[uint64]bool{}
	for ; n < len(args); n++ {
		id, ok := num.ParseInt(args[n])
		if !ok && n > 0 {
			break
		}
		if !ok || id < 1 {
			return 0, resp.Errorf("ERR client-id should be greater than 0")
		}
		if !not {
			f.order = append(f.order, uint64(id))
		}
		wanted[uint64(id)] = true
	}
	f.add(func(s *session.Session) bool { return wanted[s.ID] != not })
	return n, nil
}

// condition adds the one called word.
func (c *Ctx) condition(f *filter, word string, not bool, value []byte) error {
	v := string(value)
	text := func(of func(s *session.Session) string) {
		f.add(func(s *session.Session) bool { return (of(s) == v) != not })
	}
	switch word {
	case "ADDR":
		text(func(s *session.Session) string { return s.Addr })
	case "LADDR":
		text(func(s *session.Session) string { return s.Info.Local })
	case "NAME":
		text(func(s *session.Session) string { return s.Name })
	case "LIB-NAME":
		text(func(s *session.Session) string { return s.Info.LibName })
	case "LIB-VER":
		text(func(s *session.Session) string { return s.Info.LibVersion })
	case "IP":
		text(func(s *session.Session) string { return hostOf(s.Addr) })
	case "USER":
		if v != defaultUser {
			return resp.Errorf("ERR No such user '%s'", value)
		}
		f.add(func(*session.Session) bool { return !not })
	case "TYPE":
		typ, err := clientType(value)
		if err != nil {
			return err
		}
		f.add(func(s *session.Session) bool { return (s.TypeName() == typ) != not })
	case "FLAGS":
		return f.letters(value, session.FlagLetters, "flags", not, (*session.Session).FlagLetters)
	case "CAPA":
		return f.letters(value, session.CapaLetters, "capa", not, (*session.Session).CapaLetters)
	case "DB":
		return c.database(f, value, not)
	case "SKIPME", "MAXAGE", "IDLE":
		if not {
			return resp.ErrSyntax
		}
		return c.age(f, word, value)
	default:
		return resp.ErrSyntax
	}
	return nil
}

// age adds what has no negation.
func (c *Ctx) age(f *filter, word string, value []byte) error {
	if word == "SKIPME" {
		if !is(value, "YES") && !is(value, "NO") {
			return resp.ErrSyntax
		}
		f.skipMe = is(value, "YES")
		return nil
	}
	name := strings.ToLower(word)
	n, ok := num.ParseInt(value)
	if !ok {
		return resp.Errorf("ERR %s is not an integer or out of range", name)
	}
	if n <= 0 {
		return resp.Errorf("ERR %s should be greater than 0", name)
	}
	now := c.Clock.Millis()
	if word == "MAXAGE" {
		f.add(func(s *session.Session) bool { return now/1000-s.Info.Created/1000 >= n })
	} else {
		f.add(func(s *session.Session) bool { return (now-s.Info.Last)/1000 >= n })
	}
	return nil
}

// letters adds that a client has all of the letters of value.
func (f *filter) letters(value []byte, known, name string, not bool, of func(*session.Session) string) error {
	if strings.Trim(string(value), known) != "" {
		return resp.Errorf("ERR Unknown %s found in the provided filter: %s", name, value)
	}
	f.add(func(s *session.Session) bool {
		have := of(s)
		missing := slices.ContainsFunc(value, func(letter byte) bool { return strings.IndexByte(have, letter) < 0 })
		return missing == not
	})
	return nil
}

func (c *Ctx) database(f *filter, value []byte, not bool) error {
	most := c.Engine.Space.Databases()
	n, ok := num.ParseInt(value)
	if !ok {
		return resp.ErrNotInteger
	}
	if n < 0 || n >= int64(most) {
		return resp.Errorf("ERR DB number should be between 0 and %d", most-1)
	}
	f.add(func(s *session.Session) bool { return (s.Database() == int(n)) != not })
	return nil
}

// hostOf is an address without its port.
func hostOf(addr string) string {
	if host, _, err := net.SplitHostPort(addr); err == nil {
		return host
	}
	return addr
}

// defaultUser is the only user so far.
const defaultUser = "default"

func clientType(name []byte) (string, error) {
	switch t := strings.ToLower(string(name)); t {
	case "normal", "pubsub":
		return t, nil
	case "master", "primary":
		return "primary", nil
	case "replica", "slave":
		return "replica", nil
	}
	return "", resp.Errorf("ERR Unknown client type '%s'", name)
}
