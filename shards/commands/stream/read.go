package stream

import (
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/db"
	"sigrun/storage/stream"
)

// xread implements XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...].
func xread(c *exec.Ctx) error { return read(c, false) }

// xreadgroup implements XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds]
// [NOACK] STREAMS key [key ...] id [id ...].
func xreadgroup(c *exec.Ctx) error { return read(c, true) }

// read answers from all streams that have something, each as it is then; or waits. First
// it looks at all of them for what can fail.
func read(c *exec.Ctx, grouped bool) error {
	r, err := parseReading(c, grouped)
	if err != nil {
		return err
	}
	lasts := 0
	for i := range r.n {
		about, err := r.check(c, i)
		if err != nil {
			return err
		}
		lasts += about
	}
	if err := c.Lasts(lasts); err != nil {
		return err
	}
	mark, n := c.Out.Mark(), 0
	for i := range r.n {
		if err := r.serve(c, i, &n); err != nil {
			return err
		}
	}
	switch {
	case n > 0 && c.Out.Proto == 3:
		c.Out.InsertMap(mark, n)
		return nil
	case n > 0:
		c.Out.InsertArray(mark, n)
		return nil
	case !r.waits || !c.MayWait():
		c.Out.NullArray()
		return nil
	}
	return r.wait(c)
}

// check looks at stream i for errors, and tells about how many entries there are to read.
func (r *reading) check(c *exec.Ctx, i int) (about int, err error) {
	t, err := typed.ReadStream(c, r.first+i)
	if err != nil {
		return 0, err
	}
	if r.group != nil && (t.Stream == nil || t.Stream.Group(r.group) == nil) {
		return 0, noGroupToRead(t.Key.Name, r.group)
	}
	from, err := r.behind(c, i, t.Stream)
	if err != nil || t.Stream == nil {
		return 0, err
	}
	if r.group != nil && from == newOnes {
		from = t.Stream.Group(r.group).Last
	}
	return t.Stream.About(from, stream.MaxID, r.count), nil
}

// newOnes stands for >: what the group was not given yet.
var newOnes = stream.MaxID

// behind is the ID behind which stream i, nil when there is none, is to be read.
func (r *reading) behind(c *exec.Ctx, i int, s *stream.Stream) (id stream.ID, err error) {
	arg := c.Args[r.idAt(i)]
	if s != nil {
		id = s.LastID()
	}
	switch string(arg) {
	case "$":
		if r.group != nil {
			return id, errDollar
		}
		if ends := c.Noted(); ends != nil {
			return parseID(ends[i], 0)
		}
		return id, nil
	case "+":
		if r.group != nil {
			return id, errPlus
		}
		if s == nil {
			return id, nil
		}
		id, _ := id.Prev() // none is before the beginning
		return id, nil
	case ">":
		if r.group == nil {
			return id, errGreater
		}
		return newOnes, nil
	}
	return parseID(arg, 0)
}

// serve answers from stream i if it has something, and counts the streams that have.
func (r *reading) serve(c *exec.Ctx, i int, n *int) error {
	t, err := typed.ReadStream(c, r.first+i)
	if err != nil || t.Stream == nil {
		return err
	}
	from, err := r.behind(c, i, t.Stream)
	if err != nil {
		return err
	}
	if r.group != nil {
		r.serveGroup(c, &t, from, n)
		return nil
	}
	top, any := t.Stream.Top()
	if !any || !from.Less(top) {
		return nil
	}
	r.answer(c, &t, n)
	from, _ = from.Next()
	it := t.Stream.Range(from, stream.MaxID)
	replyEntries(c, &it, r.count)
	return nil
}

// answer begins the answer from a stream.
func (r *reading) answer(c *exec.Ctx, t *typed.Stream, n *int) {
	*n++
	if c.Out.Proto != 3 {
		c.Out.Array(2)
	}
	c.Out.Bulk(t.Key.Name)
}

// wait has the client wait for more. What $ stands for now, it stands for until then.
func (r *reading) wait(c *exec.Ctx) error {
	last := r.first + r.n - 1
	if r.group != nil {
		return c.WaitLive(db.Stream, r.first, last, r.deadline)
	}
	err := c.Wait(db.Stream, r.first, last, r.deadline, false)
	c.Note(r.ends(c))
	return err
}

// ends is where the streams end that are asked for by $, one string for each stream; nil when none is.
func (r *reading) ends(c *exec.Ctx) (list [][]byte) {
	for i := range r.n {
		if string(c.Args[r.idAt(i)]) != "$" {
			continue
		}
		if list == nil {
			list = make([][]byte, r.n)
		}
		var id stream.ID
		if e := c.Look(c.Key(r.first+i), exec.Asks, exec.Quietly).E; e != 0 {
			id = stream.At(e.Value()).LastID()
		}
		list[i] = id.Append(nil)
	}
	return list
}
