package resp

import (
	"math"

	"sigrun/internal/num"
)

// Deadline reads a timeout in whole milliseconds, an argument of a command, as the time in unix ms until which the command may
// wait; 0 is for ever. now is unix ms.
func Deadline(timeout []byte, now int64) (deadline int64, err error) {
	ms, ok := num.ParseInt(timeout)
	switch {
	case !ok:
		return 0, ErrTimeoutNotInt
	case ms < 0:
		return 0, ErrTimeoutNegative
	case ms == 0:
		return 0, nil
	case ms > math.MaxInt64-now:
		return 0, ErrTimeoutRange
	}
	return ms + now, nil
}
