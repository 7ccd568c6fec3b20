package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"sigrun/internal/config"
	"sigrun/storage/aof"
)

// kind is what a file is.
type kind int

const (
	isCommands kind = iota
	isManifest
	isSnapshot
)

// manifestRoom is the room for a line of a manifest.
const manifestRoom = 1025

// kind looks what a file is by what it begins with; the tool's own calls take what is nothing else for a snapshot.
func (c *check) kind(name string) (kind, error) {
	manifest, empty, err := c.beginsManifest(name)
	if err != nil || manifest {
		return isManifest, err
	}
	snapshot, err := c.beginsSnapshot(name)
	if err != nil || snapshot {
		return isSnapshot, err
	}
	if c.o.appendOnly || c.o.repairs() || strings.HasSuffix(name, ".aof") {
		return isCommands, nil
	}
	if f, err := os.Open(name); err == nil && !empty {
		defer func() { _ = f.Close() }()
		if b := make([]byte, 1); readFull(f, b) && (b[0] == '*' || b[0] == '#') {
			return isCommands, nil
		}
	}
	return isSnapshot, nil
}

func readFull(f *os.File, b []byte) bool {
	_, err := io.ReadFull(f, b)
	return err == nil
}

// open opens a file to look at it.
func (c *check) open(name string) (f *os.File, size int64, err error) {
	f, err = os.Open(name)
	if err != nil {
		if c.o.appendOnly {
			fmt.Fprintf(c.out, "Cannot open file %s: %s\n", name, config.Reason(err))
		} else {
			fmt.Fprintf(c.problems, "Cannot open file %s: %v\n", name, err)
		}
		return nil, 0, errTold
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		fmt.Fprintf(c.out, "Cannot stat file: %s\n", name)
		return nil, 0, errTold
	}
	return f, info.Size(), nil
}

// beginsManifest reports whether the first line of a file that is no comment is one of a manifest.
func (c *check) beginsManifest(name string) (yes, empty bool, err error) {
	f, size, err := c.open(name)
	if err != nil || size == 0 {
		return false, true, err
	}
	defer func() { _ = f.Close() }()
	in := newLines(f, 0)
	for {
		line := in.line(manifestRoom)
		if in.bad != nil {
			fmt.Fprintf(c.out, "Cannot read file: %s\n", name)
			return false, false, errTold
		}
		if line == nil || line[0] != '#' {
			return bytes.HasPrefix(line, []byte("file")), false, nil
		}
	}
}

// shortestSnapshot is how many bytes a file must have to be one.
const shortestSnapshot = 8

// beginsSnapshot reports whether a file begins with a snapshot.
func (c *check) beginsSnapshot(name string) (bool, error) {
	f, size, err := c.open(name)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	begin := make([]byte, 6)
	if size < shortestSnapshot || !readFull(f, begin) {
		return false, nil
	}
	return bytes.HasPrefix(begin, []byte("REDIS")) || aof.IsSnapshot(begin), nil
}
