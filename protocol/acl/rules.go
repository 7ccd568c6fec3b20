package acl

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// Why a rule is refused, in Valkey's words.
var (
	errUnknown   = errors.New("Unknown command or category name in ACL")
	errSyntax    = errors.New("Syntax error")
	errAllKeys   = errors.New("Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns")
	errAllHeard  = errors.New("Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels")
	errNoSuch    = errors.New("The password you are trying to remove from the user does not exist")
	errHash      = errors.New("The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters")
	ErrDuplicate = errors.New("Duplicate user found. A user can only be defined once in config files")
	errNested    = errors.New("Allowing first-arg of a subcommand is not supported")
	errDatabase  = errors.New("The provided database ID is out of range")
	errFormat    = errors.New("Wrong format")
)

// Rules reads rules of users.
type Rules struct {
	*Commands
	Databases   int         // how many there are
	AllChannels func() bool // acl-pubsub-default: whether new users and selectors may reach all channels
	// Misused is told of a rule that allows a command, otherwise forbidden, with one first argument: it may go some day. nil: nobody is.
	Misused func(rule string)
}

// draft is a user on its way from rules to a User.
type draft struct {
	User
	by *Rules
}

// blank is a user of whom nothing is said yet: it is off.
func (r *Rules) blank(name string) *draft {
	d := &draft{User{Name: name, Sanitizes: true}, r}
	d.selectors = []selector{r.selector()}
	return d
}

// selector is one that allows nothing, but the selected database and, where configured, channels.
func (r *Rules) selector() selector {
	return selector{commands: make([]uint64, r.table.IDs()/64+1), allDatabases: true, allChannels: r.AllChannels(), count: r.Databases}
}

// change begins a draft with what a user may already do.
func (r *Rules) change(u *User) *draft {
	d := &draft{*u, r}
	d.passwords = slices.Clone(u.passwords)
	d.selectors = make([]selector, len(u.selectors))
	for i := range u.selectors {
		d.selectors[i] = u.selectors[i].clone()
	}
	return d
}

func (s *selector) clone() selector {
	c := *s
	c.commands, c.firsts = slices.Clone(s.commands), slices.Clone(s.firsts)
	c.keys, c.channels = slices.Clone(s.keys), slices.Clone(s.channels)
	c.databases, c.rules = slices.Clone(s.databases), slices.Clone(s.rules)
	return c
}

// done is the user that the draft came to be.
func (d *draft) done() *User {
	u := d.User
	u.all = false
	for i := range u.selectors {
		s := &u.selectors[i]
		s.everyOne = s.allDatabases || len(s.databases) >= s.count && s.hasEvery()
		u.all = u.all || s.allCommands && s.allKeys && s.allChannels && s.everyOne
	}
	return &u
}

func (s *selector) hasEvery() bool {
	for n := range s.count {
		if _, there := slices.BinarySearch(s.databases, int32(n)); !there {
			return false
		}
	}
	return true
}

// apply changes the draft as a rule says.
func (d *draft) apply(rule string) error {
	switch lower(rule) {
	case "":
	case "on", "off":
		d.On = lower(rule) == "on"
	case "skip-sanitize-payload", "sanitize-payload":
		d.Sanitizes = lower(rule) == "sanitize-payload"
	case "nopass", "resetpass":
		d.NoPass, d.passwords = lower(rule) == "nopass", nil
	case "clearselectors":
		d.selectors = d.selectors[:1]
	case "reset":
		d.reset()
	default:
		switch {
		case strings.IndexByte("><#!", rule[0]) >= 0:
			return d.password(rule)
		case rule[0] == '(' && rule[len(rule)-1] == ')':
			return d.addSelector(rule[1 : len(rule)-1])
		}
		return d.by.restrict(&d.selectors[0], rule)
	}
	return nil
}

// reset makes of the user a new one.
func (d *draft) reset() {
	root := d.by.selector()
	d.User = User{Name: d.Name, Sanitizes: true, selectors: []selector{root}}
}

