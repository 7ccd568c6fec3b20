package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// bar shows on a terminal how far a long file has been read. What is written beside it goes through beside. A nil bar shows nothing.
type bar struct {
	term  io.Writer
	now   func() time.Time
	size  int64
	read  int64
	began time.Time
	shown time.Time
	drawn bool
}

const (
	// longFile is the size from which a file is long.
	longFile  = 32 << 20
	barEvery  = 100 * time.Millisecond
	barCells  = 40
	clearLine = "\r\x1b[K"
)

// barOn is a bar on a terminal, nil: it is none.
func barOn(w io.Writer) *bar {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	if _, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err != nil {
		return nil
	}
	return &bar{term: w, now: time.Now}
}

// watch has the bar show how src is read, of which there are so many bytes.
func (b *bar) watch(src io.Reader, size int64) io.Reader {
	if b == nil || size < longFile {
		return src
	}
	b.size, b.read, b.began = size, 0, b.now()
	b.shown = b.began
	return &watched{src, b}
}

// watched is a file that is read.
type watched struct {
	src io.Reader
	b   *bar
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.src.Read(p)
	w.b.advance(int64(n))
	return n, err
}

func (b *bar) advance(n int64) {
	if b.read += n; b.size == 0 || b.now().Sub(b.shown) < barEvery {
		return
	}
	b.shown, b.drawn = b.now(), true
	done := min(b.read, b.size)
	cells := int(done * barCells / b.size)
	speed := float64(b.read) / (1 << 20) / max(b.now().Sub(b.began).Seconds(), 0.001)
	fmt.Fprintf(b.term, "\r[%s%s] %3d %%  %.0f MB/s"+"\x1b[K", strings.Repeat("=", cells), strings.Repeat(" ", barCells-cells), done*100/b.size, speed)
}

// done takes the bar away.
func (b *bar) done() {
	if b != nil {
		b.size = 0
		b.hide()
	}
}

func (b *bar) hide() {
	if b.drawn {
		b.drawn = false
		fmt.Fprint(b.term, clearLine)
	}
}

// beside is a writer that may go to the same terminal.
func (b *bar) beside(w io.Writer) io.Writer {
	if b == nil {
		return w
	}
	return &beside{w, b}
}

type beside struct {
	w io.Writer
	b *bar
}

func (s *beside) Write(p []byte) (int, error) {
	s.b.hide()
	return s.w.Write(p)
}
