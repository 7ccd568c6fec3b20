package hll

// Union is the registers of several HyperLogLogs, a byte each: in every one the greatest
// value of all. The zero Union is that of none.
type Union [Registers]byte

// Merge adds b, which Is one. After an error the Union is worth nothing.
func (u *Union) Merge(b []byte) error {
	if IsDense(b) {
		for i := range Registers / perGroup {
			w, r := group(b, i), u[i*perGroup:][:perGroup]
			r[0] = max(r[0], byte(w&63))
			r[1] = max(r[1], byte(w>>6&63))
			r[2] = max(r[2], byte(w>>12&63))
			r[3] = max(r[3], byte(w>>18&63))
		}
		return nil
	}
	return runs(b, func(first, n int, value byte) {
		if value == 0 {
			return
		}
		for i := first; i < first+n; i++ {
			u[i] = max(u[i], value)
		}
	})
}

// Count estimates the number of different elements.
func (u *Union) Count() uint64 {
	var h histogram
	for _, r := range u {
		h[r&63]++
	}
	return h.estimate()
}

// AddTo merges the union into b, which Is one, and returns the result as Add does.
func (u *Union) AddTo(b []byte, maxSparse int) (now []byte, err error) {
	for i, r := range u {
		if r == 0 {
			continue
		}
		if b, _, err = Raise(b, i, r, maxSparse); err != nil {
			return b, err
		}
	}
	return b, nil
}
