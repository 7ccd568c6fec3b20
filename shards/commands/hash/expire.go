package hash

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/hash"
)

// What the commands answer for a field.
const (
	noField = -2
	noTime  = -1
	unmet   = 0 // the condition
	done    = 1
	gone    = 2 // its time has come
)

// hexpire implements HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...].
func hexpire(c *exec.Ctx) error { return expireFields(c, exec.Seconds) }

// hpexpire implements HPEXPIRE, in milliseconds.
func hpexpire(c *exec.Ctx) error { return expireFields(c, exec.Millis) }

// hexpireAt implements HEXPIREAT, at a Unix time in seconds.
func hexpireAt(c *exec.Ctx) error { return expireFields(c, exec.SecondsAt) }

// hpexpireAt implements HPEXPIREAT, at a Unix time in milliseconds.
func hpexpireAt(c *exec.Ctx) error { return expireFields(c, exec.MillisAt) }

// expireFields has fields expire at the time that argument 2 means. One that has come takes
// them out.
func expireFields(c *exec.Ctx, kind exec.TimeKind) error {
	var when exec.Conditions
	fields, err := cutFields(c, 3, 1, func(options [][]byte) (err error) {
		when, err = exec.ParseConditions(options)
		return err
	})
	if err != nil {
		return err
	}
	at, err := c.ExpireTime(c.Args[2], kind, 0)
	if err != nil {
		return err
	}
	e, err := expiryOf(c, at)
	if err != nil {
		return err
	}
	c.Out.Array(len(fields))
	for _, field := range fields {
		f, live := e.Find(field)
		switch {
		case !live:
			c.Out.Int(noField)
		case !when.Allow(e.Hash.ExpireAt(f), e.Hash.ExpireAt(f) == hash.Never, at):
			c.Out.Int(unmet)
		default:
			c.Out.Int(e.apply(f, field))
		}
	}
	e.tell()
	return nil
}

// hpersist implements HPERSIST key FIELDS numfields field [field ...].
func hpersist(c *exec.Ctx) error {
	fields, err := listed(c, errNumFields)
	if err != nil {
		return err
	}
	e, err := expiryOf(c, hash.Never)
	if err != nil {
		return err
	}
	c.Out.Array(len(fields))
	for _, field := range fields {
		f, live := e.Find(field)
		switch {
		case !live:
			c.Out.Int(noField)
		case e.Hash.ExpireAt(f) == hash.Never:
			c.Out.Int(noTime)
		default:
			c.Out.Int(e.apply(f, field))
		}
	}
	e.tell()
	return nil
}

// target is a hash as a field that hides none of the hash's own names.
type target = typed.Hash

// expiry gives fields a time, or takes it away.
type expiry struct {
	target
	c       *exec.Ctx
	at      int64
	changed int
	fields  [][]byte // that were changed, while recording
}

// expiryOf looks the hash up.
func expiryOf(c *exec.Ctx, at int64) (e expiry, err error) {
	e.c, e.at = c, at
	err = e.target.Write(c)
	return e, err
}

// past tells that the time has come already.
func (e *expiry) past() bool { return e.at != hash.Never && e.c.Past(e.at) }

// apply does it to a field that is there.
func (e *expiry) apply(f hash.Place, field []byte) (answer int64) {
	e.changed++
	if e.c.Recording() {
		e.fields = append(e.fields, field)
	}
	if e.past() {
		e.Hash.Delete(e.Allocator, f)
		return gone
	}
	e.Hash.SetExpire(e.Allocator, f, field, e.at)
	return done
}

// tell says what was done.
func (e *expiry) tell() {
	if e.changed == 0 {
		return
	}
	c := e.c
	if c.Recording() {
		c.Rewrite(e.record()...)
	}
	switch {
	case e.past():
		c.CountExpiredFields(e.changed)
		e.target.Touched(c, "hexpired")
	case e.at == hash.Never:
		e.target.Touched(c, "hpersist")
	default:
		e.target.Touched(c, "hexpire")
	}
	c.Several(e.changed)
	if e.past() {
		c.RemoveEmpty(&e.Target, e.Hash.Len())
	}
}

// record is the command that does the same at any time.
func (e *expiry) record() (args [][]byte) {
	key := e.c.Args[1]
	switch {
	case e.past():
		return append([][]byte{[]byte("HDEL"), key}, e.fields...)
	case e.at == hash.Never:
		args = [][]byte{[]byte("HPERSIST"), key}
	default:
		args = [][]byte{[]byte("HPEXPIREAT"), key, num.AppendInt(nil, e.at)}
	}
	args = append(args, []byte("FIELDS"), num.AppendInt(nil, int64(len(e.fields))))
	return append(args, e.fields...)
}

// cutFields divides the arguments into the options from argument from on, which parse reads first, and what
// follows FIELDS numfields: each field has so many words.
func cutFields(c *exec.Ctx, from, words int, parse func(options [][]byte) error) (fields [][]byte, err error) {
	for i := from; i < len(c.Args)-1; i++ {
		if !exec.Is(c.Args[i], "FIELDS") {
			continue
		}
		if err := parse(c.Args[from:i]); err != nil {
			return nil, err
		}
		n, ok := num.ParseInt(c.Args[i+1])
		if !ok {
			return nil, resp.ErrNotInteger
		}
		fields = c.Args[i+2:]
		if n < 1 || len(fields)%words != 0 || n != int64(len(fields)/words) {
			return nil, errNumFields
		}
		return fields, nil
	}
	return nil, errNumFields
}

// httl implements HTTL key FIELDS numfields field [field ...].
func httl(c *exec.Ctx) error { return tellExpiry(c, c.Now, 1000) }

// hpttl implements HPTTL, in milliseconds.
func hpttl(c *exec.Ctx) error { return tellExpiry(c, c.Now, 1) }

// hexpireTime implements HEXPIRETIME, the Unix time in seconds.
func hexpireTime(c *exec.Ctx) error { return tellExpiry(c, 0, 1000) }

// hpexpireTime implements HPEXPIRETIME, the Unix time in milliseconds.
func hpexpireTime(c *exec.Ctx) error { return tellExpiry(c, 0, 1) }

// tellExpiry answers when fields expire, since base in units of so many milliseconds,
// rounded.
func tellExpiry(c *exec.Ctx, base, unit int64) error {
	fields, err := listed(c, resp.ErrSyntax)
	if err != nil {
		return err
	}
	var t typed.Hash
	err = t.Read(c)
	if err != nil {
		return err
	}
	c.Out.Array(len(fields))
	for _, field := range fields {
		f, live := t.Find(field)
		switch {
		case !live:
			c.Out.Int(noField)
		case t.Hash.ExpireAt(f) == hash.Never:
			c.Out.Int(noTime)
		default:
			left := max(t.Hash.ExpireAt(f)-base, 0)
			c.Out.Int(left/unit + left%unit*2/unit) // the half above counts as one
		}
	}
	return nil
}
