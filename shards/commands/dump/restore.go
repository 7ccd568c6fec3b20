package dump

import (
	"math"
	"slices"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/rdb"
)

// options are what stands behind the payload of RESTORE.
type options struct {
	replace, absolute bool
	idle              int64 // -1: not said
	freq              int
}

// restore implements RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds | FREQ counter].
func restore(c *exec.Ctx) error {
	o, err := parse(c.Args[4:])
	if err != nil {
		return err
	}
	k := c.Key(1)
	there := c.Look(k, exec.Asks, exec.Quietly)
	p, old := there.Part, there.E
	if old != 0 && !o.replace {
		return resp.ErrBusyKey
	}
	expireAt, err := o.expiry(c)
	if err != nil {
		return err
	}
	payload := c.Args[3]
	if rdb.Check(payload, c.Engine().DumpOptions()) != nil {
		return errPayload
	}
	if err := c.Lasts(len(payload) / bytesPerElement); err != nil {
		return err
	}
	b, err := c.Images().Restore(p, k, payload, expireAt)
	if err != nil {
		c.Engine().Warn("RESTORE: " + err.Error())
		return errBadData
	}
	if expireAt != 0 && c.Past(expireAt) {
		b.Drop()
		expired(c, p, k, old)
	} else {
		if old == 0 {
			c.Notify(k, "new")
		}
		e := b.Finish(old)
		c.SetUse(e, o.idle, o.freq)
		c.Touched(k, "restore")
		c.Created(k)
		o.record(c, expireAt)
	}
	c.Out.OK()
	return nil
}

// bytesPerElement is about how much of a payload an element takes, to tell which last.
const bytesPerElement = 8

// expired is the end of a value whose time is over: what it was to replace goes.
func expired(c *exec.Ctx, p *db.Part, k *db.Key, old db.Entry) {
	if old == 0 {
		return
	}
	p.Delete(k, old)
	c.Removed(k, "del")
	if c.Recording() {
		c.Rewrite([]byte("UNLINK"), c.Args[1])
	}
}

// record tells consumers of commits when the key expires, not in how long.
func (o *options) record(c *exec.Ctx, expireAt int64) {
	if !c.Recording() || o.absolute || expireAt == 0 {
		return
	}
	args := slices.Clone(c.Args)
	args[2] = num.AppendInt(nil, expireAt)
	c.Rewrite(append(args, []byte("ABSTTL"))...)
}

// expiry is the time that argument 2 means, in Unix milliseconds, 0 for never.
func (o *options) expiry(c *exec.Ctx) (int64, error) {
	n, ok := num.ParseInt(c.Args[2])
	switch {
	case !ok:
		return 0, resp.ErrNotInteger
	case n < 0:
		return 0, errTTL
	case n == 0 || o.absolute:
		return n, nil
	case n > math.MaxInt64-c.Now:
		return 0, errTTL
	}
	return n + c.Now, nil
}

func parse(args [][]byte) (o options, err error) {
	o = options{idle: -1, freq: -1}
	for ; len(args) > 0; args = args[1:] {
		said := o.idle >= 0 || o.freq >= 0
		switch {
		case exec.Is(args[0], "REPLACE"):
			o.replace = true
		case exec.Is(args[0], "ABSTTL"):
			o.absolute = true
		case exec.Is(args[0], "IDLETIME") && len(args) > 1 && !said:
			n, ok := num.ParseInt(args[1])
			switch {
			case !ok:
				return o, resp.ErrNotInteger
			case n < 0:
				return o, errIdle
			}
			o.idle, args = n, args[1:]
		case exec.Is(args[0], "FREQ") && len(args) > 1 && !said:
			n, ok := num.ParseInt(args[1])
			switch {
			case !ok:
				return o, resp.ErrNotInteger
			case n < 0 || n > math.MaxUint8:
				return o, errFreq
			}
			o.freq, args = int(n), args[1:]
		default:
			return o, resp.ErrSyntax
		}
	}
	return o, nil
}

var (
	errTTL     = &resp.Error{Text: "ERR Invalid TTL value, must be >= 0"}
	errIdle    = &resp.Error{Text: "ERR Invalid IDLETIME value, must be >= 0"}
	errFreq    = &resp.Error{Text: "ERR Invalid FREQ value, must be >= 0 and <= 255"}
	errPayload = &resp.Error{Text: "ERR DUMP payload version or checksum are wrong"}
	errBadData = &resp.Error{Text: "ERR Bad data format"}
)
