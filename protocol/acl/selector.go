package acl

import (
	"sigrun/internal/num"
	"sigrun/protocol/command"
)

// selector is a set of permissions of which a command needs all that it takes: itself, its keys, its channels, its database.
type selector struct {
	allCommands, future    bool // future: commands to come, too; +@all alone gives that
	allKeys, allChannels   bool
	allDatabases, everyOne bool // everyOne: all databases that there are
	commands               []uint64
	firsts                 []first
	keys, channels         []pattern
	databases              []int32  // sorted
	count                  int      // of databases that there are
	rules                  []string // on commands, as they add up: "+get", "-@dangerous"
}

// first is a first argument with which a command is allowed that is not otherwise.
type first struct {
	id  command.ID
	arg string // lower case
}

// Denial says why a command is refused, and the argument for which it is.
type Denial struct {
	Reason Reason
	At     int
}

// Reason of a refusal. Of several the highest is told.
type Reason uint8

const (
	None Reason = iota
	Database
	Command
	Key
	Auth // a wrong password, or no such user
	Channel
	Certificate // of a user who does not exist or is off
	Reasons
)

func (s *selector) check(cmd *command.Spec, args [][]byte, db int) Denial {
	if !s.everyOne {
		if at, ok := s.reaches(cmd, args, db); !ok {
			return Denial{Database, at}
		}
	}
	if !s.allCommands && !s.runs(cmd, args) {
		return Denial{Command, 0}
	}
	if flags, one := cmd.OnlyKey(); one && !s.allKeys && len(args) > 1 {
		if !s.opens(args[1], wanted(flags)) {
			return Denial{Key, 1}
		}
	} else if !s.allKeys && cmd.Keyed() {
		if at := s.lockedKey(cmd, args); at > 0 {
			return Denial{Key, at}
		}
	}
	if cmd.Channels != 0 && !s.allChannels {
		if at := s.lockedChannel(cmd, args); at > 0 {
			return Denial{Channel, at}
		}
	}
	return Denial{}
}

// runs reports whether the command itself is allowed. Subcommands that clients do not see as such are their command.
func (s *selector) runs(cmd *command.Spec, args [][]byte) bool {
	id := cmd.ID()
	if cmd.Inner() {
		id = cmd.Parent().ID()
	}
	return s.has(id) || cmd.Has(command.NoAuth) || len(s.firsts) > 0 && s.runsWith(id, args)
}

func (s *selector) has(id command.ID) bool { return s.commands[id>>6]>>(id&63)&1 != 0 }

func (s *selector) set(id command.ID, on bool) {
	if on {
		s.commands[id>>6] |= 1 << (id & 63)
	} else {
		s.commands[id>>6] &^= 1 << (id & 63)
	}
}

func (s *selector) runsWith(id command.ID, args [][]byte) bool {
	for i := range s.firsts {
		if f := &s.firsts[i]; f.id == id && len(args) > 1 && equalFold(f.arg, args[1]) {
			return true
		}
	}
	return false
}

// lockedKey is the position of a key that may not be touched as the command does, 0: there is none. Where a command's keys
// cannot be told it has none: it will fail.
func (s *selector) lockedKey(cmd *command.Spec, args [][]byte) int {
	if len(cmd.Keys) > 1 {
		for i := range cmd.Keys {
			if _, _, _, ok := keyRange(&cmd.Keys[i], args); !ok {
				return 0
			}
		}
	}
	for i := range cmd.Keys {
		k := &cmd.Keys[i]
		flags := k.Flags
		if flags&command.KeyNotKey != 0 {
			continue
		}
		from, to, step, ok := keyRange(k, args)
		if !ok {
			return 0
		}
		if flags&command.KeyVariable != 0 && cmd.KeyFlags != nil {
			flags = cmd.KeyFlags(args)
		}
		want := wanted(flags)
		for at := from; at <= to; at += step {
			if !s.opens(args[at], want) {
				return at
			}
		}
	}
	return 0
}

// keyRange is Range, where a number of keys that is none is no form either.
func keyRange(k *command.KeySpec, args [][]byte) (from, to, step int, ok bool) {
	from, to, step, ok = k.Range(args)
	return from, to, step, ok && (from <= to || k.NumAt == 0)
}

// wanted is what a command does with a key.
func wanted(flags command.KeyFlag) (a access) {
	if flags&command.KeyAccess != 0 {
		a = reads
	}
	if flags&(command.KeyInsert|command.KeyDelete|command.KeyUpdate) != 0 {
		a |= writes
	}
	return a
}

func (s *selector) opens(key []byte, want access) bool {
	lead := leadOf(key)
	for i := range s.keys {
		if p := &s.keys[i]; lead&p.mask == p.lead && p.access&want == want && p.matches(key, lead) {
			return true
		}
	}
	return false
}

// readsAll reports whether every key may be read.
func (s *selector) readsAll() bool {
	if s.allKeys {
		return true
	}
	for i := range s.keys {
		if p := &s.keys[i]; p.access&reads != 0 && p.text == "*" {
			return true
		}
	}
	return false
}

// lockedChannel is the position of a channel that may not be reached, 0: there is none.
func (s *selector) lockedChannel(cmd *command.Spec, args [][]byte) int {
	last := len(args) - 1
	if cmd.Channels == command.OneChannel {
		last = min(last, 1)
	}
	for at := 1; at <= last; at++ {
		if !s.hears(args[at], cmd.Channels == command.PatternsOfChannels) {
			return at
		}
	}
	return 0
}

// hears reports whether a channel matches; a pattern has to be the very same.
func (s *selector) hears(channel []byte, literally bool) bool {
	lead := leadOf(channel)
	for i := range s.channels {
		p := &s.channels[i]
		if literally && p.text == string(channel) || !literally && p.matches(channel, lead) {
			return true
		}
	}
	return false
}

// reaches reports whether the databases are allowed that a command works on; at is the argument that names one that is not, 0:
// it is the selected one, or all of them.
func (s *selector) reaches(cmd *command.Spec, args [][]byte, db int) (at int, ok bool) {
	switch {
	case cmd.AllDatabases:
		return 0, false
	case cmd.Databases != nil:
		if at, ok = s.reachesNamed(cmd.Databases(args), args); !ok {
			return at, false
		}
		if !cmd.Keyed() {
			return 0, true
		}
	case !cmd.Keyed() && cmd.Categories()&(command.CatKeyspace|command.CatRead|command.CatWrite) == 0:
		return 0, true
	}
	return 0, s.database(db)
}

// reachesNamed looks at the numbers at some arguments. What is no number, or that of no database, fails later.
func (s *selector) reachesNamed(at [2]int, args [][]byte) (denied int, ok bool) {
	for _, i := range at {
		if i <= 0 || i >= len(args) {
			continue
		}
		n, valid := num.ParseInt(args[i])
		if !valid || n < 0 || n >= int64(s.count) {
			return 0, true
		}
		if !s.database(int(n)) && denied == 0 {
			denied = i
		}
	}
	return denied, denied == 0
}

// database looks through few numbers: who may use many has a rule for all.
func (s *selector) database(db int) bool {
	if s.allDatabases {
		return true
	}
	for _, n := range s.databases {
		if int(n) == db {
			return true
		}
	}
	return false
}

// equalFold compares an argument with a word in lower case.
func equalFold(lower string, arg []byte) bool {
	if len(lower) != len(arg) {
		return false
	}
	for i, c := range arg {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
