package command

// Flag is a property of a command that admission, routing or clients look at.
type Flag uint32

// The flags that COMMAND shows, in the order in which it shows them.
const (
	Write Flag = 1 << iota
	ReadOnly
	DenyOOM
	Admin
	PubSub
	NoScript
	Blocking
	Loading
	Stale
	SkipMonitor
	SkipCommandLog
	Asking
	Fast
	NoAuth
	MayReplicate
	NoMandatoryKeys
	NoAsyncLoading
	NoMulti
	MovableKeys
	AllowBusy
)

// The flags that COMMAND does not show.
const (
	// Protected commands need enable-debug-command or its like.
	Protected Flag = 1 << (31 - iota)
	// System commands are for the server's own use, says COMMAND DOCS.
	System
	// Undelayed commands are executed after MULTI, not queued.
	Undelayed
	// Executes is EXEC's: whether it may run depends on what it runs, too.
	Executes
	// Listening commands may be sent by subscribers under RESP2.
	Listening
	// Probe commands are sent to learn whether the server is well: they fail when disks do.
	Probe
	// Inner subcommands are not shown: to clients their container is one command, which looks at its arguments late.
	Inner
	// Touches is of a command that counts as an access even where its client says that it makes none (CLIENT NO-TOUCH).
	Touches
	// Personal commands ask about the connection or set it up: they are not what CLIENT CACHING speaks of.
	Personal
	// BySum is of a command whose first argument is the digest of a script, not its text.
	BySum
	// Asks is of the command that lets the next one follow a redirection.
	Asks
)

// Debugging are the flags of DEBUG's subcommands.
const Debugging = Protected | Inner

var flagNames = [...]string{"write", "readonly", "denyoom", "admin", "pubsub", "noscript", "blocking", "loading",
	"stale", "skip_monitor", "skip_commandlog", "asking", "fast", "no_auth", "may_replicate", "no_mandatory_keys",
	"no_async_loading", "no_multi", "movablekeys", "allow_busy"}

// Names lists the flags as COMMAND spells them.
func (f Flag) Names() []string {
	var out []string
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// Category is a set of ACL categories.
type Category uint32

// The ACL categories of Valkey, in the order in which COMMAND shows them.
const (
	CatKeyspace Category = 1 << iota
	CatRead
	CatWrite
	CatSet
	CatSortedSet
	CatList
	CatHash
	CatString
	CatBitmap
	CatHyperLogLog
	CatGeo
	CatStream
	CatPubSub
	CatAdmin
	CatFast
	CatSlow
	CatBlocking
	CatDangerous
	CatConnection
	CatTransaction
	CatScripting
)

var categoryNames = [...]string{"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap",
	"hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection",
	"transaction", "scripting"}

// Names lists the categories with the '@' that COMMAND puts before them.
func (c Category) Names() []string {
	var out []string
	for i, name := range categoryNames {
		if c&(1<<i) != 0 {
			out = append(out, "@"+name)
		}
	}
	return out
}

// implied adds the categories that follow from a command's flags.
func (s *Spec) implied() Category {
	c := s.ACL
	for _, rule := range [...]struct {
		flag Flag
		cats Category
	}{
		{Write, CatWrite}, {ReadOnly, CatRead}, {Admin, CatAdmin | CatDangerous}, {PubSub, CatPubSub},
		{Fast, CatFast}, {Blocking, CatBlocking},
	} {
		if s.Has(rule.flag) {
			c |= rule.cats
		}
	}
	if s.Has(ReadOnly) && s.ACL&CatScripting != 0 {
		c &^= CatRead
	}
	if c&CatFast == 0 {
		c |= CatSlow
	}
	return c
}

// Categories are all ACL categories of the command.
func (s *Spec) Categories() Category { return s.implied() }

// CategoryNamed is the category of a name in lower case, without '@'; 0: there is none.
func CategoryNamed(name string) Category {
	for i, known := range categoryNames {
		if known == name {
			return 1 << i
		}
	}
	return 0
}

// CategoryNames are all of them, in the order in which ACL CAT shows them.
func CategoryNames() []string { return categoryNames[:] }
