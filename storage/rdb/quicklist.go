package rdb

// quicklist reads a list in nodes: ziplists, or listpacks between which large elements stand alone.
func (r *Reader) quicklist(t Type, b Builder) {
	elements := 0
	element := func(v []byte) bool {
		elements++
		b.Element(v)
		return true
	}
	for n := r.count(List, b); n > 0 && r.err == nil; n-- {
		container := uint64(nodePacked)
		if t == TypeListQuicklist2 {
			container = r.length()
		}
		if r.err == nil && container != nodePlain && container != nodePacked {
			r.corrupt("Quicklist integrity check failed.")
			return
		}
		node := r.string(roomValue)
		if r.err != nil {
			return
		}
		switch {
		case len(node) == 0:
			r.corrupt("Quicklist integrity check failed.")
		case container == nodePlain:
			element(node)
		case t == TypeListQuicklist2 && whole(node, b):
			elements++
		case t == TypeListQuicklist2 && !walkListpack(node, element):
			r.corrupt("Listpack integrity check failed.")
		case t == TypeListQuicklist && !walkZiplist(node, element):
			r.corrupt("Ziplist integrity check failed.")
		}
	}
	if elements == 0 && r.err == nil { // nodes without elements are passed over
		r.empty()
	}
}
