package str

// The longest common subsequence by the table of all prefixes' lengths. Only one row
// of lengths is kept; the way back needs a single bit of every cell.

// match is a run of n equal bytes at a and b.
type match struct{ a, b, n int }

// ways holds, for the cell of the first i and j bytes, whether the length without the
// last byte of a is greater than that without the last byte of b: where to go on when
// these bytes differ.
type ways struct {
	bits  []uint64
	width int // words in a row
}

func newWays(a, b int) *ways {
	w := &ways{width: (b + 64) / 64}
	w.bits = make([]uint64, w.width*(a+1))
	return w
}

// lcsLength is the length of the longest common subsequence; it fills in w unless nil.
func lcsLength(a, b []byte, w *ways) int {
	row := make([]uint32, len(b)+1)
	for i := range a {
		var marks []uint64
		if w != nil {
			marks = w.bits[(i+1)*w.width : (i+2)*w.width]
		}
		nextRow(row, a[i], b, marks)
	}
	return int(row[len(b)])
}

// nextRow turns the row of a prefix of a into that of the prefix longer by one byte x.
func nextRow(row []uint32, x byte, b []byte, marks []uint64) {
	var corner, left uint32 // above to the left, and to the left
	row = row[:len(b)+1]
	for j, y := range b {
		above := row[j+1]
		best := left
		if above > left {
			best = above
			if marks != nil {
				marks[(j+1)>>6] |= 1 << ((j + 1) & 63)
			}
		}
		if x == y {
			best = corner + 1
		}
		corner, left = above, best
		row[j+1] = best
	}
}

func (w *ways) up(i, j int) bool { return w.bits[i*w.width+j>>6]>>(j&63)&1 != 0 }

// walk goes from the ends of a and b to their beginnings along one longest common
// subsequence. each gets the positions of its bytes, runs the runs of them; both may be
// nil.
func (w *ways) walk(a, b []byte, each func(i, j int), runs func(m match)) {
	var run match
	flush := func() {
		if run.n > 0 && runs != nil {
			runs(run)
		}
		run = match{}
	}
	for i, j := len(a), len(b); i > 0 && j > 0; {
		if a[i-1] != b[j-1] {
			flush()
			if w.up(i, j) {
				i--
			} else {
				j--
			}
			continue
		}
		i--
		j--
		if each != nil {
			each(i, j)
		}
		if run.n > 0 && run.a != i+1 {
			flush()
		}
		run = match{i, j, run.n + 1}
	}
	flush()
}
