package stream

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/listpack"
	"sigrun/storage/stream"
)

// xlen implements XLEN key.
func xlen(c *exec.Ctx) error {
	t, err := typed.ReadStream(c, 1)
	if err != nil {
		return err
	}
	if t.Stream == nil {
		c.Out.Int(0)
		return nil
	}
	c.Out.Int(int64(t.Stream.Len()))
	return nil
}

// xrange implements XRANGE key start end [COUNT count].
func xrange(c *exec.Ctx) error { return interval(c, 2, 3, false) }

// xrevrange implements XREVRANGE key end start [COUNT count].
func xrevrange(c *exec.Ctx) error { return interval(c, 3, 2, true) }

// noCount is the count of who wants all.
const noCount = -1

func interval(c *exec.Ctx, startAt, endAt int, back bool) error {
	from, err := parseStart(c.Args[startAt])
	if err != nil {
		return err
	}
	to, err := parseEnd(c.Args[endAt])
	if err != nil {
		return err
	}
	count := int64(noCount)
	for i := 4; i < len(c.Args); i += 2 {
		if !exec.Is(c.Args[i], "COUNT") || i+1 == len(c.Args) {
			return resp.ErrSyntax
		}
		var ok bool
		if count, ok = num.ParseInt(c.Args[i+1]); !ok {
			return resp.ErrNotInteger
		}
		count = max(count, 0)
	}
	t, err := typed.ReadStream(c, 1)
	switch {
	case err != nil:
		return err
	case t.Stream == nil:
		c.Out.Array(0)
		return nil
	case count == 0:
		c.Out.NullArray()
		return nil
	}
	if err := c.Lasts(t.Stream.About(from, to, count)); err != nil {
		return err
	}
	it := t.Stream.Range(from, to)
	if back {
		it = t.Stream.Back(from, to)
	}
	replyEntries(c, &it, count)
	return nil
}

// replyEntries replies with up to count of the entries that it comes to.
func replyEntries(c *exec.Ctx, it *stream.Iter, count int64) {
	mark, n := c.Out.Mark(), 0
	var ids idText
	for count != 0 && it.Next() {
		replyEntry(c, it, &ids)
		n++
		count--
	}
	c.Out.InsertArray(mark, n)
}

// idText keeps the text of a time: most IDs have the same as the one before.
type idText struct {
	ms   uint64
	size int // of the time with the dash behind it
	text [stream.MaxText]byte
}

func (x *idText) of(id stream.ID) []byte {
	if x.size == 0 || x.ms != id.Ms {
		x.ms = id.Ms
		x.size = len(append(num.AppendUint(x.text[:0], id.Ms), '-'))
	}
	return num.AppendUint(x.text[:x.size], id.Seq)
}

// replyEntry replies with the entry that it is at.
func replyEntry(c *exec.Ctx, it *stream.Iter, ids *idText) {
	c.Out.Array(2)
	c.Out.Bulk(ids.of(it.ID))
	c.Out.Array(2 * it.Fields)
	for range it.Fields {
		name, v := it.Field()
		replyValue(c, name)
		replyValue(c, v)
	}
}

func replyValue(c *exec.Ctx, v listpack.Value) {
	if v.IsInt {
		c.Out.BulkInt(v.Int)
		return
	}
	c.Out.Bulk(v.Str)
}

// replyOne replies with the entry of an ID; false: there is none.
func replyOne(c *exec.Ctx, s *stream.Stream, id stream.ID) bool {
	it := s.Range(id, id)
	if !it.Next() {
		return false
	}
	replyEntry(c, &it, &idText{})
	return true
}
