package command

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

// Argument is one argument of a command as COMMAND DOCS shows it. Blocks and choices
// (oneof) have Args of their own.
type Argument struct {
	Name, Type string
	Token      string // the word before it, or the word that it is
	HasToken   bool
	Display    string // as a client shows it; empty: the name
	Since      string
	Deprecated string // since when
	Key        int    // index of the key specification that finds it, -1: it is no key
	Optional   bool
	Multiple   bool // may be repeated
	EachToken  bool // and its token with it
	Args       []Argument
}

// A line for every command that has arguments:
//
//	NAME argument, argument, ...
//	argument = name:type[@key specification][=TOKEN] [?] [*] [**] [+since] [-deprecated since] [~display] [(argument, ...)]
//
// ? is optional, * may be repeated, ** may be repeated with its token. A token with
// blanks stands in double quotes; four of them stand for two.
//
//go:embed arguments.txt
var argumentLines string

// Arguments are those of a command, nil when it has none. They are read anew at each
// call: few ask for them.
func (s *Spec) Arguments() []Argument {
	name := strings.ToUpper(s.full) + " "
	for line := range strings.Lines(argumentLines) {
		if rest, is := strings.CutPrefix(line, name); is {
			args, err := parseArguments(strings.TrimRight(rest, "\n"))
			if err != nil {
				panic("BUG: arguments of " + name + err.Error())
			}
			return args
		}
	}
	return nil
}

// parseArguments reads what follows the name on a line.
func parseArguments(text string) ([]Argument, error) {
	p := argumentParser{text}
	args, err := p.list(0)
	if err == nil && p.rest != "" {
		err = fmt.Errorf("%q is left over", p.rest)
	}
	return args, err
}

type argumentParser struct{ rest string }

// maxArgumentDepth bounds how deep arguments contain each other.
const maxArgumentDepth = 16

func (p *argumentParser) list(depth int) (args []Argument, err error) {
	if depth > maxArgumentDepth {
		return nil, fmt.Errorf("too deep at %q", p.rest)
	}
	for {
		a, err := p.one(depth)
		if err != nil {
			return nil, err
		}
		args = append(args, a)
		if !p.take(", ") {
			return args, nil
		}
	}
}

func (p *argumentParser) one(depth int) (a Argument, err error) {
	a.Key = -1
	a.Name = p.word(":")
	if a.Name == "" || !p.take(":") {
		return a, fmt.Errorf("no name and type at %q", p.rest)
	}
	if a.Type = p.word(" @=,)"); a.Type == "" {
		return a, fmt.Errorf("no type at %q", p.rest)
	}
	if p.take("@") {
		if a.Key, err = strconv.Atoi(p.word(" =,)")); err != nil {
			return a, err
		}
	}
	if p.take("=") {
		a.HasToken = true
		if a.Token, err = p.token(); err != nil {
			return a, err
		}
	}
	for p.rest != "" && p.rest[0] == ' ' {
		p.rest = p.rest[1:]
		switch {
		case p.take("**"):
			a.Multiple, a.EachToken = true, true
		case p.take("*"):
			a.Multiple = true
		case p.take("?"):
			a.Optional = true
		case p.take("+"):
			a.Since = p.word(" ,)")
		case p.take("-"):
			a.Deprecated = p.word(" ,)")
		case p.take("~"):
			a.Display = p.word(" ,)")
		case p.take("("):
			if a.Args, err = p.list(depth + 1); err != nil {
				return a, err
			}
			if !p.take(")") {
				return a, fmt.Errorf("no ) at %q", p.rest)
			}
		default:
			return a, fmt.Errorf("unknown mark at %q", p.rest)
		}
	}
	return a, nil
}

func (p *argumentParser) token() (string, error) {
	if p.take(`""""`) {
		return `""`, nil
	}
	if !p.take(`"`) {
		return p.word(" ,)"), nil
	}
	word, rest, closed := strings.Cut(p.rest, `"`)
	if !closed {
		return "", fmt.Errorf("an open quote before %q", p.rest)
	}
	p.rest = rest
	return word, nil
}

// word takes what stands before any of the characters.
func (p *argumentParser) word(before string) string {
	n := strings.IndexAny(p.rest, before)
	if n < 0 {
		n = len(p.rest)
	}
	word := p.rest[:n]
	p.rest = p.rest[n:]
	return word
}

func (p *argumentParser) take(prefix string) bool {
	rest, is := strings.CutPrefix(p.rest, prefix)
	p.rest = rest
	return is
}