// password adds or removes one, given as it is or by its hash.
func (d *draft) password(rule string) error {
	var hash [sha256.Size]byte
	switch sign, given := rule[0], rule[1:]; sign {
	case '>', '<':
		hash = sha256.Sum256([]byte(given))
	default:
		if len(given) != 2*len(hash) || strings.Trim(given, "0123456789abcdef") != "" {
			return errHash
		}
		_, _ = hex.Decode(hash[:], []byte(given))
	}
	at := slices.Index(d.passwords, hash)
	switch {
	case rule[0] == '<' || rule[0] == '!':
		if at < 0 {
			return errNoSuch
		}
		d.passwords = slices.Delete(d.passwords, at, at+1)
		return nil
	case at < 0:
		d.passwords = append(d.passwords, hash)
	}
	d.NoPass = false
	return nil
}

// addSelector reads what stands in parentheses.
func (d *draft) addSelector(rules string) error {
	s := d.by.selector()
	for _, rule := range splitWords(rules) {
		if err := d.by.restrict(&s, rule); err != nil {
			return err
		}
	}
	d.selectors = append(d.selectors, s)
	return nil
}

// restrict changes a selector as a rule says.
func (r *Rules) restrict(s *selector, rule string) error {
	switch lower(rule) {
	case "allkeys", "~*", "resetkeys":
		s.allKeys, s.keys = lower(rule) != "resetkeys", nil
		return nil
	case "allchannels", "&*", "resetchannels":
		s.allChannels, s.channels = lower(rule) != "resetchannels", nil
		return nil
	case "alldbs", "resetdbs":
		s.allDatabases, s.databases = lower(rule) == "alldbs", nil
		return nil
	case "allcommands", "+@all":
		s.everything(true)
		return nil
	case "nocommands", "-@all":
		s.everything(false)
		return nil
	case "":
		return errSyntax
	}
	switch {
	case len(rule) >= 3 && lower(rule[:3]) == "db=":
		return s.listDatabases(rule[3:])
	case rule[0] == '~' || rule[0] == '%':
		return s.addKey(rule)
	case rule[0] == '&':
		return s.addChannel(rule[1:])
	case rule[0] != '+' && rule[0] != '-':
		return errSyntax
	case len(rule) > 1 && rule[1] == '@':
		return r.category(s, rule[2:], rule[0] == '+')
	case rule[0] == '-' || !strings.Contains(rule, "|"):
		return r.command(s, rule[1:], rule[0] == '+')
	}
	return r.part(s, rule[1:])
}

func (s *selector) everything(on bool) {
	for i := range s.commands {
		s.commands[i] = 0
		if on {
			s.commands[i] = ^uint64(0)
		}
	}
	s.allCommands, s.future, s.rules, s.firsts = on, on, nil, nil
}

// category allows or forbids all commands of it.
func (r *Rules) category(s *selector, name string, on bool) error {
	cat := Category(name)
	if cat == 0 {
		return errUnknown
	}
	s.note("@"+lower(name), on)
	r.Each(func(spec *command.Spec) {
		if spec.Categories()&cat != 0 {
			r.allow(s, spec, on)
		}
	})
	return nil
}

// command allows or forbids a command with its subcommands, or a subcommand.
func (r *Rules) command(s *selector, name string, on bool) error {
	spec := r.find(name)
	if spec == nil {
		return errUnknown
	}
	r.allow(s, spec, on)
	s.note(spec.FullName(), on)
	return nil
}

// part allows a subcommand, or a command with a first argument.
func (r *Rules) part(s *selector, name string) error {
	at := strings.LastIndexByte(name, '|')
	spec := r.find(name[:at])
	switch {
	case spec == nil:
		return errUnknown
	case spec.Parent() != nil:
		return errNested
	case at == len(name)-1 || hasSpaces(name): // which could not be read again
		return errSyntax
	case contains(spec):
		return r.command(s, name, true)
	}
	if r.Misused != nil {
		r.Misused("+" + name)
	}
	one := first{spec.ID(), lower(name[at+1:])}
	if !slices.Contains(s.firsts, one) {
		s.firsts = append(s.firsts, one)
	}
	s.note(lower(name), true)
	return nil
}

