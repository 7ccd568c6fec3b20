package db

import (
	"strconv"
	"testing"
)

// TestRetiredTablesAreCounted: what a Flush retires is in some account until it is freed.
func TestRetiredTablesAreCounted(t *testing.T) {
	s := newSpace(t, 4, nil)
	d := s.Database(0)
	for i := range flushNow + 1 {
		k := s.Hasher().Key([]byte(strconv.Itoa(i)))
		d.Part(s.Slots().Owner(k.Slot)).SetInt(&k, 0, int64(i), 0)
	}
	d.Flush()
	if s.Retired() == 0 {
		t.Error("the tables are in nobody's account")
	}
	for shard := range s.shards {
		for s.Step(shard, 1000) {
		}
	}
	if n := s.Retired(); n != 0 {
		t.Errorf("%d bytes are left", n)
	}
}
