package acl

import (
	"errors"
	"fmt"
	"strings"
)

// Load puts the users of a file in the place of those there are; name is the file's. A file with something wrong in it changes nothing, and the error
// tells of all of it. gone are the accounts of whom the file says nothing.
func (u *Users) Load(text, name string) (changes []Change, gone []*Account, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	f := reading{rules: u.rules, file: name, drafts: map[string]*draft{}}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.Trim(line, " \t\r\n"); line != "" {
			f.line(i+1, line)
		}
	}
	if f.errors.Len() > 0 {
		return nil, nil, errors.New(f.errors.String() + "WARNING: ACL errors detected, no change to the previously active ACL rules was performed")
	}
	now := u.accounts()
	for _, d := range f.order {
		a := u.Named([]byte(d.Name))
		before := (*User)(nil)
		if a != nil {
			before = a.User()
		}
		changes = append(changes, u.become(a, before, d))
	}
	if f.drafts[Standard] == nil {
		changes = append(changes, u.become(u.standard, u.standard.User(), u.rules.almighty()))
	}
	for _, a := range now {
		if f.drafts[a.Name] == nil && a != u.standard {
			gone = append(gone, a)
			u.remove(a)
		}
	}
	return changes, gone, nil
}

// reading is a file that is being read.
type reading struct {
	rules  *Rules
	file   string
	drafts map[string]*draft
	order  []*draft
	errors strings.Builder
}

func (f *reading) bad(format string, args ...any) { fmt.Fprintf(&f.errors, format, args...) }

func (f *reading) line(at int, text string) {
	words := strings.Split(text, " ")
	switch {
	case words[0] != "user" || len(words) < 2:
		f.bad("%s:%d should start with user keyword followed by the username. ", f.file, at)
	case hasSpaces(words[1]):
		f.bad("'%s:%d: username '%s' contains invalid characters. ", f.file, at, words[1])
	case f.drafts[words[1]] != nil:
		f.bad("WARNING: Duplicate user '%s' found on line %d. ", words[1], at)
	default:
		d := f.rules.blank(words[1])
		f.drafts[d.Name] = d
		f.order = append(f.order, d)
		f.apply(at, d, words[2:])
	}
}

// apply applies the rules of a line. Of commands that are not known all are told, of other errors the first: others may follow from it.
func (f *reading) apply(at int, d *draft, words []string) {
	rules, open := merge(words)
	if open != "" {
		f.bad("%s:%d: Unmatched parenthesis in selector definition.", f.file, at)
		return
	}
	told := false
	for _, rule := range rules {
		rule = strings.Trim(rule, "\t\r\n")
		switch err := d.apply(rule); {
		case err == nil:
		case errors.Is(err, errUnknown):
			f.bad("%s:%d: Error in applying operation '%s': %s. ", f.file, at, shown(rule), err)
		case !told:
			told = true
			f.bad("%s:%d: %s. ", f.file, at, err)
		}
	}
}

// Text is all users as a file.
func (u *Users) Text() string {
	var b strings.Builder
	for _, user := range u.All() {
		b.WriteString("user " + user.Name + " " + user.describe(inFile) + "\n")
	}
	return b.String()
}

// Lines are all users as lines of a configuration, without the first word.
func (u *Users) Lines() (lines []string) {
	for _, user := range u.All() {
		lines = append(lines, quoted(user.Name)+" "+user.describe(inDirective))
	}
	return lines
}
