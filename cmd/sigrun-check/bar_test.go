package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

func TestBar(t *testing.T) {
	var term bytes.Buffer
	now := time.Unix(0, 0)
	b := &bar{term: &term, now: func() time.Time { return now }}
	if src := strings.NewReader("short"); b.watch(src, 5) != io.Reader(src) {
		t.Error("shows a short file")
	}
	src := b.watch(io.LimitReader(zeros{}, longFile), longFile)
	out := b.beside(&term)
	piece := make([]byte, longFile/4)
	read := func(after time.Duration) {
		now = now.Add(after)
		_, _ = io.ReadFull(src, piece)
	}
	read(barEvery / 2)
	if term.Len() != 0 {
		t.Errorf("too early: %q", term.String())
	}
	read(barEvery)
	if want := "\r[====================                    ]  50 %  107 MB/s\x1b[K"; term.String() != want {
		t.Errorf("%q", term.String())
	}
	term.Reset()
	_, _ = io.WriteString(out, "a line\n")
	_, _ = io.WriteString(out, "and another\n")
	if term.String() != clearLine+"a line\nand another\n" {
		t.Errorf("%q", term.String())
	}
	term.Reset()
	read(time.Second)
	b.done()
	if !strings.HasSuffix(term.String(), " 75 %  21 MB/s\x1b[K"+clearLine) {
		t.Errorf("%q", term.String())
	}
	term.Reset()
	read(time.Second)
	if b.done(); term.Len() != 0 {
		t.Errorf("it is done: %q", term.String())
	}
	var none *bar
	if none.watch(src, longFile) != src || none.beside(&term) != io.Writer(&term) || barOn(&term) != nil {
		t.Error("there is no terminal")
	}
	none.done()
}

// zeros has no end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
