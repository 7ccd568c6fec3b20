package bit

import (
	"math/bits"

	"sigrun/internal/num"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

var (
	errFieldType     = &resp.Error{Text: "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."}
	errOverflowType  = &resp.Error{Text: "ERR Invalid OVERFLOW type specified"}
	errFieldReadOnly = &resp.Error{Text: "ERR BITFIELD_RO only supports the GET subcommand"}
)

// bitfield implements BITFIELD key [GET type offset | [OVERFLOW WRAP | SAT | FAIL]
// SET type offset value | INCRBY type offset increment] ...
func bitfield(c *exec.Ctx) error { return fields(c, false) }

// bitfieldRO implements BITFIELD_RO key [GET type offset ...].
func bitfieldRO(c *exec.Ctx) error { return fields(c, true) }

type action uint8

const (
	get action = iota
	set
	incrBy
)

// step is one thing that BITFIELD does.
type step struct {
	do    action
	field field
	value int64
	how   overflow
}

// steps reads the arguments of BITFIELD one step after another.
type steps struct {
	c    *exec.Ctx
	rest [][]byte
	how  overflow
}

// next reads one step; ok is false behind the last one.
func (p *steps) next() (s step, ok bool, err error) {
	for len(p.rest) >= 2 && exec.Is(p.rest[0], "OVERFLOW") {
		if p.how, ok = parseOverflow(p.rest[1]); !ok {
			return s, false, errOverflowType
		}
		p.rest = p.rest[2:]
	}
	if len(p.rest) == 0 {
		return s, false, nil
	}
	size := 4
	switch word := p.rest[0]; {
	case exec.Is(word, "GET"):
		size = 3
	case exec.Is(word, "SET"):
		s.do = set
	case exec.Is(word, "INCRBY"):
		s.do = incrBy
	default:
		return s, false, resp.ErrSyntax
	}
	if len(p.rest) < size {
		return s, false, resp.ErrSyntax
	}
	if s.field, err = p.parseField(p.rest[1], p.rest[2]); err != nil {
		return s, false, err
	}
	if s.do != get {
		if s.value, ok = num.ParseInt(p.rest[3]); !ok {
			return s, false, resp.ErrNotInteger
		}
	}
	s.how = p.how
	p.rest = p.rest[size:]
	return s, true, nil
}

func parseOverflow(word []byte) (how overflow, ok bool) {
	switch {
	case exec.Is(word, "WRAP"):
		return wrap, true
	case exec.Is(word, "SAT"):
		return saturate, true
	case exec.Is(word, "FAIL"):
		return fail, true
	}
	return 0, false
}

// parseField reads a type, i1 to i64 or u1 to u63, and an offset: bits or, behind a '#',
// fields of that width.
func (p *steps) parseField(typ, at []byte) (f field, err error) {
	if len(typ) == 0 || typ[0] != 'i' && typ[0] != 'u' {
		return f, errFieldType
	}
	f.signed = typ[0] == 'i'
	width, ok := num.ParseInt(typ[1:])
	if !ok || width < 1 || width > 64 || width == 64 && !f.signed {
		return f, errFieldType
	}
	f.width = uint(width)
	counted := len(at) > 0 && at[0] == '#'
	if !counted {
		f.at, err = offset(p.c, at)
		return f, err
	}
	n, ok := num.ParseInt(at[1:])
	if !ok || n < 0 {
		return f, resp.ErrBitOffset
	}
	high, low := bits.Mul64(uint64(n), uint64(width))
	if high != 0 || low>>3 >= uint64(p.c.Engine().Settings.MaxBulk.Load()) {
		return f, resp.ErrBitOffset
	}
	f.at = int64(low)
	return f, nil
}

// fields checks all steps before it takes the first one.
func fields(c *exec.Ctx, readOnly bool) error {
	n, need := 0, 0
	p := steps{c: c, rest: c.Args[2:]}
	for {
		s, more, err := p.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if s.do != get {
			need = max(need, s.field.end())
		}
		n++
	}
	switch {
	case need == 0:
		t, err := c.Read(1, db.String)
		if err != nil {
			return err
		}
		c.Out.Array(n)
		run(c, &t, stringOf(&t), false)
		return nil
	case readOnly:
		return errFieldReadOnly
	}
	t, err := c.Write(1, db.String)
	if err != nil {
		return err
	}
	had := t.Len()
	size := max(had, need)
	v := t.Extend(c, size, size, 0, 0)
	c.Out.Array(n)
	if changed := run(c, &t, v, size > had); changed > 0 {
		c.Touched(t.Key, "setbit")
		c.Several(changed)
	} else if size > had { // room for what then did not fit, of which nobody is told
		c.Touched(t.Key, "")
	}
	return nil
}

func stringOf(t *exec.Target) []byte {
	if t.E == 0 {
		return nil
	}
	return t.E.String(new([20]byte))
}

// run takes the steps of a command that was checked, on v, the bytes of t, and replies. changed
// counts the steps that made v another; where it grew for them, each that wrote did.
func run(c *exec.Ctx, t *exec.Target, v []byte, grew bool) (changed int) {
	for p := (steps{c: c, rest: c.Args[2:]}); ; {
		s, more, _ := p.next()
		if !more {
			return changed
		}
		old := s.field.get(v)
		if s.do == get {
			c.Out.Int(old)
			continue
		}
		now, ok := s.field.set(s.value, s.how)
		reply := old
		if s.do == incrBy {
			now, ok = s.field.add(old, s.value, s.how)
			reply = now
		}
		if !ok {
			c.Out.Null()
			continue
		}
		c.Out.Int(reply)
		db.Overwriting(t.Part, t.E, int(s.field.at>>3), s.field.end())
		s.field.put(v, now)
		if grew || now != old {
			changed++
		}
	}
}

// fieldKeyFlags tells what a BITFIELD does with its key: with nothing but GET it reads.
func fieldKeyFlags(args [][]byte) command.KeyFlag {
	for rest := args[min(2, len(args)):]; len(rest) > 0; {
		switch {
		case exec.Is(rest[0], "GET") && len(rest) >= 3:
			rest = rest[3:]
		case exec.Is(rest[0], "OVERFLOW") && len(rest) >= 2:
			rest = rest[2:]
		default:
			return changes
		}
	}
	return reads
}
