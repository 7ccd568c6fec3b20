package offheap

// Lend takes an object of n bytes off the account: its owner needs it no more, and somebody else goes on reading it until TakeBack.
func (a *Arena) Lend(n int) { a.count(-int64(ClassSize(n))) }

// TakeBack frees what was lent.
func (a *Arena) TakeBack(r Ref, n int) {
	a.count(int64(ClassSize(n)))
	a.Free(r, n)
}
