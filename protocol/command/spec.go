// Package command describes commands: one Spec is all the facts about one
// command (name, arity, flags, keys, ACL categories, documentation), and a Table
// turns names into dense ids. It knows no handler: the families that implement
// commands put a Spec and a handler side by side on one row, and the node joins
// all rows into one Table. Everybody may import it; it never executes anything.
package command

// ID is a command's dense number in its Table; handlers are found by it.
type ID uint16

// Place says who runs a command.
type Place uint8

const (
	// OnShard commands run under the tokens of their keys' shards, in place on
	// the loop that read them or by mail.
	OnShard Place = iota
	// OnAllShards commands run under every token (FLUSHALL, SWAPDB, KEYS).
	OnAllShards
	// OnEachShard commands visit shards one after another, one token at a time
	// (SCAN): the handler asks for the next one.
	OnEachShard
	// OnSession commands touch only the connection that sent them and structures
	// with their own tokens (MULTI, SUBSCRIBE, PING); the loop runs them at once.
	OnSession
	// OnControl commands run on the control goroutine (CLIENT LIST, INFO).
	OnControl
)

// Spec is one command or subcommand. Arity counts the name (and the subcommand's
// name); a negative one is a minimum. The fields of documentation follow Valkey's
// COMMAND DOCS.
type Spec struct {
	Name         string // upper case; a subcommand's own word, "KILL"
	Arity        int
	Flags        Flag
	ACL          Category // beyond the categories that follow from Flags
	Keys         []KeySpec
	KeyFlags     func(args [][]byte) KeyFlag                                           // of keys that are KeyVariable: by the arguments
	Indirect     func(args [][]byte) bool                                              // reports that values name further keys: the command needs every token
	Leaves       func(args [][]byte, database int) bool                                // reports that it writes to another database than the selected one
	Secrets      func(args [][]byte, sensitive func(parameter string) bool) (at []int) // where passwords stand, which are never shown
	Databases    func(args [][]byte) (at [2]int)                                       // where numbers of databases stand that it works on, 0: nowhere
	Place        Place
	SlotAt       int // of an OnEachShard command that runs at the shard of a slot: the argument that names it; 0: it walks
	Channels     Channels
	Selects      bool // the database that it names is the selected one from then on
	AllDatabases bool // works on all of them
	Long         bool // may last: runs on an executor
	// Carries: it brings keys to another server. Nobody takes back what it did there, and where their slot is on its way it works on what is here.
	Carries    bool
	AllTokens  bool // an OnControl command that needs every token: it runs on an executor
	Group      string
	Since      string
	Summary    string
	Complexity string
	Tips       []string
	Subs       []*Spec

	id     ID
	parent *Spec
	full   string // "client|kill", lower case
	called string // the name by which clients find it, upper case; none when it is removed
	subs   map[string]*Spec

	special bool
	keyed   bool    // has a key
	only    KeyFlag // of a command with one key, which is its first argument, whatever the others are; 0: others
	brief   bool
}

// ID is the command's number in the Table that registered it.
func (s *Spec) ID() ID { return s.id }

// FullName is the name in Valkey's replies and errors: "get", "client|kill".
func (s *Spec) FullName() string { return s.full }

// Parent is the container of a subcommand, else nil.
func (s *Spec) Parent() *Spec { return s.parent }

// Inner reports whether this is a subcommand that is not shown.
func (s *Spec) Inner() bool { return s.parent != nil && s.Has(Inner) }

// Shown is the command that clients know: the container of a subcommand that is not shown.
func (s *Spec) Shown() *Spec {
	if s.Inner() {
		return s.parent
	}
	return s
}

// Special reports whether admission has to look closer whoever asks: a container whose
// subcommand is missing, or a protected command.
func (s *Spec) Special() bool { return s.special }

// Guarded reports whether the command, or its container, is protected.
func (s *Spec) Guarded() bool { return s.Has(Protected) || s.parent != nil && s.parent.Has(Protected) }

// Keyed reports whether the command may have keys: channels of slots are none.
func (s *Spec) Keyed() bool { return s.keyed }

// OnlyKey tells what a command does with its first argument, when that is its only key whatever the other arguments are.
func (s *Spec) OnlyKey() (f KeyFlag, one bool) { return s.only, s.only != 0 }

// Subscribes reports whether the command changes, or asks for, what clients listen to.
func (s *Spec) Subscribes() bool { return s.Place == OnSession && s.Has(PubSub) }

// Brief reports whether a call touches one key at most and takes a time that does not depend on
// how much data there is, unless its arguments or its reply are large.
func (s *Spec) Brief() bool { return s.brief }

// Has reports whether all of f are set.
func (s *Spec) Has(f Flag) bool { return s.Flags&f == f }

// ArityOK reports whether n arguments, the name included, fit.
func (s *Spec) ArityOK(n int) bool {
	return n == s.Arity || s.Arity < 0 && n >= -s.Arity
}
