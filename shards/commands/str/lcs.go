package str

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

var (
	errLCSMemory = &resp.Error{Text: "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"}
	errLCSLong   = &resp.Error{Text: "ERR String too long for LCS"}
)

// lcs implements LCS key1 key2 [LEN] [IDX] [MINMATCHLEN n] [WITHMATCHLEN].
func lcs(c *exec.Ctx) error {
	keys := c.Keys()
	ea := c.Look(&keys[0], exec.Reads, exec.Told).E
	eb := c.Look(&keys[1], exec.Reads, exec.Told).E
	if ea != 0 && ea.Type() != db.String || eb != 0 && eb.Type() != db.String {
		return resp.ErrLCSTypes
	}
	o, err := parseLCS(c.Args)
	if err != nil {
		return err
	}
	var bufA, bufB [20]byte
	var a, b []byte
	if ea != 0 {
		a = ea.String(&bufA)
	}
	if eb != 0 {
		b = eb.String(&bufB)
	}
	if err := fitsLCS(c, len(a), len(b)); err != nil {
		return err
	}
	return o.reply(c.Out, a, b)
}

// fitsLCS refuses what would take a table beyond the limit for one argument, as Valkey
// reckons it.
func fitsLCS(c *exec.Ctx, a, b int) error {
	const tooLong = 1<<32 - 2
	if a >= tooLong || b >= tooLong {
		return errLCSLong
	}
	if limit := c.Engine().Settings.MaxBulk.Load(); uint64(a+1)*uint64(b+1) > uint64(limit)/4 {
		return errLCSMemory
	}
	return nil
}

type lcsOptions struct {
	length, index, withLen bool
	minLen                 int64
}

func parseLCS(args [][]byte) (o lcsOptions, err error) {
	for i := 3; i < len(args); i++ {
		switch {
		case exec.Is(args[i], "IDX"):
			o.index = true
		case exec.Is(args[i], "LEN"):
			o.length = true
		case exec.Is(args[i], "WITHMATCHLEN"):
			o.withLen = true
		case exec.Is(args[i], "MINMATCHLEN") && i+1 < len(args):
			i++
			n, ok := num.ParseInt(args[i])
			if !ok {
				return o, resp.ErrNotInteger
			}
			o.minLen = max(n, 0)
		default:
			return o, resp.ErrSyntax
		}
	}
	if o.length && o.index {
		return o, resp.ErrLCSLenAndIdx
	}
	return o, nil
}

func (o *lcsOptions) reply(out *resp.Writer, a, b []byte) error {
	if o.length {
		out.Int(int64(lcsLength(a, b, nil)))
		return nil
	}
	ways := newWays(len(a), len(b))
	n := lcsLength(a, b, ways)
	if !o.index {
		text := make([]byte, n)
		ways.walk(a, b, func(i, _ int) {
			n--
			text[n] = a[i]
		}, nil)
		out.Bulk(text)
		return nil
	}
	out.Map(2)
	out.BulkString("matches")
	mark, matches := out.Mark(), 0
	ways.walk(a, b, nil, func(m match) {
		if int64(m.n) >= o.minLen {
			matches++
			o.writeMatch(out, m)
		}
	})
	out.InsertArray(mark, matches)
	out.BulkString("len")
	out.Int(int64(n))
	return nil
}

func (o *lcsOptions) writeMatch(out *resp.Writer, m match) {
	fields := 2
	if o.withLen {
		fields = 3
	}
	out.Array(fields)
	for _, start := range [2]int{m.a, m.b} {
		out.Array(2)
		out.Int(int64(start))
		out.Int(int64(start + m.n - 1))
	}
	if o.withLen {
		out.Int(int64(m.n))
	}
}
