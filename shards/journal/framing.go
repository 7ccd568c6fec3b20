package journal

import (
	"sigrun/shards/commit"
	"sigrun/storage/aof"
)

// Framing makes the stream of one kind of consumers out of commits: it adds SELECT, MULTI and EXEC, and marks of time.
type Framing struct {
	To commit.Targets
	aof.Framer
}

// Append adds a commit to dst, as a transaction if it has several records. Second is the time of a mark, 0: none is wanted.
func (f *Framing) Append(dst []byte, e *Entry, second int64) []byte {
	n := 0
	for i := range e.Records {
		if e.Records[i].Targets&f.To != 0 {
			n++
		}
	}
	if n == 0 {
		return dst
	}
	if second != 0 {
		dst = f.Mark(dst, second)
	}
	if n > 1 {
		dst = f.Begin(dst)
	}
	for i := range e.Records {
		if r := &e.Records[i]; r.Targets&f.To != 0 {
			dst = append(f.Select(dst, r.DB), r.Bytes...)
		}
	}
	if n > 1 {
		dst = f.End(dst)
	}
	return dst
}
