package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// census counts the commands of a file.
type census struct {
	commands, bytes int64
	byName          map[string]*share
	first, last     int64 // marks of time
}

// share is how many there were of something.
type share struct {
	name        string
	many, bytes int64
}

// mostNames bounds how many names of commands are told apart: a damaged file may have any.
const mostNames = 1000

func (s *census) add(name []byte, size int64) {
	s.commands++
	s.bytes += size
	if s.byName == nil {
		s.byName = map[string]*share{}
	}
	upper := bytes.ToUpper(name)
	one := s.byName[string(upper)]
	if one == nil {
		if len(s.byName) >= mostNames {
			return
		}
		one = &share{name: string(upper)}
		s.byName[one.name] = one
	}
	one.many++
	one.bytes += size
}

func (s *census) mark(second int64) {
	if s.first == 0 {
		s.first = second
	}
	s.last = second
}

// print tells of the commands, the most frequent first.
func (s *census) print(out io.Writer) {
	if s.commands == 0 {
		return
	}
	fmt.Fprintf(out, "[info] %d commands read, of %d bytes\n", s.commands, s.bytes)
	if s.first != 0 {
		fmt.Fprintf(out, "[info] written from %s to %s\n", moment(s.first), moment(s.last))
	}
	var all []*share
	for _, one := range s.byName {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b *share) int { return cmp.Or(cmp.Compare(b.many, a.many), strings.Compare(a.name, b.name)) })
	for i, one := range all {
		if i == told {
			fmt.Fprintf(out, "[info] ... and %d more kinds of command\n", len(all)-told)
			break
		}
		fmt.Fprintf(out, "[info] command %q: %d, of %d bytes\n", one.name, one.many, one.bytes)
	}
}

// told is how many lines of a kind are told.
const told = 20

func moment(second int64) string { return time.Unix(second, 0).UTC().Format(time.RFC3339) }
