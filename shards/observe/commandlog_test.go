package observe

import (
	"fmt"
	"testing"
)

// TestCommandLogKeepsTheNewest, as many as it may, and counts what it takes.
func TestCommandLogKeepsTheNewest(t *testing.T) {
	l := &CommandLog{}
	l.Keep(Slow, 100)
	for i := range 1000 {
		l.Add(Slow, Entry{Amount: int64(i), Args: [][]byte{[]byte("GET"), []byte(fmt.Sprint(i))}, Addr: "addr"})
		l.Add(LargeReply, Entry{}) // of which none is kept
	}
	if l.Len(Slow) != 100 || l.Len(LargeReply) != 0 {
		t.Fatalf("%d and %d entries", l.Len(Slow), l.Len(LargeReply))
	}
	for i, e := range l.Newest(Slow, 30) {
		if e.ID != int64(999-i) || e.Amount != e.ID || string(e.Args[1]) != fmt.Sprint(e.ID) {
			t.Errorf("entry %d is %+v", i, e)
		}
	}
	sum := int64(0)
	for _, e := range l.Newest(Slow, -1) {
		sum += e.bytes()
	}
	if n := l.Memory.Bytes(); n != sum || n == 0 {
		t.Errorf("%d bytes are counted, and %d taken", n, sum)
	}
	l.Keep(Slow, 7)
	if all := l.Newest(Slow, -1); len(all) != 7 || all[6].ID != 993 {
		t.Errorf("%d entries are left", len(all))
	}
	l.Keep(Slow, 0)
	if n := l.Len(Slow); n != 7 || l.Takes(Slow, 1) {
		t.Errorf("%d entries are left when nothing is to be logged", n)
	}
	if l.Reset(Slow); l.Len(Slow) != 0 || l.Memory.Bytes() != 0 {
		t.Errorf("%d bytes are left", l.Memory.Bytes())
	}
	l.Keep(Slow, 7)
	if l.Add(Slow, Entry{}); l.Newest(Slow, 1)[0].ID != 1000 {
		t.Error("numbers do not go on")
	}
}