// allow sets the command's bit and those of its subcommands.
func (r *Rules) allow(s *selector, spec *command.Spec, on bool) {
	s.set(spec.ID(), on)
	s.firsts = slices.DeleteFunc(s.firsts, func(f first) bool { return f.id == spec.ID() })
	for _, sub := range spec.Subs {
		s.set(sub.ID(), on)
	}
	for _, later := range r.table.Reserved() {
		if later.Parent() == spec {
			s.set(later.ID(), on)
		}
	}
	if !on {
		s.allCommands = false
	}
}

// note keeps a rule on commands, in place of what it makes meaningless: itself, and those on its subcommands.
func (s *selector) note(rule string, on bool) {
	s.rules = slices.DeleteFunc(s.rules, func(old string) bool {
		return old[1:] == rule || strings.HasPrefix(old[1:], rule+"|")
	})
	sign := "-"
	if on {
		sign = "+"
	}
	s.rules = append(s.rules, sign+rule)
}

// addKey reads ~pattern, %R~pattern, %W~pattern.
func (s *selector) addKey(rule string) error {
	if s.allKeys {
		return errAllKeys
	}
	may, text := reads|writes, rule[1:]
	if rule[0] == '%' {
		may = 0
		for len(text) > 0 && text[0] != '~' {
			switch c := text[0] &^ 0x20; {
			case c == 'R' && may&reads == 0:
				may |= reads
			case c == 'W' && may&writes == 0:
				may |= writes
			default:
				return errSyntax
			}
			text = text[1:]
		}
		if may == 0 {
			return errSyntax
		}
		text = strings.TrimPrefix(text, "~")
	}
	if hasSpaces(text) {
		return errSyntax
	}
	for i := range s.keys {
		if s.keys[i].text == text {
			s.keys[i].access |= may
			return nil
		}
	}
	s.keys = append(s.keys, compile(text, may))
	return nil
}

func (s *selector) addChannel(text string) error {
	if s.allChannels {
		return errAllHeard
	}
	if hasSpaces(text) {
		return errSyntax
	}
	if !slices.ContainsFunc(s.channels, func(p pattern) bool { return p.text == text }) {
		s.channels = append(s.channels, compile(text, 0))
	}
	return nil
}

// listDatabases reads numbers with commas between.
func (s *selector) listDatabases(list string) error {
	if list == "" || list[0] == ',' || list[len(list)-1] == ',' {
		return errSyntax
	}
	var all []int32
	for _, word := range strings.Split(list, ",") {
		if word == "" {
			return errSyntax
		}
		n, err := number(word)
		if err != nil {
			return err
		}
		all = append(all, n)
	}
	slices.Sort(all)
	s.allDatabases, s.databases = false, slices.Compact(all)
	return nil
}

// number reads a number as C does, which passes over blanks before it.
func number(word string) (int32, error) {
	word = strings.TrimLeft(word, " \t\n\v\f\r")
	digits := strings.TrimPrefix(word, "+")
	if minus, is := strings.CutPrefix(word, "-"); is {
		digits = minus
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, errSyntax
	}
	n := int64(0)
	for _, c := range digits {
		if n = 10*n + int64(c-'0'); n >= 1<<31 {
			return 0, errDatabase
		}
	}
	if n > 0 && word[0] == '-' {
		return 0, errDatabase
	}
	return int32(n), nil
}

// hasSpaces reports whether a word could not stand in a line of a file.
func hasSpaces(text string) bool { return strings.ContainsAny(text, " \t\n\v\f\r\x00") }

// splitWords cuts what stands in parentheses at blanks; quotes are as in inline commands. With one that is not closed there is
// nothing, as in Valkey.
func splitWords(text string) (words []string) {
	args, ok := resp.SplitArgs([]byte(text), nil)
	if !ok {
		return nil
	}
	for _, a := range args {
		words = append(words, string(a))
	}
	return words
}
