package stream

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/stream"
)

// Bounds of how much ~ removes at once when LIMIT does not say.
const (
	limitNodes = 100
	limitNone  = 10000
	limitMost  = 1000000
)

// options are what stands before the fields of XADD, or behind the key of XTRIM.
type options struct {
	trim     stream.Trim
	trims    bool // there is MAXLEN or MINID
	limited  bool // there is LIMIT
	existing bool // NOMKSTREAM
	at       int  // where the threshold stands
	idAt     int
	id       stream.ID
	given    idForm
}

// idForm is how much of its ID an entry was given.
type idForm uint8

const (
	idNone idForm = iota
	idMs
	idWhole
)

// parseOptions reads them, for XADD up to the ID.
func parseOptions(c *exec.Ctx, add bool) (o options, err error) {
	i := 2
	for ; i < len(c.Args); i++ {
		arg, more := c.Args[i], len(c.Args)-i-1
		switch {
		case add && string(arg) == "*":
			o.idAt = i
			return o, o.check(c, add)
		case exec.Is(arg, "MAXLEN") && more > 0, exec.Is(arg, "MINID") && more > 0:
			if i, err = o.parseThreshold(c, i); err != nil {
				return o, err
			}
		case exec.Is(arg, "LIMIT") && more > 0:
			i++
			n, ok := num.ParseInt(c.Args[i])
			switch {
			case !ok:
				return o, resp.ErrNotInteger
			case n < 0:
				return o, errLimit
			}
			o.trim.Limit, o.limited = n, true
		case add && exec.Is(arg, "NOMKSTREAM"):
			o.existing = true
		case add:
			o.idAt = i
			if err = o.parseGiven(arg); err != nil {
				return o, err
			}
			return o, o.check(c, add)
		default:
			return o, resp.ErrSyntax
		}
	}
	o.idAt = i
	return o, o.check(c, add)
}

// parseThreshold reads MAXLEN or MINID, which stands at i, and tells where it ends.
func (o *options) parseThreshold(c *exec.Ctx, i int) (end int, err error) {
	if o.trims {
		return i, errBothTrims
	}
	o.trims, o.trim.ByID = true, exec.Is(c.Args[i], "MINID")
	i++
	if i+1 < len(c.Args) {
		switch string(c.Args[i]) {
		case "~":
			o.trim.Nodes = true
			i++
		case "=":
			i++
		}
	}
	o.at = i
	if o.trim.ByID {
		o.trim.MinID, err = parseID(c.Args[i], 0)
		return i, err
	}
	n, ok := num.ParseInt(c.Args[i])
	switch {
	case !ok:
		return i, resp.ErrNotInteger
	case n < 0:
		return i, errMaxLen
	}
	o.trim.MaxLen = uint64(n)
	return i, nil
}

// parseGiven reads the ID of an entry: ms-seq, ms or ms-*.
func (o *options) parseGiven(arg []byte) (err error) {
	o.given = idWhole
	if n := len(arg); n > 2 && string(arg[n-2:]) == "-*" {
		o.given = idMs
		arg = arg[:n-2]
		for _, ch := range arg {
			if ch == '-' {
				return errID
			}
		}
	}
	o.id, err = parseID(arg, 0)
	return err
}

// check checks how the options go together.
func (o *options) check(c *exec.Ctx, add bool) error {
	switch {
	case o.trim.Limit != 0 && !o.trims:
		return errLimitAlone
	case !add && !o.trims:
		return errNoTrim
	case o.limited && !o.trim.Nodes:
		return errLimitExact
	case o.trim.Nodes && !o.limited:
		o.trim.Limit = limitNodes * c.Engine().Settings.StreamNodeEntries.Load()
		if o.trim.Limit <= 0 {
			o.trim.Limit = limitNone
		}
		o.trim.Limit = min(o.trim.Limit, limitMost)
	}
	return nil
}

// lasts asks for an executor when many nodes may have to be removed.
func (o *options) lasts(c *exec.Ctx, s *stream.Stream) error {
	if !o.trims || o.trim.Nodes || s == nil {
		return nil
	}
	return c.Lasts(s.Nodes())
}

// threshold is what an exact trim must be told to come to what was done, as its strategy,
// = and value.
func (o *options) threshold(s *stream.Stream) [3][]byte {
	switch {
	case !o.trim.ByID:
		return [3][]byte{[]byte("MAXLEN"), []byte("="), num.AppendUint(nil, s.Len())}
	case s.Len() == 0:
		return [3][]byte{[]byte("MINID"), []byte("="), stream.MaxID.Append(nil)}
	}
	return [3][]byte{[]byte("MINID"), []byte("="), s.First().Append(nil)}
}

// xtrim implements XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT count].
func xtrim(c *exec.Ctx) error {
	o, err := parseOptions(c, false)
	if err != nil {
		return err
	}
	t, err := typed.WriteStream(c, 1)
	if err != nil {
		return err
	}
	if t.Stream == nil {
		c.Out.Int(0)
		return nil
	}
	if err := o.lasts(c, t.Stream); err != nil {
		return err
	}
	n := t.Stream.Trim(t.Allocator, &o.trim)
	if n > 0 {
		if o.trim.Nodes && c.Recording() {
			to := o.threshold(t.Stream)
			c.Rewrite([]byte("XTRIM"), c.Args[1], to[0], to[1], to[2])
		}
		c.Touched(t.Key, "xtrim")
		c.Several(int(n))
	}
	c.Out.Int(n)
	return nil
}
