package str

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// setOptions are what stands behind the value of SET. at is the time of expiry in Unix
// milliseconds, 0 for none.
type setOptions struct {
	nx, xx, get, keep bool
	comparison        []byte // of IFEQ, else nil
	at                int64
}

// parseSet reads the options of SET in any order. Conditions exclude each other, and so
// do times; the time is looked at last, as its error is.
func parseSet(c *exec.Ctx) (o setOptions, err error) {
	var unit byte
	var when []byte
	for i := 3; i < len(c.Args); i++ {
		word := c.Args[i]
		hasNext := i+1 < len(c.Args)
		kind := timeOption(word)
		switch {
		case exec.Is(word, "NX") && !o.xx && o.comparison == nil:
			o.nx = true
		case exec.Is(word, "XX") && !o.nx && o.comparison == nil:
			o.xx = true
		case exec.Is(word, "IFEQ") && !o.nx && !o.xx && hasNext:
			i++
			o.comparison = c.Args[i]
		case exec.Is(word, "GET"):
			o.get = true
		case exec.Is(word, "KEEPTTL") && unit == 0:
			o.keep = true
		case kind != 0 && !o.keep && (unit == 0 || unit == kind) && hasNext:
			i++
			unit, when = kind, c.Args[i]
		default:
			return o, resp.ErrSyntax
		}
	}
	if unit != 0 {
		o.at, err = expireTime(when, unit, c.Now)
	}
	return o, err
}

// The kinds of times that commands take.
const (
	seconds    = 's' // from now
	millis     = 'm'
	secondsAt  = 'S' // since 1970
	millisAt   = 'M'
	perSeconds = 1000
)

// timeOption is the kind of time that an option announces, 0 for any other word.
func timeOption(word []byte) byte {
	switch {
	case exec.Is(word, "EX"):
		return seconds
	case exec.Is(word, "PX"):
		return millis
	case exec.Is(word, "EXAT"):
		return secondsAt
	case exec.Is(word, "PXAT"):
		return millisAt
	}
	return 0
}

// expireTime turns the text of a time into Unix milliseconds.
func expireTime(text []byte, unit byte, now int64) (int64, error) {
	n, ok := num.ParseInt(text)
	if !ok {
		return 0, resp.ErrNotInteger
	}
	inSeconds := unit == seconds || unit == secondsAt
	if n <= 0 || inSeconds && n > math.MaxInt64/perSeconds {
		return 0, resp.InvalidExpire("set")
	}
	if inSeconds {
		n *= perSeconds
	}
	if unit == seconds || unit == millis {
		if n > math.MaxInt64-now {
			return 0, resp.InvalidExpire("set")
		}
		n += now
	}
	return n, nil
}
