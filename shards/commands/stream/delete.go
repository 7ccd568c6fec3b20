package stream

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/stream"
)

// xdel implements XDEL key id [id ...].
func xdel(c *exec.Ctx) error {
	t, err := typed.WriteStream(c, 1)
	if err != nil {
		return err
	}
	if t.Stream == nil {
		c.Out.Int(0)
		return nil
	}
	if err := checkIDs(c, 2); err != nil {
		return err
	}
	n := int64(0)
	for _, arg := range c.Args[2:] {
		if id, _ := parseID(arg, 0); t.Stream.Delete(t.Allocator, id) {
			n++
		}
	}
	if n > 0 {
		c.Touched(t.Key, "xdel")
		c.Several(int(n))
	}
	c.Out.Int(n)
	return nil
}

// checkIDs checks that all arguments from i on are IDs.
func checkIDs(c *exec.Ctx, i int) error {
	for _, arg := range c.Args[i:] {
		if _, err := parseID(arg, 0); err != nil {
			return err
		}
	}
	return nil
}

// xsetid implements XSETID key last-id [ENTRIESADDED entries-added] [MAXDELETEDID
// max-deleted-id].
func xsetid(c *exec.Ctx) error {
	id, err := parseID(c.Args[2], 0)
	if err != nil {
		return err
	}
	added, deleted := int64(-1), stream.ID{}
	for i := 3; i < len(c.Args); i += 2 {
		switch more := i+1 < len(c.Args); {
		case exec.Is(c.Args[i], "ENTRIESADDED") && more:
			n, ok := num.ParseInt(c.Args[i+1])
			switch {
			case !ok:
				return resp.ErrNotInteger
			case n < 0:
				return errAdded
			}
			added = n
		case exec.Is(c.Args[i], "MAXDELETEDID") && more:
			if deleted, err = parseID(c.Args[i+1], 0); err != nil {
				return err
			}
			if id.Less(deleted) {
				return errBelowGiven
			}
		default:
			return resp.ErrSyntax
		}
	}
	t, err := typed.WriteStream(c, 1)
	switch {
	case err != nil:
		return err
	case t.Stream == nil:
		return resp.ErrNoSuchKey
	case id.Less(t.Stream.MaxDeleted()):
		return errBelowMax
	}
	if top, any := t.Stream.Top(); any {
		if id.Less(top) {
			return errBelowTop
		}
		if added >= 0 && t.Stream.Len() > uint64(added) {
			return errAddedLen
		}
	}
	t.Stream.SetLastID(id)
	if added >= 0 {
		t.Stream.SetAdded(uint64(added))
	}
	if !deleted.IsZero() {
		t.Stream.SetMaxDeleted(deleted)
	}
	c.ChangedUnwatched(1)
	c.Notify(t.Key, "xsetid")
	c.Out.OK()
	return nil
}
