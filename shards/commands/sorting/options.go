package sorting

import (
	"bytes"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/protocol/slot"
	"sigrun/shards/exec"
)

var (
	errByDenied  = &resp.Error{Text: "ERR BY option of SORT denied due to insufficient ACL permissions."}
	errGetDenied = &resp.Error{Text: "ERR GET option of SORT denied due to insufficient ACL permissions."}
	errByAway    = &resp.Error{Text: "ERR BY option of SORT denied in Cluster mode when keys formed by the pattern may be in different slots."}
	errGetAway   = &resp.Error{Text: "ERR GET option of SORT denied in Cluster mode when keys formed by the pattern may be in different slots."}
)

// options are what SORT is asked for.
type options struct {
	fixed  bool // SORT_RO: there is no STORE
	locked bool // the user may not read any key: patterns could name those that it must not see
	split  bool // the node is one of a cluster: patterns must name keys of the same slot

	by     *pattern // nil: the elements themselves count
	unsort bool     // BY says nothing that depends on an element
	get    []pattern
	alpha  bool
	desc   bool
	store  int // argument of the key to store in, 0: none
	skip   int64
	most   int64 // negative: all
}

func (o *options) parse(args [][]byte) error {
	o.most = -1
	for i := 2; i < len(args); i++ {
		w, left := args[i], len(args)-i-1
		switch {
		case exec.Is(w, "ASC"):
			o.desc = false
		case exec.Is(w, "DESC"):
			o.desc = true
		case exec.Is(w, "ALPHA"):
			o.alpha = true
		case exec.Is(w, "LIMIT") && left >= 2:
			var ok, fits bool
			o.skip, ok = num.ParseInt(args[i+1])
			o.most, fits = num.ParseInt(args[i+2])
			if !ok || !fits {
				return resp.ErrNotInteger
			}
		case exec.Is(w, "STORE") && left >= 1 && !o.fixed:
			o.store = i + 1
		case exec.Is(w, "BY") && left >= 1:
			p := parsePattern(args[i+1])
			if o.split && !p.self && !p.plain && slot.OfPattern(args[i+1]) != int(slot.Of(args[1])) {
				return errByAway
			}
			if o.locked && !p.self && !p.plain {
				return errByDenied
			}
			o.by = &p
			o.unsort = o.unsort || p.self || p.plain
		case exec.Is(w, "GET") && left >= 1:
			if o.split && string(args[i+1]) != "#" && slot.OfPattern(args[i+1]) != int(slot.Of(args[1])) {
				return errGetAway
			}
			if o.locked {
				return errGetDenied
			}
			o.get = append(o.get, parsePattern(args[i+1]))
		default:
			return resp.ErrSyntax
		}
		i += values(w)
	}
	return nil
}

// span is which of n elements are wanted, once they are in order.
func (o *options) span(n int) (from, to int) {
	from = int(min(max(o.skip, 0), int64(n)))
	to = n
	if o.most >= 0 {
		to = from + int(min(o.most, int64(n-from)))
	}
	return from, to
}

// pattern is what BY and GET make of an element: itself, the string under a key that has
// the element in its name, or the field of a hash under such a key.
type pattern struct {
	self          bool // "#"
	plain         bool // no element in it: there is nothing under it
	before, after []byte
	field         []byte // nil: a string
}

// parsePattern takes a pattern apart. The first * stands for the element, the first ->
// behind it is followed by a field, unless nothing does.
func parsePattern(text []byte) (p pattern) {
	if string(text) == "#" {
		return pattern{self: true}
	}
	star := bytes.IndexByte(text, '*')
	if star < 0 {
		return pattern{plain: true}
	}
	p.before, p.after = text[:star], text[star+1:]
	if arrow := bytes.Index(p.after, []byte("->")); arrow >= 0 && arrow+2 < len(p.after) {
		p.after, p.field = p.after[:arrow], p.after[arrow+2:]
	}
	return p
}
