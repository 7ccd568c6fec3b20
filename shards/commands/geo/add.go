package geo

import (
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	earth "sigrun/storage/geohash"
)

// geoadd implements GEOADD key [NX|XX] [CH] longitude latitude member [longitude latitude
// member ...].
func geoadd(c *exec.Ctx) error {
	var a addition
	at := 2
	for at < len(c.Args) && a.option(c.Args[at]) {
		at++
	}
	n := len(c.Args) - at
	if n == 0 || n%3 != 0 || a.nx && a.xx {
		return resp.ErrSyntax
	}
	longest := 0
	for i := at; i < len(c.Args); i += 3 {
		if _, err := parsePoint(c.Args[i], c.Args[i+1]); err != nil {
			return err
		}
		longest = max(longest, len(c.Args[i+2]))
	}
	var t typed.ZSet
	err := t.Write(c, 1)
	if err != nil {
		return err
	}
	if t.Set == nil && a.xx {
		c.Out.Int(0)
		return nil
	}
	t.Expect(c, n/3, longest)
	for i := at; i < len(c.Args); i += 3 {
		p, _ := parsePoint(c.Args[i], c.Args[i+1])
		a.put(&t, c.Args[i+2], float64(earth.Encode(p)))
	}
	if a.added+a.moved > 0 {
		c.Touched(t.Key, "zadd")
		c.Several(a.added + a.moved)
		c.Created(t.Key)
	}
	if a.ch {
		a.added += a.moved
	}
	c.Out.Int(int64(a.added))
	return nil
}

// addition is what GEOADD is asked to do, and what it did.
type addition struct {
	nx, xx, ch   bool
	added, moved int
}

func (a *addition) option(word []byte) bool {
	switch {
	case exec.Is(word, "NX"):
		a.nx = true
	case exec.Is(word, "XX"):
		a.xx = true
	case exec.Is(word, "CH"):
		a.ch = true
	default:
		return false
	}
	return true
}

func (a *addition) put(t *typed.ZSet, name []byte, score float64) {
	f := t.Set.Find(t.Allocator, name)
	switch {
	case !f.Exists() && !a.xx:
		t.Set.Insert(t.Allocator, t.Limits, &f, name, score)
		a.added++
	case f.Exists() && !a.nx && f.Score != score:
		t.Set.Change(t.Allocator, &f, name, score)
		a.moved++
	}
}
