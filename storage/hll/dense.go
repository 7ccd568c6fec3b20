package hll

// Four registers lie in three bytes.
const perGroup, groupBytes = 4, 3

// group reads the four registers that begin with number 4*i of a dense string.
func group(b []byte, i int) uint32 {
	g := b[headerSize+i*groupBytes:][:groupBytes]
	return uint32(g[0]) | uint32(g[1])<<8 | uint32(g[2])<<16
}

// denseRegister is one register of a dense string.
func denseRegister(b []byte, index int) byte {
	return byte(group(b, index/perGroup) >> (index % perGroup * 6) & 63)
}

// raiseDense makes a register of a dense string hold at least rank.
func raiseDense(b []byte, index int, rank byte) (changed bool) {
	i, shift := index/perGroup, index%perGroup*6
	w := group(b, i)
	if byte(w>>shift&63) >= rank {
		return false
	}
	w = w&^(63<<shift) | uint32(rank)<<shift
	g := b[headerSize+i*groupBytes:][:groupBytes]
	g[0], g[1], g[2] = byte(w), byte(w>>8), byte(w>>16)
	return true
}

// ToDense appends the dense form of b, which Is one, to dst.
func ToDense(dst, b []byte) ([]byte, error) {
	if IsDense(b) {
		return append(dst, b...), nil
	}
	mark := len(dst)
	dst = append(dst, b[:headerSize]...)
	dst = append(dst, make([]byte, DenseSize-headerSize)...)
	d := dst[mark:]
	d[encodingAt] = dense
	err := runs(b, func(first, n int, value byte) {
		for i := first; value > 0 && i < first+n; i++ {
			raiseDense(d, i, value)
		}
	})
	return dst, err
}
