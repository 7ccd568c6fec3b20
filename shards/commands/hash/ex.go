package hash

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/hash"
)

// options are what HSETEX and HGETEX take before FIELDS.
type options struct {
	nx, xx, fnx, fxx, keep, persist bool

	kind exec.TimeKind // how the time was given
	when []byte
}

// parse reads the options of HSETEX, or of HGETEX if getting.
func (o *options) parse(words [][]byte, getting bool) error {
	for i := 0; i < len(words); i++ {
		w := words[i]
		kind := exec.TimeOption(w)
		switch {
		case exec.Is(w, "NX") && !getting && !o.xx:
			o.nx = true
		case exec.Is(w, "XX") && !getting && !o.nx:
			o.xx = true
		case exec.Is(w, "FNX") && !getting && !o.fxx:
			o.fnx = true
		case exec.Is(w, "FXX") && !getting && !o.fnx:
			o.fxx = true
		case exec.Is(w, "KEEPTTL") && !getting && o.kind == exec.NoTime:
			o.keep = true
		case exec.Is(w, "PERSIST") && getting && o.kind == exec.NoTime:
			o.persist = true
		case kind != exec.NoTime && (o.kind == exec.NoTime || o.kind == kind) && !o.keep && !o.persist && i+1 < len(words): // the last one counts
			i++
			o.kind, o.when = kind, words[i]
		default:
			return resp.ErrSyntax
		}
	}
	return nil
}

// time is when fields are to expire: at a time, or never.
func (o *options) time(c *exec.Ctx) (at int64, err error) {
	if o.kind == exec.NoTime {
		return hash.Never, nil
	}
	return c.ExpireTime(o.when, o.kind, 0)
}

// hgetex implements HGETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST]
// FIELDS numfields field [field ...].
func hgetex(c *exec.Ctx) error {
	var o options
	fields, err := cutFields(c, 2, 1, func(words [][]byte) error { return o.parse(words, true) })
	if err != nil {
		return err
	}
	c.Look(c.Key(1), exec.Asks, exec.Told) // alone among those that change a hash it counts as a hit or miss
	e, err := expiryOf(c, hash.Never)
	if err != nil {
		return err
	}
	if e.at, err = o.time(c); err != nil {
		return err
	}
	c.Out.Array(len(fields))
	for _, field := range fields {
		f, live := reply(c, &e.target, field)
		if live && (o.kind != exec.NoTime || o.persist && e.Hash.ExpireAt(f) != hash.Never) {
			e.apply(f, field)
		}
	}
	e.tell()
	return nil
}

// hsetex implements HSETEX key [NX | XX] [FNX | FXX] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]
// FIELDS numfields field value [field value ...].
func hsetex(c *exec.Ctx) error {
	var o options
	pairs, err := cutFields(c, 2, 2, func(words [][]byte) error { return o.parse(words, false) })
	if err != nil {
		return err
	}
	var t typed.Hash
	err = t.Write(c)
	if err != nil {
		return err
	}
	if o.nx && t.Exists() || o.xx && !t.Exists() { // before the time is looked at, as in Valkey
		c.Out.Int(0)
		return nil
	}
	at, err := o.time(c)
	if err != nil {
		return err
	}
	switch {
	case !o.applies(&t, pairs):
		c.Out.Int(0)
		return nil
	case o.kind != exec.NoTime && c.Past(at):
		setPast(&expiry{target: t, c: c, at: at}, pairs)
	default:
		setTimed(c, &t, pairs, &o, at)
	}
	c.Out.Int(1)
	return nil
}

// applies tells whether the conditions on fields hold.
func (o *options) applies(t *typed.Hash, pairs [][]byte) bool {
	if !o.fnx && !o.fxx {
		return true
	}
	for i := 0; i < len(pairs); i += 2 {
		if _, live := t.Find(pairs[i]); live != o.fxx {
			return false
		}
	}
	return true
}

// setTimed sets fields that do not expire, expire at at, or keep their time.
func setTimed(c *exec.Ctx, t *typed.Hash, pairs [][]byte, o *options, at int64) {
	if t.Hash == nil {
		t.Make(c)
	}
	if o.kind == exec.NoTime {
		t.Hash.Expect(t.Allocator, t.Limit, pairs)
	}
	var stale [][]byte
	for i := 0; i < len(pairs); i += 2 {
		f, live := t.Find(pairs[i])
		until := at
		if o.keep && live {
			until = t.Hash.ExpireAt(f)
		}
		if o.keep && f.Exists() && !live && c.Recording() {
			stale = append(stale, pairs[i])
		}
		t.Set(f, live, pairs[i], pairs[i+1], until)
	}
	if c.Recording() {
		if stale != nil { // elsewhere they may still be there, and would keep their time
			c.Record(append([][]byte{[]byte("HDEL"), c.Args[1]}, stale...)...)
		}
		c.Rewrite(unconditional(c, o, at, pairs)...)
	}
	t.Touched(c, "hset")
	c.Several(len(pairs) / 2)
	if o.kind != exec.NoTime {
		c.Notify(t.Key, "hexpire")
	}
}

// unconditional is HSETEX without conditions and with a time that means the same at any time.
func unconditional(c *exec.Ctx, o *options, at int64, pairs [][]byte) [][]byte {
	args := [][]byte{c.Args[0], c.Args[1]}
	switch {
	case o.keep:
		args = append(args, []byte("KEEPTTL"))
	case o.kind != exec.NoTime:
		args = append(args, []byte("PXAT"), num.AppendInt(nil, at))
	}
	args = append(args, []byte("FIELDS"), num.AppendInt(nil, int64(len(pairs)/2)))
	return append(args, pairs...)
}

// setPast sets fields whose time has come already: they are not there afterwards.
func setPast(e *expiry, pairs [][]byte) {
	absent := e.Hash == nil
	if absent {
		e.c.Notify(e.Key, "new")
	}
	for i := 0; i < len(pairs) && !absent; i += 2 {
		if f, live := e.Find(pairs[i]); live {
			e.apply(f, pairs[i])
		}
	}
	e.c.Notify(e.Key, "hset")
	e.c.Notify(e.Key, "hexpire")
	e.c.CountExpiredFields(len(pairs)/2 - e.changed)
	if e.changed == 0 {
		e.c.Notify(e.Key, "hexpired")
	}
	if absent { // a hash that was never there is told of from its beginning to its end
		e.c.Notify(e.Key, "del")
		return
	}
	e.tell()
}
