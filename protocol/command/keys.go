package command

import "slices"

// KeyFlag says what a command does with the keys of a KeySpec.
type KeyFlag uint16

// The flags of key specifications, as COMMAND shows them.
const (
	KeyRO KeyFlag = 1 << iota
	KeyRW
	KeyOW
	KeyRM
	KeyAccess
	KeyUpdate
	KeyInsert
	KeyDelete
	KeyNotKey
	KeyIncomplete // clients cannot find all of them by the specification
	KeyVariable
)

var keyFlagNames = [...]string{"RO", "RW", "OW", "RM", "access", "update", "insert", "delete", "not_key",
	"incomplete", "variable_flags"}

// Names lists the flags as COMMAND spells them.
func (f KeyFlag) Names() []string {
	var out []string
	for i, name := range keyFlagNames {
		if f&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// KeySpec finds keys among the arguments. Positions count from 0, the command's
// name; negative ones from the end (-1 is the last argument).
type KeySpec struct {
	First int // position of the first key
	Last  int // position of the last one, relative to First when >= 0, from the end when < 0
	Step  int // distance between keys; 0 means 1
	NumAt int // when > 0: position of the argument that holds the number of keys, which start at First
	Flags KeyFlag
	Note  string // why the flags are what they are, where one may wonder

	// A specification with a Word is of keys behind that word, which is looked for from
	// First on: the first 1/Limit of what comes there. Find finds the first and the last,
	// since the word may stand for something else, too.
	Word  string
	Limit int
	Find  func(args [][]byte) (first, last int, ok bool)

	// Nothing can be said of where the keys are but by Find.
	Nowhere bool
}

// OneKey is the most common specification: the first argument is the only key.
func OneKey(f KeyFlag) []KeySpec { return []KeySpec{{First: 1, Flags: f}} }

// Range calls the positions [first, last] by step for args; ok is false when the
// arguments do not have the form that the specification needs.
func (k *KeySpec) Range(args [][]byte) (first, last, step int, ok bool) {
	step = max(k.Step, 1)
	if k.Find != nil {
		first, last, ok = k.Find(args)
		return first, last, step, ok
	}
	first = k.First
	if k.NumAt > 0 {
		n, valid := smallInt(args, k.NumAt)
		if !valid || n < 0 || n > len(args)-first {
			return 0, 0, 0, false
		}
		last = first + (n-1)*step
		return first, last, step, last < len(args)
	}
	if k.Last >= 0 {
		last = first + k.Last
	} else {
		last = len(args) + k.Last
	}
	return first, last, step, last < len(args)
}

// AppendKeys appends the positions of all keys in args to dst: those of names that only belong to a slot as keys do (KeyNotKey) not. ok is false when
// some specification does not fit the arguments.
func (s *Spec) AppendKeys(dst []int, args [][]byte) (positions []int, ok bool) {
	return s.appendKeys(dst, args, KeyNotKey)
}

// AppendSlotted is AppendKeys with the names that only belong to a slot.
func (s *Spec) AppendSlotted(dst []int, args [][]byte) (positions []int, ok bool) {
	return s.appendKeys(dst, args, 0)
}

func (s *Spec) appendKeys(dst []int, args [][]byte, without KeyFlag) (positions []int, ok bool) {
	for i := range s.Keys {
		if s.Keys[i].Flags&without != 0 {
			continue
		}
		first, last, step, fits := s.Keys[i].Range(args)
		if !fits {
			return dst, false
		}
		for p := first; p <= last; p += step {
			dst = append(dst, p)
		}
	}
	return dst, true
}

// HasKeys reports whether arguments of the command are keys.
func (s *Spec) HasKeys() bool {
	return slices.ContainsFunc(s.Keys, func(k KeySpec) bool { return k.Flags&KeyNotKey == 0 })
}

// SingleKey reports that the command always has exactly one key, at position 1:
// the case that routing treats without a loop.
func (s *Spec) SingleKey() bool {
	return len(s.Keys) == 1 && s.Keys[0].First == 1 && s.Keys[0].Last == 0 && s.Keys[0].NumAt == 0 && s.Keys[0].Find == nil &&
		s.Keys[0].Flags&KeyNotKey == 0
}

// smallInt reads the non-negative decimal number at args[at].
func smallInt(args [][]byte, at int) (int, bool) {
	if at >= len(args) || len(args[at]) == 0 || len(args[at]) > 9 {
		return 0, false
	}
	n := 0
	for _, c := range args[at] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
