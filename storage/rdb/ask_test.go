package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sigrun/storage/listpack"
)

// counting is a Builder that counts the bytes of the elements that it is given.
type counting struct {
	Discard
	bytes, elements int
}

func (c *counting) takes(n int)               { c.bytes, c.elements = c.bytes+n, c.elements+1 }
func (c *counting) Text(v []byte)             { c.takes(len(v)) }
func (c *counting) Element(v []byte)          { c.takes(len(v)) }
func (c *counting) Member(v []byte) bool      { c.takes(len(v)); return true }
func (c *counting) Node(_ StreamID, b []byte) { c.takes(len(b)) }
func (c *counting) Field(name, v []byte, _ int64) bool {
	c.takes(len(name) + len(v))
	return true
}

func (c *counting) Scored(member []byte, _ float64) bool {
	c.takes(len(member))
	return true
}

// TestAsksWithinAValue: whoever decodes a value larger than there is memory for learns of that before it has taken much more than there is, whatever the value is
// made of, and however it lies in the file. What is refused is refused by the words of who was asked.
func TestAsksWithinAValue(t *testing.T) {
	const large = 8 << 20
	noise := make([]byte, large)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	each := func(n int, write func(w *Writer, i int)) func(w *Writer) {
		return func(w *Writer) {
			w.Length(uint64(n))
			for i := range n {
				write(w, i)
			}
		}
	}
	integers := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, 4), 100_000)
	pack := listpack.New(nil)
	for i := range 100_000 {
		integers = binary.LittleEndian.AppendUint32(integers, uint32(i))
		pack = listpack.Append(pack, fmt.Appendf(nil, "%d", i))
	}
	for _, c := range []struct {
		name  string
		typ   Type
		write func(w *Writer)
	}{
		{"string", TypeString, func(w *Writer) { w.String(noise) }},
		{"compressed string", TypeString, func(w *Writer) { w.String(make([]byte, large)) }},
		{"list", TypeList, each(100_000, func(w *Writer, i int) { w.String(fmt.Appendf(nil, "element %d", i)) })},
		{"list of large elements", TypeListQuicklist2, each(50, func(w *Writer, i int) {
			w.Plain()
			w.String(bytes.Repeat([]byte{byte(i)}, 500_000))
		})},
		{"set", TypeSet, each(100_000, func(w *Writer, i int) { w.Integer(int64(i)) })},
		{"hash", TypeHash, each(100_000, func(w *Writer, i int) {
			w.String(fmt.Appendf(nil, "field %d", i))
			w.String([]byte("v"))
		})},
		{"sorted set", TypeZSet2, each(100_000, func(w *Writer, i int) {
			w.String(fmt.Appendf(nil, "member %d", i))
			w.Double(float64(i))
		})},
		{"integers", TypeSetIntset, func(w *Writer) { w.String(integers) }},
		{"listpack", TypeSetListpack, func(w *Writer) { w.String(pack) }},
		{"hash in a listpack", TypeHashListpack, func(w *Writer) { w.String(pack) }},
	} {
		w := NewWriter(nil, Form{Version: Version, Compress: !strings.HasPrefix(c.name, "list of")})
		c.write(w)
		var whole counting
		var v Values
		if err := v.Whole(c.typ, w.Bytes(), 0, &whole); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		full := errors.New("full")
		for _, parted := range []bool{false, true} {
			if !parted && c.name == "string" { // which lies in memory already
				continue
			}
			var b counting
			room := int64(2 << 20)
			v.Asks(func(more int64) error {
				if more > room || int64(b.bytes+b.elements*elementTakes) > room {
					return full
				}
				return nil
			})
			err := v.Whole(c.typ, w.Bytes(), 0, &b)
			if parted {
				b = counting{}
				err = v.Parted(c.typ, bytes.NewReader(w.Bytes()), 0, int64(len(w.Bytes())), &b)
			}
			if !errors.Is(err, full) || !strings.HasPrefix(err.Error(), "full") {
				t.Errorf("%s, parted %v: %v", c.name, parted, err)
			}
			if took := int64(b.bytes + b.elements*elementTakes); took > room+2*askEvery {
				t.Errorf("%s, parted %v: %d bytes of %d elements were taken, and there was room for %d", c.name, parted, took, b.elements, room)
			}
		}
	}
}

// TestAsksForRecords: a reader of whole files asks, too.
func TestAsksForRecords(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out, Form{Version: Version})
	w.Header()
	w.Aux("large", strings.Repeat("x", 4<<20))
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	d, err := NewDecoder(NewReader(&out, int64(out.Len())), Options{})
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("full")
	d.Asks(func(more int64) error {
		if more > 1<<20 {
			return full
		}
		return nil
	})
	var it Item
	for err == nil && it.Kind != Key {
		err = d.Next(&it)
	}
	if !errors.Is(err, full) {
		t.Error(err)
	}
}
