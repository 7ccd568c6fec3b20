package command

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Table maps names to Specs. It is built once and then only read, from any
// goroutine.
type Table struct {
	specs []*Spec // by ID, subcommands included
	later []*Spec // by what is missing to their IDs: those that are not built yet
	top   []*Spec // commands without parents, by name
	slots []slot  // open addressing over folded names, a power of two
	mask  uint32
}

type slot struct {
	folded uint64 // first eight bytes, folded; 0 in an empty slot
	spec   *Spec
}

// NewTable numbers the specs. The caller's Specs are used as they are; a Spec
// belongs to one Table. A name that occurs twice panics: the table is code.
func NewTable(specs ...*Spec) *Table {
	size := 64
	for size < 4*len(specs) {
		size *= 2
	}
	t := &Table{slots: make([]slot, size), mask: uint32(size - 1)}
	for _, s := range specs {
		t.add(s, nil)
		s.called = s.Name
		t.insert(s)
		t.top = append(t.top, s)
	}
	sort.Slice(t.top, func(i, j int) bool { return t.top[i].Name < t.top[j].Name })
	return t
}

func (t *Table) add(s, parent *Spec) {
	s.id, s.parent = ID(len(t.specs)), parent
	s.full = strings.ToLower(s.Name)
	if parent != nil {
		s.full = parent.full + "|" + s.full
	}
	t.specs = append(t.specs, s)
	s.brief = s.SingleKey() && !s.Long && s.Place == OnShard && (s.Has(Fast) || s.Group == "string") ||
		s.Place == OnSession && s.Has(Fast)
	if s.SingleKey() && s.Arity != -1 && s.Keys[0].Flags&(KeyVariable|KeyNotKey) == 0 {
		s.only = s.Keys[0].Flags
	}
	for i := range s.Keys {
		s.keyed = s.keyed || s.Keys[i].Flags&KeyNotKey == 0
		if s.Keys[i].NumAt > 0 || s.Keys[i].Find != nil {
			s.Flags |= MovableKeys
		}
	}
	s.special = len(s.Subs) > 0 || s.Guarded() || s.Place == OnSession && len(s.Keys) > 0
	if len(s.Subs) > 0 {
		s.subs = make(map[string]*Spec, len(s.Subs))
	}
	for _, sub := range s.Subs {
		t.add(sub, s)
		if len(sub.Name) > longestSub {
			panic("BUG: longestSub is not")
		}
		s.subs[strings.ToLower(sub.Name)] = sub
	}
	if len(s.Subs) > 0 && s.Subs[0].Inner() {
		s.Flags |= shared(s.Subs) | System
	}
}

// Reserve numbers commands that are not built yet, and subcommands of those that are: rules of users name them, but Lookup and Sub do not find
// them. Once, before Rename.
func (t *Table) Reserve(later ...*Spec) {
	for _, s := range later {
		if container, sub, is := strings.Cut(s.Name, "|"); is {
			s.Name, s.parent = sub, t.Lookup([]byte(container))
		}
		s.id = ID(t.IDs())
		s.full = strings.ToLower(s.Name)
		if s.parent != nil {
			s.full = s.parent.full + "|" + s.full
		}
		t.later = append(t.later, s)
	}
}

// Reserved are the commands that are not built yet.
func (t *Table) Reserved() []*Spec { return t.later }

// ReservedFor is the one of them that the words of a command mean, nil: none.
func (t *Table) ReservedFor(args [][]byte) *Spec {
	top := t.Lookup(args[0])
	for _, s := range t.later {
		switch {
		case s.parent == nil && strings.EqualFold(s.Name, string(args[0])),
			s.parent != nil && s.parent == top && len(args) > 1 && strings.EqualFold(s.Name, string(args[1])):
			return s
		}
	}
	return nil
}

// IDs is how many there are.
func (t *Table) IDs() int { return len(t.specs) + len(t.later) }

// shared are the flags that all of the specs have.
func shared(specs []*Spec) Flag {
	all := ^Flag(0)
	for _, s := range specs {
		all &= s.Flags
	}
	return all
}

func (t *Table) insert(s *Spec) {
	folded := fold([]byte(s.called))
	for i := spread(folded, len(s.called)) & t.mask; ; i = (i + 1) & t.mask {
		if t.slots[i].spec == nil {
			t.slots[i] = slot{folded, s}
			return
		}
		if t.slots[i].spec.called == s.called {
			panic(fmt.Sprintf("BUG: command %s is declared twice", s.Name))
		}
	}
}

// Lookup finds a command by name in any case, nil when there is none. It does not
// allocate and does not look at subcommands.
func (t *Table) Lookup(name []byte) *Spec {
	folded := fold(name)
	for i := spread(folded, len(name)) & t.mask; ; i = (i + 1) & t.mask {
		s := &t.slots[i]
		if s.spec == nil {
			return nil
		}
		if s.folded == folded && len(s.spec.called) == len(name) && equalFold(s.spec.called, name) {
			return s.spec
		}
	}
}

// Rename makes Lookup find the command from under another name only, or under none when
// to is empty; then Top does not have it either. Before the table is used; from exists,
// to does not.
func (t *Table) Rename(from, to string) {
	renamed := t.Lookup([]byte(from))
	renamed.called = upper(to)
	clear(t.slots)
	for _, s := range t.specs {
		if s.parent == nil && s.called != "" {
			t.insert(s)
		}
	}
	if to == "" {
		t.top = slices.DeleteFunc(t.top, func(s *Spec) bool { return s == renamed })
	}
}

// upper makes ASCII letters large.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - ('a' - 'A')
		}
	}
	return string(b)
}

// Sub finds a subcommand by name in any case, nil when there is none.
func (s *Spec) Sub(name []byte) *Spec {
	var room [longestSub]byte
	if len(name) > len(room) {
		return nil
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		room[i] = c
	}
	return s.subs[string(room[:len(name)])]
}

// Narrowed is the subcommand that a command's words name, or the command itself when it has none of that name. One whose subcommands
// are not shown looks at their arguments late: it answers itself when there are too few or too many of them.
func (s *Spec) Narrowed(args [][]byte) *Spec {
	if len(s.Subs) == 0 || len(args) < 2 {
		return s
	}
	if sub := s.Sub(args[1]); sub != nil && (!sub.Inner() || sub.ArityOK(len(args))) {
		return sub
	}
	return s
}

// longestSub is at least the length of any subcommand's name.
const longestSub = 32

// Specs are all commands and subcommands by ID.
func (t *Table) Specs() []*Spec { return t.specs }

// Top are the commands without their subcommands, by name.
func (t *Table) Top() []*Spec { return t.top }

// fold packs the first eight bytes of a name, letters made equal in both cases.
// Other bytes may collide: Lookup compares once more.
func fold(name []byte) uint64 {
	var v uint64
	for i := 0; i < len(name) && i < 8; i++ {
		v = v<<8 | uint64(name[i]&^0x20)
	}
	return v
}

func spread(folded uint64, n int) uint32 {
	return uint32((folded ^ uint64(n)) * 0x9E3779B97F4A7C15 >> 40)
}

func equalFold(upper string, name []byte) bool {
	for i := 0; i < len(upper); i++ {
		c := name[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != upper[i] {
			return false
		}
	}
	return true
}
