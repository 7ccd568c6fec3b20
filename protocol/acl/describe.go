package acl

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// describe is the user as rules, behind its name, as files and ACL LIST have it.
func (u *User) describe() string {
	parts := u.Flags()
	for _, hash := range u.Passwords() {
		parts = append(parts, "#"+hash)
	}
	for i := range u.selectors {
		s := &u.selectors[i]
		text := s.describe()
		if i > 0 {
			text = "(" + text + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

// Line is the user as a line of a file.
func (u *User) Line() string { return "user " + u.Name + " " + u.text }

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
		all[i] = Permissions{s.describeCommands(), s.describeKeys(), s.describeChannels(), s.describeDatabases()}
	}
	return all
}

func (s *selector) describe() string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	add(s.describeKeys())
	if !s.allChannels {
		add("resetchannels")
	}
	add(s.describeChannels())
	if text := s.describeDatabases(); text != "" {
		add(text)
	} else {
		add("resetdbs")
	}
	add(s.describeCommands())
	return strings.Join(parts, " ")
}

func (s *selector) describeCommands() string {
	begin := "-@all"
	if s.future {
		begin = "+@all"
	}
	return strings.Join(append([]string{begin}, s.rules...), " ")
}

func (s *selector) describeKeys() string {
	if s.allKeys {
		return "~*"
	}
	words := make([]string, len(s.keys))
	for i := range s.keys {
		words[i] = s.keys[i].access.mark() + s.keys[i].text
	}
	return strings.Join(words, " ")
}

func (s *selector) describeChannels() string {
	if s.allChannels {
		return "&*"
	}
	words := make([]string, len(s.channels))
	for i := range s.channels {
		words[i] = "&" + s.channels[i].text
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
