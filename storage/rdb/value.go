package rdb

import "math"

// value reads a value of type t and hands its pieces to b.
func (r *Reader) value(t Type, b Builder) error {
	switch t {
	case TypeString:
		b.Begin(String, 1)
		if v := r.string(roomValue); r.err == nil {
			b.Text(v)
		}
	case TypeList:
		r.list(b)
	case TypeSet:
		r.set(b)
	case TypeZSet, TypeZSet2:
		r.zset(t, b)
	case TypeHash, TypeHash2:
		r.hash(t, b)
	case TypeListQuicklist, TypeListQuicklist2:
		r.quicklist(t, b)
	case TypeStreamListpacks, TypeStream2, TypeStream3:
		r.stream(t, b)
	case TypeModulePreGA:
		r.fail(ErrModule, "Pre-release module format not supported")
	case TypeModule2:
		r.fail(ErrModule, "The RDB file contains module data I can't load: no matching module type '%s'", moduleName(r.length()))
	default:
		if !t.Known() {
			r.fail(ErrType, "Unknown RDB encoding type %d", byte(t))
			break
		}
		r.packed(t, b)
	}
	return r.err
}

// empty is a value that holds nothing.
func (r *Reader) empty() { r.fail(ErrEmpty, "empty value") }

// count reads how many elements follow and begins a value of so many.
func (r *Reader) count(k Kind, b Builder) uint64 {
	n := r.length()
	if n == 0 && r.err == nil {
		r.empty()
	}
	if r.err != nil {
		return 0
	}
	b.Begin(k, int(min(n, r.Rest(), math.MaxInt32)))
	return n
}

func (r *Reader) list(b Builder) {
	for n := r.count(List, b); n > 0; n-- {
		v := r.string(roomValue)
		if r.err != nil {
			return
		}
		b.Element(v)
	}
}

func (r *Reader) set(b Builder) {
	for n := r.count(Set, b); n > 0; n-- {
		v := r.string(roomValue)
		if r.err != nil {
			return
		}
		if !b.Member(v) {
			r.corrupt("Duplicate set members detected")
			return
		}
	}
}

func (r *Reader) zset(t Type, b Builder) {
	for n := r.count(ZSet, b); n > 0; n-- {
		member := r.string(roomField)
		var score float64
		if t == TypeZSet2 {
			score = r.binaryDouble()
		} else {
			score = r.double()
		}
		if r.err != nil {
			return
		}
		if math.IsNaN(score) {
			r.corrupt("Zset with NAN score detected")
			return
		}
		if !b.Scored(member, score) {
			r.corrupt("Duplicate zset fields detected")
			return
		}
	}
}

func (r *Reader) hash(t Type, b Builder) {
	for n := r.count(Hash, b); n > 0; n-- {
		name := r.string(roomField)
		v := r.string(roomValue)
		at := int64(0)
		if t == TypeHash2 {
			at = r.fieldTime()
		}
		if r.err != nil {
			return
		}
		if !b.Field(name, v, at) {
			r.corrupt("Duplicate hash fields detected")
			return
		}
	}
}

// fieldTime reads when a field expires; what is stored for never is -1.
func (r *Reader) fieldTime() int64 {
	at := int64(r.uint64())
	switch {
	case at == -1:
		return 0
	case at <= 0:
		r.corrupt("Bad time of expiry of a hash field: %d", at)
	}
	return at
}

// moduleName spells out the id of a module's type: nine letters of six bits, and ten bits of version.
func moduleName(id uint64) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var name [9]byte
	id >>= 10
	for i := len(name) - 1; i >= 0; i-- {
		name[i] = letters[id&63]
		id >>= 6
	}
	return string(name[:])
}
