package exec

import (
	"bytes"
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
)

// Timeout reads the seconds at argument i, a double, as the time in unix ms until which
// a command may wait; 0 is for ever. A waiting command that is tried again is not asked
// a second time: its deadline stands.
func (c *Step) Timeout(i int) (deadline int64, err error) {
	if c.serving != nil {
		return c.serving.Block.Deadline, nil
	}
	text := c.Args[i]
	seconds, ok := num.ReadDouble(text)
	if !ok || len(text) == 0 || text[0] <= ' ' || bytes.IndexByte(text, 0) >= 0 {
		return 0, resp.ErrTimeoutNotFloat
	}
	ms := math.Ceil(seconds * 1000)
	switch {
	case ms >= math.MaxInt64:
		return 0, resp.ErrTimeoutRange
	case ms < 0:
		return 0, resp.ErrTimeoutNegative
	case ms == 0:
		return 0, nil
	case int64(ms) > math.MaxInt64-c.Now:
		return 0, resp.ErrTimeoutRange
	}
	return int64(ms) + c.Now, nil
}

// TimeoutMillis is Timeout for whole milliseconds.
func (c *Step) TimeoutMillis(i int) (deadline int64, err error) {
	if c.serving != nil {
		return c.serving.Block.Deadline, nil
	}
	return resp.Deadline(c.Args[i], c.Now)
}
