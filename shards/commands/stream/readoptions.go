package stream

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// reading is what XREAD or XREADGROUP was asked for.
type reading struct {
	count           int64 // noCount: all
	waits           bool  // there is BLOCK
	deadline        int64
	noAck           bool
	group, consumer []byte // nil for XREAD
	first, n        int    // where the keys stand, and how many; their IDs stand behind them
}

func (r *reading) idAt(i int) int { return r.first + r.n + i }

// parseReading reads the options of XREAD, or of XREADGROUP.
func parseReading(c *exec.Ctx, grouped bool) (r reading, err error) {
	r.count = noCount
	args := c.Args
	for i := 1; i < len(args) && r.first == 0; i++ {
		more := len(args) - i - 1
		switch {
		case exec.Is(args[i], "BLOCK") && more > 0:
			i++
			r.waits = true
			if r.deadline, err = c.TimeoutMillis(i); err != nil {
				return r, err
			}
		case exec.Is(args[i], "COUNT") && more > 0:
			i++
			n, ok := num.ParseInt(args[i])
			if !ok {
				return r, resp.ErrNotInteger
			}
			if r.count = n; n <= 0 {
				r.count = noCount
			}
		case exec.Is(args[i], "STREAMS") && more > 0:
			if more%2 != 0 {
				return r, unbalanced(c, grouped)
			}
			r.first, r.n = i+1, more/2
		case exec.Is(args[i], "GROUP") && more > 1:
			if !grouped {
				return r, errNoRead
			}
			r.group, r.consumer = args[i+1], args[i+2]
			i += 2
		case exec.Is(args[i], "NOACK"):
			if !grouped {
				return r, errNoAckRead
			}
			r.noAck = true
		default:
			return r, resp.ErrSyntax
		}
	}
	switch {
	case r.first == 0:
		return r, resp.ErrSyntax
	case grouped && r.group == nil:
		return r, errNoGroup
	}
	return r, nil
}

func unbalanced(c *exec.Ctx, grouped bool) error {
	symbol := '$'
	if grouped {
		symbol = '>'
	}
	return resp.Errorf("ERR Unbalanced '%s' list of streams: for each stream key an ID or '%c' must be specified.", c.Spec.FullName(), symbol)
}

// readKeys finds the keys of XREAD and XREADGROUP: where parseReading does, and only when
// that finds no fault with what stands before them.
func readKeys(args [][]byte) (first, last int, ok bool) {
	for i := 1; i < len(args); i++ {
		more := len(args) - i - 1
		switch {
		case exec.Is(args[i], "STREAMS"):
			return i + 1, i + more/2, more > 0 // one ID too few or too many is for the command to refuse
		case exec.Is(args[i], "BLOCK"), exec.Is(args[i], "COUNT"):
			i++
		case exec.Is(args[i], "GROUP"):
			i += 2
		case !exec.Is(args[i], "NOACK"):
			return 0, 0, false
		}
	}
	return 0, 0, false
}
