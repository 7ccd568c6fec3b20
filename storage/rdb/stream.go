package rdb

import (
	"encoding/binary"
	"math"
)

// stream reads a stream: nodes, what it knows of itself, groups with their consumers.
func (r *Reader) stream(t Type, b Builder) {
	n := r.length()
	if r.err != nil {
		return
	}
	b.Begin(Stream, int(min(n, r.Rest(), math.MaxInt32)))
	s := streamNodes{}
	for ; n > 0; n-- {
		r.streamNode(&s, b)
		if r.err != nil {
			return
		}
	}
	m := r.streamMeta(t, &s)
	if r.err != nil {
		return
	}
	b.Meta(m)
	for groups := r.length(); groups > 0 && r.err == nil; groups-- {
		r.group(t, m, b)
	}
}

// streamNodes is what was learnt from nodes.
type streamNodes struct {
	live        uint64
	first, last StreamID // of the entries that are not deleted; last: of all
	any         bool
}

func (r *Reader) streamNode(s *streamNodes, b Builder) {
	key := r.string(roomField)
	if r.err != nil {
		return
	}
	if len(key) != 16 {
		r.corrupt("Stream node key entry is not the size of a stream ID")
		return
	}
	base := StreamID{binary.BigEndian.Uint64(key), binary.BigEndian.Uint64(key[8:])}
	pack := r.string(roomValue)
	if r.err != nil {
		return
	}
	if s.any && !s.last.Less(base) {
		r.corrupt("Listpack re-added with existing key")
		return
	}
	if !checkStreamNode(base, pack, s) {
		r.corrupt("Stream listpack integrity check failed.")
		return
	}
	b.Node(base, pack)
}

func (r *Reader) id() StreamID { return StreamID{r.length(), r.length()} }

func (r *Reader) streamMeta(t Type, s *streamNodes) *StreamMeta {
	m := &StreamMeta{Length: r.length(), Last: r.id()}
	m.Added = m.Length
	if t >= TypeStream2 {
		r.id() // the first entry's: what the nodes say is right whatever stands here
		m.MaxDeleted = r.id()
		m.Added = r.length()
	}
	m.First = s.first
	if m.Length != s.live || s.any && m.Last.Less(s.last) {
		r.corrupt("Stream length inconsistent with rax entries")
	}
	return m
}

// group reads a consumer group.
func (r *Reader) group(t Type, m *StreamMeta, b Builder) {
	name := r.string(roomName)
	last := r.id()
	var read int64
	if t >= TypeStream2 {
		read = int64(r.length())
	} else {
		read = m.Estimate(last)
	}
	if r.err != nil {
		return
	}
	if read < -1 {
		r.corrupt("Bad number of entries read by a consumer group")
		return
	}
	if !b.Group(name, last, read) {
		r.corrupt("Duplicated consumer group name %q", name)
		return
	}
	for n := r.length(); n > 0 && r.err == nil; n-- {
		id, at, count := r.rawID(), int64(r.uint64()), r.length()
		if r.err == nil && !b.Pending(id, at, count) {
			r.corrupt("Duplicated global PEL entry loading stream consumer group")
		}
		r.takes(0)
	}
	for n := r.length(); n > 0 && r.err == nil; n-- {
		r.consumer(t, b)
	}
	if r.err == nil && !b.GroupEnd() {
		r.corrupt("Stream CG PEL entry without consumer")
	}
}

// rawID reads an id of fixed size.
func (r *Reader) rawID() (id StreamID) {
	if b := r.need(16); b != nil {
		id = StreamID{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
	}
	return id
}

func (r *Reader) consumer(t Type, b Builder) {
	name := r.string(roomName)
	seen := int64(r.uint64())
	active := seen
	if t >= TypeStream3 {
		active = int64(r.uint64())
	}
	if r.err != nil {
		return
	}
	if !b.Consumer(name, seen, active) {
		r.corrupt("Duplicate stream consumer detected.")
		return
	}
	for n := r.length(); n > 0 && r.err == nil; n-- {
		if id := r.rawID(); r.err == nil && !b.Owned(id) {
			r.corrupt("Consumer entry not found in group global PEL, or owned twice")
		}
	}
}

// Estimate is how many entries were ever added up to id, -1 when deletions leave that open: what old files do not say of groups.
func (m *StreamMeta) Estimate(id StreamID) int64 {
	switch {
	case m.Added == 0:
		return 0
	case m.Length == 0 && !m.Last.Less(id):
		return int64(m.Added)
	case id == m.Last:
		return int64(m.Added)
	case m.Last.Less(id):
		return -1
	case m.MaxDeleted == StreamID{} || m.MaxDeleted.Less(m.First):
		if id.Less(m.First) {
			return int64(m.Added - m.Length)
		}
		if id == m.First {
			return int64(m.Added-m.Length) + 1
		}
	}
	return -1
}
