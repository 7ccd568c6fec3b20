package hash

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
	"sigrun/storage/vset"
)

// Expect prepares for so many fields to come, with values: args are both by turns.
func (x *Hash) Expect(h *value.Allocator, m Limit, args [][]byte) {
	if !x.Empty() && !x.Packed() {
		return
	}
	large := len(args)/2 > m.Pack
	for _, a := range args {
		large = large || len(a) > m.Value
	}
	switch {
	case large:
		x.becomeTable(h)
	case x.Empty():
		x.keepPack(value.NewPack(h.Arena))
	}
}

// Set gives field, which Find found at f or nowhere, a value and a time. Views of the hash
// must not be given.
func (x *Hash) Set(h *value.Allocator, m Limit, f Place, field, v []byte, at int64) {
	if x.Empty() {
		x.keepPack(value.NewPack(h.Arena))
	}
	if x.Packed() {
		p := x.pack()
		if at == Never && len(field) <= m.Value && len(v) <= m.Value && p.Size()+len(field)+len(v) <= listpack.MaxSize {
			x.setPacked(h, m, f, field, v)
			return
		}
		x.becomeTable(h)
		f = x.Find(h, field)
	}
	if f.at == 0 {
		x.insert(h, f.hash, field, v, at)
		return
	}
	x.replace(h, f, v, at)
}

func (x *Hash) setPacked(h *value.Allocator, m Limit, f Place, field, v []byte) {
	p := x.pack()
	if f.at != 0 {
		p.Replace(h.Arena, p.Next(int(f.at)), v)
	} else {
		p.Append(h.Arena, field)
		p.Append(h.Arena, v)
	}
	x.keepPack(p)
	if p.Len()/2 > m.Pack {
		x.becomeTable(h)
	}
}

// insert adds a new field to a table.
func (x *Hash) insert(h *value.Allocator, hash uint64, field, v []byte, at int64) {
	t := tail(len(v))
	n := value.NewNode(h.Arena, field, at != Never, t)
	putValue(n, v)
	if at != Never {
		*n.Prefix() = uint64(at)
		x.volatile(h).Add(h.Arena, at, offheap.Ref(n))
	}
	m := x.members()
	*x.bytes() += uint64(n.Bytes(t))
	m.Insert(h, hash, n, at != Never)
}

// replace changes value and time of a field in place, or in a node that takes its place.
func (x *Hash) replace(h *value.Allocator, f Place, v []byte, at int64) {
	n := value.Node(f.at)
	x.members().Changing(h, f.hash)
	old := tailOf(n)
	if n.Prefixed() == (at != Never) && n.Fits(old, tail(len(v))) {
		putValue(n, v)
		if at != Never {
			x.retime(h, n, at)
		}
		return
	}
	x.remake(h, f, old, v, at)
}

// remake makes a new node for a field that is there. v may lie in the old one.
func (x *Hash) remake(h *value.Allocator, f Place, old int, v []byte, at int64) {
	n, t, m := value.Node(f.at), tail(len(v)), x.members()
	to := value.NewNode(h.Arena, n.Name(), at != Never, t)
	putValue(to, v)
	if n.Prefixed() {
		x.volatile(h).Remove(h.Arena, expireAt(n), offheap.Ref(n))
	}
	if at != Never {
		*to.Prefix() = uint64(at)
		x.volatile(h).Add(h.Arena, at, offheap.Ref(to))
	}
	*x.bytes() += uint64(to.Bytes(t)) - uint64(n.Bytes(old))
	m.Replace(h, f.hash, n, to, at != Never)
	n.Free(h.Arena, old)
}

// retime gives a node that has a time another one.
func (x *Hash) retime(h *value.Allocator, n value.Node, at int64) {
	was := expireAt(n)
	if was == at {
		return
	}
	v := x.volatile(h)
	v.Remove(h.Arena, was, offheap.Ref(n))
	*n.Prefix() = uint64(at)
	v.Add(h.Arena, at, offheap.Ref(n))
}

// SetExpire gives a field that is there a time, or with Never takes it away.
func (x *Hash) SetExpire(h *value.Allocator, f Place, field []byte, at int64) {
	if x.Packed() {
		if at == Never {
			return
		}
		x.becomeTable(h)
		f = x.Find(h, field)
	}
	n := value.Node(f.at)
	x.members().Changing(h, f.hash)
	switch {
	case n.Prefixed() && at != Never:
		x.retime(h, n, at)
	case n.Prefixed() || at != Never:
		x.remake(h, f, tailOf(n), valueOf(n), at)
	}
}

// Delete takes out a field that is there.
func (x *Hash) Delete(h *value.Allocator, f Place) {
	if x.Packed() {
		p := x.pack()
		p.Remove(h.Arena, int(f.at), 2)
		x.keepPack(p)
		return
	}
	n, m := value.Node(f.at), x.members()
	if n.Prefixed() {
		x.volatile(h).Remove(h.Arena, expireAt(n), offheap.Ref(n))
	}
	m.Delete(h, f.hash, n)
	t := tailOf(n)
	*x.bytes() -= uint64(n.Bytes(t))
	n.Free(h.Arena, t)
}

// FirstDue is the field that expires first, if its time has come.
func (x *Hash) FirstDue(h *value.Allocator, now int64) (f Place, field []byte, ok bool) {
	v := x.Volatile()
	if v == nil {
		return f, nil, false
	}
	at, ref, some := v.First()
	if !some || at > now {
		return f, nil, false
	}
	field = value.Node(ref).Name()
	return Place{hash: h.Hash(field), at: uint64(ref)}, field, true
}

// volatile is the index, made when it is first asked for.
func (x *Hash) volatile(h *value.Allocator) *vset.Set {
	if t := x.times(); t != nil {
		return &t.index
	}
	r, w := h.Arena.Alloc(timesBytes), x.members().Word()
	t := offheap.At[times](r)
	*t = times{bytes: *w}
	*w = timed | uint64(r)
	return &t.index
}

// becomeTable gives a small hash the form of a large one.
func (x *Hash) becomeTable(h *value.Allocator) {
	large := Hash{uint64(value.NewMembers(h).Ref())}
	if !x.Empty() {
		p := x.pack()
		var field, room [num.MaxIntLen]byte // not the Allocator's: what is to be set may lie there
		for at := p.First(); at != p.End(); {
			v := p.Next(at)
			name := p.Get(at).Text(&field)
			large.insert(h, h.Hash(name), name, p.Get(v).Text(&room), Never)
			at = p.Next(v)
		}
		p.Free(h.Arena)
	}
	*x = large
}

// LoadPack makes an empty hash of the bytes of a valid listpack of fields and values, without a
// field twice.
func (x *Hash) LoadPack(h *value.Allocator, b []byte) { x.keepPack(value.CopyPack(h.Arena, b)) }
