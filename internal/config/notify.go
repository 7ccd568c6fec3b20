package config

import (
	"errors"
	"strings"
)

// Bits of notify-keyspace-events, as its Int64 gives them.
const (
	NotifyKeyspace int64 = 1 << iota
	NotifyKeyevent
	NotifyGeneric
	NotifyString
	NotifyList
	NotifySet
	NotifyHash
	NotifyZSet
	NotifyExpired
	NotifyEvicted
	NotifyStream
	NotifyModule
	NotifyNew
	NotifyMiss
	// NotifyAll is the class A: every event but key misses and new keys.
	NotifyAll = NotifyGeneric | NotifyString | NotifyList | NotifySet | NotifyHash | NotifyZSet | NotifyExpired | NotifyEvicted | NotifyStream | NotifyModule
)

// notifyLetters is the order in which CONFIG GET prints the classes.
var notifyLetters = []struct {
	letter byte
	bits   int64
}{
	{'A', NotifyAll}, {'g', NotifyGeneric}, {'$', NotifyString}, {'l', NotifyList}, {'s', NotifySet}, {'h', NotifyHash},
	{'z', NotifyZSet}, {'x', NotifyExpired}, {'e', NotifyEvicted}, {'t', NotifyStream}, {'d', NotifyModule}, {'n', NotifyNew},
	{'K', NotifyKeyspace}, {'E', NotifyKeyevent}, {'m', NotifyMiss},
}

// checkNotify reads the letters and prints them in canonical order. A swallows the classes it holds, and, as in Valkey,
// new keys with them: n is shown only where A is not.
func checkNotify(s, _ State) (State, error) {
	var bits int64
	for i := range len(s.Text) {
		known := false
		for _, l := range notifyLetters {
			if l.letter == s.Text[i] {
				bits, known = bits|l.bits, true
			}
		}
		if !known {
			return s, errors.New("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
		}
	}
	var text strings.Builder
	shown := int64(0)
	for _, l := range notifyLetters {
		hidden := shown&NotifyAll == NotifyAll && l.bits&(NotifyAll|NotifyNew) != 0
		if bits&l.bits == l.bits && !hidden {
			text.WriteByte(l.letter)
			shown |= l.bits
		}
	}
	return State{Text: text.String(), Num: bits}, nil
}
