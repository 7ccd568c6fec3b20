package exec

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
)

// TimeKind is how a time is given.
type TimeKind uint8

const (
	NoTime    TimeKind = iota
	Seconds            // from now
	Millis             //
	SecondsAt          // since 1970
	MillisAt           //
)

// TimeOption is the kind of time that an option announces, NoTime for any other word.
func TimeOption(word []byte) TimeKind {
	switch {
	case Is(word, "EX"):
		return Seconds
	case Is(word, "PX"):
		return Millis
	case Is(word, "EXAT"):
		return SecondsAt
	case Is(word, "PXAT"):
		return MillisAt
	}
	return NoTime
}

// ExpireTime turns the text of a time into Unix milliseconds. The number must not be less
// than least, and the time one that there is.
func (c *Step) ExpireTime(text []byte, kind TimeKind, least int64) (int64, error) {
	n, ok := num.ParseInt(text)
	if !ok {
		return 0, resp.ErrNotInteger
	}
	unit, base := int64(1), int64(0)
	if kind == Seconds || kind == SecondsAt {
		unit = 1000
	}
	if kind == Seconds || kind == Millis {
		base = c.Now
	}
	if n < least || n > math.MaxInt64/unit || n < math.MinInt64/unit || n*unit > math.MaxInt64-base {
		return 0, resp.InvalidExpire(c.Spec.FullName())
	}
	return n*unit + base, nil
}

// Conditions are the options of EXPIRE and its kin.
type Conditions struct{ NX, XX, GT, LT bool }

// ParseConditions reads them.
func ParseConditions(words [][]byte) (o Conditions, err error) {
	for _, w := range words {
		switch {
		case Is(w, "NX"):
			o.NX = true
		case Is(w, "XX"):
			o.XX = true
		case Is(w, "GT"):
			o.GT = true
		case Is(w, "LT"):
			o.LT = true
		default:
			return o, resp.UnsupportedOption(w)
		}
	}
	if o.NX && (o.XX || o.GT || o.LT) {
		return o, resp.ErrExpireNXOptions
	}
	if o.GT && o.LT {
		return o, resp.ErrExpireGTOptions
	}
	return o, nil
}

// Allow tells whether what expires at old, or never, may expire at at. Never is later than
// any time.
func (o Conditions) Allow(old int64, never bool, at int64) bool {
	switch {
	case o.NX && !never, o.XX && never:
		return false
	case o.GT && (never || at <= old):
		return false
	case o.LT && !never && at >= old:
		return false
	}
	return true
}
