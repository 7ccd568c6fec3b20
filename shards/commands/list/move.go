package list

import (
	"bytes"

	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/db"
	"sigrun/storage/quicklist"
)

// ends are the ends of two lists between which an element moves; true is the head.
type ends struct{ from, to bool }

// lmove implements LMOVE source destination LEFT|RIGHT LEFT|RIGHT.
func lmove(c *exec.Ctx) error {
	e, err := parseEnds(c)
	if err != nil {
		return err
	}
	return moveNow(c, e)
}

// rpoplpush implements RPOPLPUSH source destination.
func rpoplpush(c *exec.Ctx) error { return moveNow(c, ends{from: false, to: true}) }

func moveNow(c *exec.Ctx, e ends) error {
	var src typed.List
	err := src.Write(c, 1)
	if err != nil {
		return err
	}
	if src.List == nil {
		c.Out.Null()
		return nil
	}
	return move(c, &src, e)
}

// blmove implements BLMOVE source destination LEFT|RIGHT LEFT|RIGHT timeout.
func blmove(c *exec.Ctx) error {
	e, err := parseEnds(c)
	if err != nil {
		return err
	}
	return waitMove(c, e, 5)
}

// brpoplpush implements BRPOPLPUSH source destination timeout.
func brpoplpush(c *exec.Ctx) error { return waitMove(c, ends{from: false, to: true}, 3) }

// waitMove moves an element or waits for one. It answers a null array when time, which
// argument timeout limits, is up, and a null bulk where it may not wait.
func waitMove(c *exec.Ctx, e ends, timeout int) error {
	deadline, err := c.Timeout(timeout)
	if err != nil {
		return err
	}
	var src typed.List
	err = src.Write(c, 1)
	switch {
	case c.Serving() && (err != nil || src.List == nil):
		return c.Wait(db.List, 1, 1, deadline, false)
	case err != nil:
		return err
	case src.List != nil:
		return move(c, &src, e)
	case !c.MayWait():
		c.Out.Null()
		return nil
	}
	return c.Wait(db.List, 1, 1, deadline, false)
}

func parseEnds(c *exec.Ctx) (e ends, err error) {
	var ok, fits bool
	e.from, ok = parseEnd(c.Args[3])
	e.to, fits = parseEnd(c.Args[4])
	if !ok || !fits {
		return e, resp.ErrSyntax
	}
	return e, nil
}

func parseEnd(word []byte) (front, ok bool) {
	switch {
	case bytes.EqualFold(word, []byte("LEFT")):
		return true, true
	case bytes.EqualFold(word, []byte("RIGHT")):
		return false, true
	}
	return false, false
}

func endName(front bool) []byte {
	if front {
		return []byte("LEFT")
	}
	return []byte("RIGHT")
}

// move takes an element of src, which has one, to the list at argument 2 and replies
// it. The element is copied to the reply first: a view ends with the first change.
func move(c *exec.Ctx, src *typed.List, e ends) error {
	var dst typed.List
	err := dst.Write(c, 2)
	if err != nil {
		return err
	}
	var room quicklist.Room
	v := end(src, e.from, &room)
	c.Out.Bulk(v)
	size := len(v)
	v = c.Out.B[len(c.Out.B)-2-size:][:size:size]
	if c.Recording() {
		c.Rewrite([]byte("LMOVE"), c.Args[1], c.Args[2], endName(e.from), endName(e.to))
	}
	drop(src, e.from)
	if dst.List == nil {
		dst.Make(c)
	}
	dst.List.Expect(dst.Limit, 1, len(v))
	add(&dst, v, e.to)
	c.Affected(dst.Key, pushEvent(e.to)) // a move counts as one change
	c.Created(dst.Key)
	taken(c, src, e.from, 1)
	return nil
}

func popEvent(front bool) string {
	if front {
		return "lpop"
	}
	return "rpop"
}
