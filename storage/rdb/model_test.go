package rdb

import (
	"bytes"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"sigrun/internal/num"
	"sigrun/storage/listpack"
)

// model is a Builder that keeps what it is given as text, so that two values can be compared and a difference be read.
type model struct {
	kind    Kind
	lines   []string
	seen    map[string]bool
	pending map[StreamID]bool // true: has an owner
	group   string
	took    int // bytes handed over, to bound what a small input becomes
}

func (m *model) add(unique string, format string, args ...any) bool {
	if unique != "" {
		if m.seen[unique] {
			return false
		}
		m.seen[unique] = true
	}
	m.lines = append(m.lines, fmt.Sprintf(format, args...))
	return true
}

func (m *model) Begin(k Kind, count int) {
	*m = model{kind: k, seen: map[string]bool{}, pending: map[StreamID]bool{}, took: m.took}
}
func (m *model) Text(v []byte)    { m.took += len(v); m.add("", "%q", v) }
func (m *model) Element(v []byte) { m.took += len(v); m.add("", "%q", v) }
func (*model) Pack([]byte) bool   { return false }
func (m *model) Member(v []byte) bool {
	m.took += len(v)
	return m.add("m"+string(v), "%q", v)
}
func (m *model) Field(name, value []byte, at int64) bool {
	m.took += len(name) + len(value)
	return m.add("f"+string(name), "%q=%q until %d", name, value, at)
}
func (m *model) Scored(v []byte, score float64) bool {
	m.took += len(v)
	return m.add("z"+string(v), "%q %v", v, score)
}
func (m *model) Node(base StreamID, pack []byte) {
	m.took += len(pack)
	m.add("", "node %v %x", base, pack)
}
func (m *model) Meta(s *StreamMeta) { m.add("", "meta %+v", *s) }
func (m *model) Group(name []byte, last StreamID, read int64) bool {
	m.group = string(name)
	m.pending = map[StreamID]bool{}
	return m.add("g"+m.group, "group %q %v %d", name, last, read)
}
func (m *model) Pending(id StreamID, at int64, count uint64) bool {
	_, there := m.pending[id]
	m.pending[id] = false
	m.add("", "pending %v %d %d", id, at, count)
	return !there
}
func (m *model) Consumer(name []byte, seen, active int64) bool {
	return m.add("c"+m.group+"\x00"+string(name), "consumer %q %d %d", name, seen, active)
}
func (m *model) Owned(id StreamID) bool {
	owned, there := m.pending[id]
	m.pending[id] = true
	m.add("", "owned %v", id)
	return there && !owned
}
func (m *model) GroupEnd() bool {
	for _, owned := range m.pending {
		if !owned {
			return false
		}
	}
	return true
}

// text is the value, whatever the order of elements that have none.
func (m *model) text() string {
	lines := append([]string(nil), m.lines...)
	if m.kind == Set || m.kind == Hash || m.kind == ZSet {
		sort.Strings(lines)
	}
	return fmt.Sprint(m.kind, "\n", strings.Join(lines, "\n"))
}

// --- packing by hand, for the forms that nobody writes any more ---

func makeListpack(elements ...string) []byte {
	lp := listpack.New(nil)
	for _, e := range elements {
		lp = listpack.Append(lp, []byte(e))
	}
	return lp
}

func le(width int, n int64) []byte {
	b := make([]byte, width)
	for i := range b {
		b[i] = byte(n >> (8 * i))
	}
	return b
}

func makeZiplist(elements ...string) []byte {
	var body []byte
	before, tail := 0, 10
	for _, e := range elements {
		var entry []byte
		if before < 254 {
			entry = append(entry, byte(before))
		} else {
			entry = append(append(entry, 254), le(4, int64(before))...)
		}
		if n, ok := num.ParseInt([]byte(e)); ok {
			switch {
			case n >= 0 && n <= 12:
				entry = append(entry, 0xF1+byte(n))
			case n >= -128 && n < 128:
				entry = append(append(entry, 0xFE), le(1, n)...)
			case n >= -1<<15 && n < 1<<15:
				entry = append(append(entry, 0xC0), le(2, n)...)
			case n >= -1<<23 && n < 1<<23:
				entry = append(append(entry, 0xF0), le(3, n)...)
			case n >= -1<<31 && n < 1<<31:
				entry = append(append(entry, 0xD0), le(4, n)...)
			default:
				entry = append(append(entry, 0xE0), le(8, n)...)
			}
		} else {
			switch {
			case len(e) < 64:
				entry = append(entry, byte(len(e)))
			case len(e) < 1<<14:
				entry = append(entry, 0x40|byte(len(e)>>8), byte(len(e)))
			default:
				entry = append(entry, 0x80, byte(len(e)>>24), byte(len(e)>>16), byte(len(e)>>8), byte(len(e)))
			}
			entry = append(entry, e...)
		}
		tail = 10 + len(body)
		body = append(body, entry...)
		before = len(entry)
	}
	b := append(le(4, int64(10+len(body)+1)), le(4, int64(tail))...)
	b = append(b, le(2, int64(min(len(elements), 65535)))...)
	return append(append(b, body...), 0xFF)
}

func makeZipmap(elements ...string) []byte {
	b := []byte{byte(min(len(elements)/2, 254))}
	for i, e := range elements {
		if len(e) < 254 {
			b = append(b, byte(len(e)))
		} else {
			b = append(append(b, 254), le(4, int64(len(e)))...)
		}
		if i%2 == 1 {
			b = append(append(append(b, 3), e...), "xyz"...)
		} else {
			b = append(b, e...)
		}
	}
	return append(b, 0xFF)
}

func makeIntset(width int, values ...int64) []byte {
	b := append(le(4, int64(width)), le(4, int64(len(values)))...)
	for _, n := range values {
		b = append(b, le(width, n)...)
	}
	return b
}

// makeNode makes the listpack of a stream node: entries are offsets of ids, values of a field f; a negative value is deleted.
func makeNode(entries ...[3]int64) []byte {
	deleted := 0
	for _, e := range entries {
		if e[2] < 0 {
			deleted++
		}
	}
	of := func(n int) string { return strconv.Itoa(n) }
	all := []string{of(len(entries) - deleted), of(deleted), "1", "f", "0"}
	for i, e := range entries {
		flags := 0
		if e[2] < 0 {
			flags = entryDeleted
		}
		if i%2 == 0 {
			all = append(all, of(flags|entrySameFields), of(int(e[0])), of(int(e[1])), of(int(e[2])), "4")
		} else {
			all = append(all, of(flags), of(int(e[0])), of(int(e[1])), "2", "g", of(int(e[2])), "h", "", "8")
		}
	}
	return makeListpack(all...)
}

// payload writes a value with w's methods and seals it.
func payload(form Form, t Type, write func(w *Writer)) []byte {
	w := NewWriter(nil, form)
	w.Dump(t)
	write(w)
	return bytes.Clone(w.Seal())
}
