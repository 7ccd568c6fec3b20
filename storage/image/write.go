package image

import (
	"sigrun/storage/db"
	"sigrun/storage/rdb"
)

// Use says whether, and as what, the use of a key is written along with it.
type Use uint8

// Nothing, the seconds since the last access, or the counter of accesses.
const (
	NoUse Use = iota
	Idle
	Freq
)

// Writer writes keys into an rdb.Writer.
type Writer struct {
	*rdb.Writer
	Use Use
	Now int64 // Unix milliseconds, for Idle
}

// Key writes everything about an entry.
func (w *Writer) Key(e db.Entry) {
	w.head(e)
	w.value(e)
}

// head writes what stands before the value.
func (w *Writer) head(e db.Entry) {
	if at := e.ExpireAt(); at != 0 {
		w.Expire(at)
	}
	switch w.Use {
	case Idle:
		w.Writer.Idle((w.Now/1000 - int64(e.Access())) & accessMask)
	case Freq:
		w.Writer.Freq(byte(e.Access()))
	}
	w.Writer.Key(w.typeOf(e), e.Key())
}

// accessMask is the range of an access clock.
const accessMask = 1<<24 - 1

// Dump makes a payload of DUMP of the value of an entry. It is valid until the next one.
func (w *Writer) Dump(e db.Entry) []byte {
	w.Reset(w.Form())
	w.Writer.Dump(w.typeOf(e))
	w.value(e)
	return w.Seal()
}

// typeOf is the type as which the value of e is written.
func (w *Writer) typeOf(e db.Entry) rdb.Type {
	switch e.Type() {
	case db.List:
		return rdb.TypeListQuicklist2
	case db.Set:
		return w.setType(setOf(e))
	case db.Hash:
		return w.hashType(hashOf(e))
	case db.ZSet:
		return zsetType(zsetOf(e))
	case db.Stream:
		return w.streamType()
	}
	return rdb.TypeString
}

func (w *Writer) value(e db.Entry) {
	switch e.Type() {
	case db.String:
		w.text(e)
	case db.List:
		w.list(e)
	case db.Set:
		w.set(setOf(e))
	case db.Hash:
		w.hash(hashOf(e))
	case db.ZSet:
		w.zset(zsetOf(e))
	case db.Stream:
		w.stream(streamOf(e))
	}
}

func (w *Writer) text(e db.Entry) {
	if n, ok := e.Int(); ok {
		w.Integer(n)
		return
	}
	w.String(e.String(nil))
}
