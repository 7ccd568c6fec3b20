package kvstore

// groups of 64 slots: one word of a bitmap. Sums are kept over groups; inside
// one, the table headers are asked.
const (
	groupShift = 6
	groups     = 256
)

// fenwick holds 256 counts so that changing one and finding which one holds
// the n-th element both take eight steps.
type fenwick struct {
	total int
	sums  [groups + 1]int // sums[i] covers the lowbit(i) counts that end at i
}

func (f *fenwick) add(group, n int) {
	f.total += n
	for i := group + 1; i <= groups; i += i & -i {
		f.sums[i] += n
	}
}

// find is the group that holds element n, counted from 0, and n's place in it.
func (f *fenwick) find(n int) (group, rest int) {
	at := 0
	for step := groups; step > 0; step /= 2 {
		if at+step <= groups && f.sums[at+step] <= n {
			at += step
			n -= f.sums[at]
		}
	}
	return at, n
}

// before is the sum of the counts of all lower groups.
func (f *fenwick) before(group int) (sum int) {
	for i := group; i > 0; i -= i & -i {
		sum += f.sums[i]
	}
	return sum
}
