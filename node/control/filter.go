package control

import (
	"net"
	"slices"
	"strings"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/reactor/session"
)

// filter is what CLIENT LIST and CLIENT KILL choose connections by: all of its conditions. Of
// one that is given twice the last one counts, but IDs add up.
type filter struct {
	conditions map[string]condition // by word
	ids        [2]map[uint64]bool   // of ID and of NOT-ID, nil: not given
	skipMe     bool
}

// condition reports whether it chooses a connection.
type condition func(*session.Session) bool

func (f *filter) set(word string, c condition) {
	if f.conditions == nil {
		f.conditions = map[string]condition{}
	}
	f.conditions[word] = c
}

// match reports whether the filter chooses s; me: it is the one that asks.
func (f *filter) match(s *session.Session, me bool) bool {
	if s.Gone() || me && f.skipMe || f.ids[0] != nil && !f.ids[0][s.ID] || f.ids[1][s.ID] {
		return false
	}
	for _, chooses := range f.conditions { // in any order
		if !chooses(s) {
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
		if positive == "ID" {
			n, err := f.addIDs(args[1:], not)
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

// addIDs takes the numbers at the front of args.
func (f *filter) addIDs(args [][]byte, not bool) (n int, err error) {
	set := &f.ids[0]
	if not {
		set = &f.ids[1]
	}
	if *set == nil {
		*set = map[uint64]bool{}
	}
	for ; n < len(args); n++ {
		id, ok := num.ParseInt(args[n])
		if !ok {
			break
		}
		if id < 1 {
			return 0, resp.Errorf("ERR client-id should be greater than 0")
		}
		(*set)[uint64(id)] = true
	}
	return n, nil
}

// condition sets the one called word.
func (c *Ctx) condition(f *filter, word string, not bool, value []byte) error {
	v, name := string(value), word
	if not {
		name = "NOT-" + word
	}
	text := func(of func(s *session.Session) string) {
		f.set(name, func(s *session.Session) bool { return (v != "" && of(s) == v) != not }) // nobody is called nothing
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
		user := c.Users.Named(value)
		if user == nil {
			return resp.Errorf("ERR No such user '%s'", value)
		}
		f.set(name, func(s *session.Session) bool { return (s.Account == user) != not })
	case "TYPE":
		typ, err := clientType(value)
		if err != nil {
			return err
		}
		f.set(name, func(s *session.Session) bool { return (s.Describe().Type() == typ) != not })
	case "FLAGS":
		return f.letters(name, value, session.FlagLetters, "flags", not, session.Description.Flags)
	case "CAPA":
		return f.letters(name, value, session.CapaLetters, "capa", not, session.Description.Capabilities)
	case "DB":
		return c.database(f, name, value, not)
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

// age sets what has no negation.
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
	now := c.Clock.Millis() / 1000
	if word == "MAXAGE" {
		f.set(word, func(s *session.Session) bool { return now-s.Info.Created/1000 >= n })
	} else {
		f.set(word, func(s *session.Session) bool { return now-s.Info.Last/1000 >= n })
	}
	return nil
}

// letters sets that a client has all of the letters of value.
func (f *filter) letters(name string, value []byte, known, kind string, not bool, of func(session.Description) string) error {
	if strings.Trim(string(value), known) != "" {
		if not {
			return resp.Errorf("ERR Unknown %s found in the %s filter: %s", kind, name, value)
		}
		return resp.Errorf("ERR Unknown %s found in the provided filter: %s", kind, value)
	}
	f.set(name, func(s *session.Session) bool {
		have := of(s.Describe())
		missing := slices.ContainsFunc(value, func(letter byte) bool { return strings.IndexByte(have, letter) < 0 })
		return missing == not
	})
	return nil
}

func (c *Ctx) database(f *filter, name string, value []byte, not bool) error {
	most := c.Engine.Space.Databases()
	n, ok := num.ParseInt(value)
	if !ok || n != int64(int32(n)) {
		return resp.Errorf("ERR %s is not an integer or out of range", name)
	}
	if n < 0 || n >= int64(most) {
		return resp.Errorf("ERR %s number should be between 0 and %d", name, most-1)
	}
	f.set(name, func(s *session.Session) bool { return (s.Describe().Database() == int(n)) != not })
	return nil
}

// hostOf is an address without its port, nothing for a path.
func hostOf(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || port == "0" {
		return ""
	}
	return host
}

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
