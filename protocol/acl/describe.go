package acl

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// spelling is how words of rules are written: those of the user itself, and those in parentheses.
type spelling struct{ own, inner func(word string) string }

// Words are shown as they are. In a file, what stands in parentheses is read as inline commands are, and a line of the configuration as a whole is,
// so that quotes, and parentheses in patterns, have to be quoted: there once, here once more.
var (
	asShown     = spelling{own: asItIs, inner: asItIs}
	inFile      = spelling{own: asItIs, inner: quoted}
	inDirective = spelling{own: quoted, inner: func(word string) string { return quoted(quoted(word)) }}
)

func asItIs(word string) string { return word }

// quoted puts a word between quotes that would not be read as it is.
func quoted(word string) string {
	if !strings.ContainsAny(word, "\"'()") {
		return word
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(word) {
		if word[i] == '"' || word[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(word[i])
	}
	b.WriteByte('"')
	return b.String()
}

// describe is the user as rules, behind its name.
func (u *User) describe(s spelling) string {
	parts := u.Flags()
	for _, hash := range u.Passwords() {
		parts = append(parts, "#"+hash)
	}
	for i := range u.selectors {
		if i == 0 {
			parts = append(parts, u.selectors[i].describe(s.own))
		} else {
			parts = append(parts, "("+u.selectors[i].describe(s.inner)+")")
		}
	}
	return strings.Join(parts, " ")
}

// Line is the user as ACL LIST shows it.
func (u *User) Line() string { return "user " + u.Name + " " + u.describe(asShown) }

// Flags are the user's own, as rules name them.
func (u *User) Flags() (flags []string) {
	pick := func(on bool, yes, no string) {
		if on {
			flags = append(flags, yes)
		} else if no != "" {
			flags = append(flags, no)
		}
	}
	pick(u.On, "on", "off")
	pick(u.NoPass, "nopass", "")
	pick(u.Sanitizes, "sanitize-payload", "skip-sanitize-payload")
	return flags
}

// Passwords are the hashes, in hexadecimal digits.
func (u *User) Passwords() []string {
	all := make([]string, len(u.passwords))
	for i := range u.passwords {
		all[i] = hex.EncodeToString(u.passwords[i][:])
	}
	return all
}

// Permissions is a selector in words, the user's own first.
type Permissions struct{ Commands, Keys, Channels, Databases string }

// Permissions are all selectors of the user.
func (u *User) Permissions() []Permissions {
	all := make([]Permissions, len(u.selectors))
	for i := range u.selectors {
		s := &u.selectors[i]
		all[i] = Permissions{s.describeCommands(asItIs), s.describeKeys(asItIs), s.describeChannels(asItIs), s.describeDatabases()}
	}
	return all
}

func (s *selector) describe(spell func(word string) string) string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	add(s.describeKeys(spell))
	if !s.allChannels {
		add("resetchannels")
	}
	add(s.describeChannels(spell))
	if text := s.describeDatabases(); text != "" {
		add(text)
	} else {
		add("resetdbs")
	}
	add(s.describeCommands(spell))
	return strings.Join(parts, " ")
}

func (s *selector) describeCommands(spell func(word string) string) string {
	begin := "-@all"
	if s.future {
		begin = "+@all"
	}
	words := []string{begin}
	for _, rule := range s.rules {
		words = append(words, spell(rule))
	}
	return strings.Join(words, " ")
}

func (s *selector) describeKeys(spell func(word string) string) string {
	if s.allKeys {
		return "~*"
	}
	words := make([]string, len(s.keys))
	for i := range s.keys {
		words[i] = spell(s.keys[i].access.mark() + s.keys[i].text)
	}
	return strings.Join(words, " ")
}

func (s *selector) describeChannels(spell func(word string) string) string {
	if s.allChannels {
		return "&*"
	}
	words := make([]string, len(s.channels))
	for i := range s.channels {
		words[i] = spell("&" + s.channels[i].text)
	}
	return strings.Join(words, " ")
}

func (s *selector) describeDatabases() string {
	switch {
	case s.allDatabases:
		return "alldbs"
	case len(s.databases) == 0:
		return ""
	}
	words := make([]string, len(s.databases))
	for i, n := range s.databases {
		words[i] = strconv.Itoa(int(n))
	}
	return "db=" + strings.Join(words, ",")
}
