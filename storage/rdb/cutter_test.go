package rdb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// collector is Parts: it decodes each value when its last part has come.
type collector struct {
	size   int
	blocks [][]byte
	before [][]byte // what was in the blocks when the next one was asked for
	r      *Reader
	values Values
	parts  []io.Reader
	at     int64
	left   int64
	parted int // values that came in parts
	got    []string
	err    error
}

func (c *collector) Block() []byte {
	if n := len(c.blocks); n > 0 {
		c.before = append(c.before, bytes.Clone(c.r.buf))
	}
	c.blocks = append(c.blocks, make([]byte, 0, c.size))
	return c.blocks[len(c.blocks)-1]
}

func (c *collector) Part(it *Item, b []byte, at int64, more bool) {
	first := len(c.parts) == 0
	if first {
		c.at = at
	}
	if c.parts = append(c.parts, bytes.NewReader(b)); more || c.err != nil {
		return
	}
	m := &model{}
	var err error
	if first {
		err = c.values.Whole(it.Type, b, at, m)
	} else {
		c.parted++
		err = c.values.Parted(it.Type, io.MultiReader(c.parts...), c.at, c.left-c.at, m)
	}
	c.parts = nil
	switch {
	case errors.Is(err, ErrEmpty):
		c.got = append(c.got, "empty")
	case err != nil:
		c.err = err
	default:
		c.got = append(c.got, fmt.Sprintf("%s %v %v %d %d %d\n%s", it.Name, it.Type, it.Expires, it.ExpireAt, it.Idle, it.Freq, m.text()))
	}
}

// cut is scan by a Cutter with blocks of a size. left is what the file is said to have.
func cut(r *Reader, o Options, size int, left int64) (c *collector, err error) {
	c = &collector{size: size, r: r, left: left}
	k, err := NewCutter(r, o, c)
	var it Item
	for err == nil && c.err == nil {
		if err = k.Next(&it); err != nil || it.Kind == End {
			break
		}
		if it.Kind == Key {
			name := string(it.Name)
			if err = k.Cut(&it); string(it.Name) != name {
				return c, fmt.Errorf("the name of %s became %s", name, it.Name)
			}
			continue
		}
		c.got = append(c.got, fmt.Sprintf("%d %s %s %d %d %d", it.Kind, it.Name, it.Text, it.Number, it.Keys, it.Volatile))
	}
	if c.err == nil && len(c.parts) > 0 {
		cutOff := errors.New("cut off")
		if wrong := c.values.Parted(it.Type, io.MultiReader(append(c.parts, iotest.ErrReader(cutOff))...), c.at, c.left-c.at, &model{}); !errors.Is(wrong, cutOff) {
			c.err = wrong
		}
	}
	for i, b := range c.before {
		if now := c.blocks[i][:len(b)]; !bytes.Equal(now, b) {
			return c, errors.New("a block was changed behind its time")
		}
	}
	if c.err != nil {
		err = c.err
	}
	return c, err
}

// TestCutter: what is cut and decoded is what is decoded at once, whatever the size of blocks.
func TestCutter(t *testing.T) {
	w := NewWriter(nil, Form{Version: Version})
	w.Dump(TypeHash)
	w.Length(500)
	for i := range 500 {
		w.String(fmt.Appendf(nil, "field %d", i))
		w.String(bytes.Repeat([]byte("value "), i%50))
	}
	b := fileOf(Form{Version: Version, Compress: true, Checksum: true}, append(samples(), sample{payload: w.Seal()}))
	want, _, err := scan(NewBytesReader(b), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{LeastBlock, 1500, 4096, 1 << 20} {
		for name, r := range map[string]*Reader{
			"at once":          NewReader(bytes.NewReader(b), int64(len(b))),
			"of unknown size":  NewReader(bytes.NewReader(b), -1),
			"a byte at a time": NewReader(iotest.OneByteReader(bytes.NewReader(b)), int64(len(b))),
		} {
			c, err := cut(r, Options{}, size, int64(len(b)))
			if err != nil || strings.Join(c.got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%s, blocks of %d: %v, %d records of %d", name, size, err, len(c.got), len(want))
			}
			if r.Pos() != int64(len(b)) || (c.parted > 0) != (size < 1<<20) {
				t.Errorf("%s, blocks of %d: read %d of %d, %d values came in parts", name, size, r.Pos(), len(b), c.parted)
			}
		}
	}
}

// TestCutterFails as decoding at once does, with the same words and place, for files that are cut off or changed anywhere.
func TestCutterFails(t *testing.T) {
	b := fileOf(Form{Version: Version, Compress: true, Checksum: true}, small())
	compare := func(what string, b []byte) {
		_, _, want := scan(NewReader(bytes.NewReader(b), int64(len(b))), Options{})
		_, have := cut(NewReader(bytes.NewReader(b), int64(len(b))), Options{}, LeastBlock, int64(len(b)))
		if fmt.Sprint(have) != fmt.Sprint(want) {
			t.Fatalf("%s: %v instead of %v", what, have, want)
		}
	}
	for n := 0; n < len(b); n += 1 + n%6 {
		compare(fmt.Sprintf("%d of %d bytes", n, len(b)), b[:n])
	}
	for at := 0; at < len(b); at += 1 + at%9 {
		changed := bytes.Clone(b)
		changed[at] ^= 1 << (at % 8)
		compare(fmt.Sprintf("byte %d changed", at), changed)
	}
}
