package exec_test

import "testing"

// TestJournalOfStreams: what depends on time, on chance or on how nodes are filled is
// recorded as what came of it.
func TestJournalOfStreams(t *testing.T) {
	b := newBare(t)
	b.settings.StreamNodeEntries.Store(2)
	b.do("XADD", "s", "*", "f", "v")
	b.do("XADD", "s", "1000000-*", "f", "v")
	b.do("XADD", "s", "NOMKSTREAM", "MAXLEN", "=", "10", "*", "f", "v")
	b.do("XADD", "s", "MAXLEN", "10", "1000001-0", "f", "v")
	b.do("XADD", "s", "MAXLEN", "~", "2", "LIMIT", "4", "1000001-1", "f", "v")
	b.do("XADD", "s", "MINID", "~", "1000001-1", "1000001-2", "f", "v")
	b.do("XTRIM", "s", "MAXLEN", "~", "1")
	b.do("XTRIM", "s", "MAXLEN", "1")
	b.do("XTRIM", "s", "MAXLEN", "1")
	b.wants("[0 XADD s 1000000-0 f v]", "[0 XADD s 1000000-1 f v]", "[0 XADD s MAXLEN = 10 1000000-2 f v]", "[0 XADD s MAXLEN 10 1000001-0 f v]",
		"[0 XADD s MAXLEN = 3 1000001-1 f v]", "[0 XADD s MINID = 1000001-1 1000001-2 f v]", "[0 XTRIM s MAXLEN 1]")
}

// TestJournalOfGroups: deliveries are recorded one by one, with their times, and how far
// the group has come; a consumer only when nothing else would make it.
func TestJournalOfGroups(t *testing.T) {
	b := newBare(t)
	b.do("XADD", "s", "1-1", "f", "v")
	b.do("XADD", "s", "1-2", "f", "v")
	b.do("XGROUP", "CREATE", "s", "g", "0")
	b.tape = nil
	b.do("XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "s", ">")
	b.do("XREADGROUP", "GROUP", "g", "d", "NOACK", "STREAMS", "s", ">")
	b.do("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", "0")
	b.do("XREADGROUP", "GROUP", "g", "e", "STREAMS", "s", ">")
	b.do("SET", "x", "1")
	b.wants("[0 XCLAIM s g c 0 1-1 TIME 1000000 RETRYCOUNT 1 FORCE JUSTID LASTID 1-1][0 XGROUP SETID s g 1-1 ENTRIESREAD 1]",
		"[0 XGROUP CREATECONSUMER s g d][0 XGROUP SETID s g 1-2 ENTRIESREAD 2]", "[0 SET x 1]")
	b.clock.SetMillis(1000500)
	b.do("XCLAIM", "s", "g", "d", "100", "1-1", "IDLE", "50")
	b.do("XCLAIM", "s", "g", "d", "0", "1-2", "LASTID", "5-5")
	b.do("XCLAIM", "s", "g", "d", "0", "1-2")
	b.do("XDEL", "s", "1-1")
	b.do("XAUTOCLAIM", "s", "g", "c", "0", "0")
	b.do("XACK", "s", "g", "1-1")
	b.do("XACK", "s", "none", "1-1")
	b.wants("[0 XCLAIM s g d 0 1-1 TIME 1000450 RETRYCOUNT 3 FORCE JUSTID LASTID 1-2]", "[0 XGROUP SETID s g 5-5 ENTRIESREAD 2]",
		"[0 XDEL s 1-1]", "[0 XCLAIM s g d 0 1-1 TIME 1000450 RETRYCOUNT 3 FORCE JUSTID LASTID 5-5]")
}
