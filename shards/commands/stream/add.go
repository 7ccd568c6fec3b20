package stream

import (
	"math"

	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/stream"
)

// xadd implements XADD key [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id
// field value [field value ...].
func xadd(c *exec.Ctx) error {
	o, err := parseOptions(c, true)
	if err != nil {
		return err
	}
	fields := c.Args[min(o.idAt+1, len(c.Args)):]
	switch {
	case len(fields) < 2 || len(fields)%2 == 1:
		return resp.WrongArity("xadd")
	case o.given == idWhole && o.id.IsZero():
		return errZeroID
	}
	t, err := typed.WriteStream(c, 1)
	if err != nil {
		return err
	}
	if t.Stream == nil && o.existing {
		c.Out.Null()
		return nil
	}
	var last stream.ID
	if t.Stream != nil {
		last = t.Stream.LastID()
	}
	id, err := o.next(c, last)
	if err != nil {
		return err
	}
	if !fits(fields) {
		return errTooLarge
	}
	if err := o.lasts(c, t.Stream); err != nil {
		return err
	}
	if t.Stream == nil {
		t.Make(c)
	}
	t.Stream.Append(t.Allocator, t.Limit, id, fields)
	replyID(c, id)
	trimmed := o.trims && t.Stream.Trim(t.Allocator, &o.trim) > 0
	if c.Recording() && (o.given != idWhole || o.trim.Nodes) {
		c.Rewrite(o.record(c, &t, id, fields)...)
	}
	c.Touched(t.Key, "xadd")
	if trimmed {
		c.Notify(t.Key, "xtrim")
	}
	c.Created(t.Key)
	return nil
}

// next is the ID of the entry that comes behind last.
func (o *options) next(c *exec.Ctx, last stream.ID) (id stream.ID, err error) {
	switch {
	case last == stream.MaxID:
		return id, errExhausted
	case o.given == idNone:
		if id.Ms = uint64(c.Now); id.Ms <= last.Ms {
			id, _ = last.Next()
		}
		return id, nil
	case o.given == idMs && o.id.Ms == last.Ms:
		if last.Seq == math.MaxUint64 {
			return id, errSmallID
		}
		return stream.ID{Ms: last.Ms, Seq: last.Seq + 1}, nil
	case !last.Less(o.id):
		return id, errSmallID
	}
	return o.id, nil
}

func fits(fields [][]byte) bool {
	total := 0
	for _, f := range fields {
		total += len(f)
	}
	return total <= stream.MaxEntry
}

// record is the command that adds the same entry, and trims as much.
func (o *options) record(c *exec.Ctx, t *typed.Stream, id stream.ID, fields [][]byte) [][]byte {
	args := append(make([][]byte, 0, len(fields)+6), []byte("XADD"), c.Args[1])
	if o.trim.Nodes {
		to := o.threshold(t.Stream)
		args = append(args, to[:]...)
	} else if o.trims {
		strategy := o.at - 1
		if string(c.Args[strategy]) == "=" {
			strategy--
		}
		args = append(args, c.Args[strategy:o.at+1]...)
	}
	args = append(args, id.Append(nil))
	return append(args, fields...)
}

// replyID replies with the text of an ID.
func replyID(c *exec.Ctx, id stream.ID) {
	var text [stream.MaxText]byte
	c.Out.Bulk(id.Append(text[:0]))
}
