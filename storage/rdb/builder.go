package rdb

// Kind is what a value is, however it is stored.
type Kind uint8

// The kinds.
const (
	String Kind = iota
	List
	Set
	Hash
	ZSet
	Stream
)

// Builder takes a value piece by piece: Begin, then the methods of its kind. What it is given lives until the method returns. It
// must not trust the pieces to become a whole: the value may turn out corrupt after any of them, and then is thrown away.
//
// Where a method has a result, false says that the piece contradicts those before it: an element that is there already, say.
type Builder interface {
	// Begin starts a value. count is how many elements are said to follow, never more than the rest of the input can hold.
	Begin(k Kind, count int)

	// Text is the whole of a string.
	Text(v []byte)
	// Element is the next element of a list.
	Element(v []byte)
	// Member is a member of a set.
	Member(v []byte) bool
	// Field is a field of a hash; expireAt is in Unix milliseconds, 0 for never.
	Field(name, value []byte, expireAt int64) bool
	// Pack is the elements of a listpack that is exact (listpack.Exact), of a list or of a hash that has none yet. False: they are to be given one by one.
	Pack(lp []byte) bool
	// Scored is a member of a sorted set. Its score is a number.
	Scored(member []byte, score float64) bool

	StreamBuilder
}

// StreamBuilder takes a stream: its nodes in ascending order, what it knows of itself, then each group with its entries pending,
// its consumers with theirs.
type StreamBuilder interface {
	// Node is a listpack of entries, checked, with the id that theirs are relative to.
	Node(base StreamID, pack []byte)
	// Meta comes behind the last node.
	Meta(m *StreamMeta)
	// Group begins a group; read is how many entries it has read, -1 when that is not known.
	Group(name []byte, last StreamID, read int64) bool
	// Pending is an entry that the group delivered and nobody acknowledged.
	Pending(id StreamID, deliveredAt int64, count uint64) bool
	// Consumer begins a consumer of the group, with the times at which it was last seen and active, -1 for never.
	Consumer(name []byte, seen, active int64) bool
	// Owned gives the consumer one of the entries pending.
	Owned(id StreamID) bool
	// GroupEnd is false when an entry that is pending has no owner.
	GroupEnd() bool
}

// StreamID is the id of an entry.
type StreamID struct{ Ms, Seq uint64 }

// Less orders ids.
func (a StreamID) Less(b StreamID) bool { return a.Ms < b.Ms || a.Ms == b.Ms && a.Seq < b.Seq }

// StreamMeta is what a stream knows of itself.
type StreamMeta struct {
	Length     uint64   // entries
	Last       StreamID // that ever was
	First      StreamID // that is there; zero when none is
	MaxDeleted StreamID
	Added      uint64 // entries ever
}

// Discard is a Builder that throws everything away. It does not see duplicates.
type Discard struct{}

func (Discard) Begin(Kind, int)                      {}
func (Discard) Text([]byte)                          {}
func (Discard) Element([]byte)                       {}
func (Discard) Member([]byte) bool                   { return true }
func (Discard) Field(_, _ []byte, _ int64) bool      { return true }
func (Discard) Pack([]byte) bool                     { return false }
func (Discard) Scored([]byte, float64) bool          { return true }
func (Discard) Node(StreamID, []byte)                {}
func (Discard) Meta(*StreamMeta)                     {}
func (Discard) Group([]byte, StreamID, int64) bool   { return true }
func (Discard) Pending(StreamID, int64, uint64) bool { return true }
func (Discard) Consumer([]byte, int64, int64) bool   { return true }
func (Discard) Owned(StreamID) bool                  { return true }
func (Discard) GroupEnd() bool                       { return true }
