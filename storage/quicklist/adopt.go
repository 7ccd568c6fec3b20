package quicklist

import (
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
)

// Adopt puts the elements of a listpack, which is exact, behind the last one as a node of their own. False: such a node would be too large, or the last
// one has room for them; nothing has changed then.
func Adopt(l *List, a *offheap.Arena, m Limit, lp []byte) bool {
	n, used := listpack.Count(lp), len(lp)-listpack.Overhead
	if n == 0 || n > m.Count || nodeSize+len(lp) > m.Bytes || m.Large > 0 {
		return false
	}
	if l.tail != 0 {
		if last := at(l.tail); last.kind&plain == 0 && int(last.count)+n <= m.Count && nodeSize+last.packSize()+used <= m.Bytes {
			return false
		}
		l.quick = 1
	}
	r := l.newNode(a, offheap.ClassSize(nodeSize+len(lp)))
	l.linkEnd(a, r, false)
	node := at(r)
	node.count, node.kind = uint16(n), pushedBack
	node.last += uint32(copy(r.Bytes(int(node.size))[node.first:], lp[listpack.HeaderSize:len(lp)-1]))
	l.count += uint64(n)
	if m.Depth > 0 {
		l.fold(a, m)
	}
	return true
}
