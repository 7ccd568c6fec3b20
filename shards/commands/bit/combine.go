package bit

import (
	"encoding/binary"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

var errOneSource = &resp.Error{Text: "ERR BITOP NOT must be called with a single source key."}

type operation uint8

const (
	and operation = iota
	or
	xor
	not
)

// bitop implements BITOP AND | OR | XOR | NOT destkey key [key ...]. It answers the length
// of the result, that of the longest string.
func bitop(c *exec.Ctx) error {
	op, ok := parseOperation(c.Args[1])
	switch {
	case !ok:
		return resp.ErrSyntax
	case op == not && len(c.Args) != 4:
		return errOneSource
	}
	var few [8][]byte
	sources, longest, total := few[:0], 0, 0
	for i := 3; i < len(c.Args); i++ {
		t, err := c.Read(i, db.String)
		if err != nil {
			return err
		}
		v := content(&t)
		sources = append(sources, v)
		longest = max(longest, len(v))
		total += len(v)
	}
	if err := c.Lasts(total / perElement); err != nil {
		return err
	}
	c.Out.Int(int64(longest))
	if longest == 0 {
		c.Clear(c.Key(2))
		return nil
	}
	t := c.Look(c.Key(2), exec.Changes, exec.Quietly)
	t.Store(c, longest, 0, func(v []byte) { combine(op, v, sources) })
	c.Touched(t.Key, "set")
	return nil
}

func parseOperation(word []byte) (op operation, ok bool) {
	for i, name := range [...]string{"AND", "OR", "XOR", "NOT"} {
		if exec.Is(word, name) {
			return operation(i), true
		}
	}
	return 0, false
}

// content is a view of a string, or the text of a number.
func content(t *exec.Target) []byte {
	if t.E == 0 {
		return nil
	}
	if n, ok := t.E.Int(); ok {
		return num.AppendInt(nil, n)
	}
	return t.E.String(nil)
}

// combine writes the sources, combined, to dst, which none of them is longer than. It goes
// by pieces that stay in the cache however many sources there are.
func combine(op operation, dst []byte, sources [][]byte) {
	const piece = 8 << 10
	for at := 0; at < len(dst); at += piece {
		d := dst[at:min(at+piece, len(dst))]
		clear(d[copy(d, from(sources[0], at)):])
		for _, s := range sources[1:] {
			s = from(s, at)
			n := min(len(s), len(d))
			switch op {
			case and:
				andBytes(d[:n], s)
				clear(d[n:])
			case or:
				orBytes(d[:n], s)
			case xor:
				xorBytes(d[:n], s)
			}
		}
		if op == not {
			notBytes(d)
		}
	}
}

func from(v []byte, at int) []byte { return v[min(at, len(v)):] }

var word = binary.LittleEndian

func andBytes(d, s []byte) {
	for ; len(d) >= 8; d, s = d[8:], s[8:] {
		word.PutUint64(d, word.Uint64(d)&word.Uint64(s))
	}
	for i := range d {
		d[i] &= s[i]
	}
}

func orBytes(d, s []byte) {
	for ; len(d) >= 8; d, s = d[8:], s[8:] {
		word.PutUint64(d, word.Uint64(d)|word.Uint64(s))
	}
	for i := range d {
		d[i] |= s[i]
	}
}

func xorBytes(d, s []byte) {
	for ; len(d) >= 8; d, s = d[8:], s[8:] {
		word.PutUint64(d, word.Uint64(d)^word.Uint64(s))
	}
	for i := range d {
		d[i] ^= s[i]
	}
}

func notBytes(d []byte) {
	for ; len(d) >= 8; d = d[8:] {
		word.PutUint64(d, ^word.Uint64(d))
	}
	for i := range d {
		d[i] = ^d[i]
	}
}
