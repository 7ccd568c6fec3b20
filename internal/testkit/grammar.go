package testkit

import (
	"fmt"
	"math/rand"
	"strconv"
	"strings"
)

// Rule makes commands of one form. Its words stand for themselves, except
//
//	K k     a key; one whose value is short      B   a key whose value may be long
//	V N F   a value, an integer, a float         I   an index or offset
//	T X     seconds, milliseconds from now       A M the same since 1970, far ahead
//	D P     a database, a glob                   (a|b x|c)  none to four of these, in any order
//	Y       an element, one of many
//	U Q     a type of BITFIELD, the offset of a bit
//	E       an element, one of a few             S H     BEFORE or AFTER, LEFT or RIGHT
//	J G C   an ID of a stream, a group, a consumer
//
// Now and then a word is left out, said twice, or something else.
type Rule struct {
	Weight int
	How    Loose
	Text   string
}

// Grammar makes random commands from rules, with right arguments and wrong ones, on few
// keys of few connections, so that they meet.
type Grammar struct {
	rules []rule
	total int
}

type rule struct {
	Rule
	words   []string
	options [][]string // of the group, nil without one
	at      int        // where the group stands among the words
}

// NewGrammar reads rules.
func NewGrammar(rules []Rule) *Grammar {
	g := &Grammar{}
	for _, r := range rules {
		g.total += r.Weight
		g.rules = append(g.rules, parseRule(r))
	}
	return g
}

func parseRule(r Rule) rule {
	before, group, found := strings.Cut(r.Text, "(")
	c := rule{Rule: r, words: strings.Fields(before)}
	c.at = len(c.words)
	if found {
		group, after, _ := strings.Cut(group, ")")
		for _, option := range strings.Split(group, "|") {
			c.options = append(c.options, strings.Fields(option))
		}
		c.words = append(c.words, strings.Fields(after)...)
	}
	return c
}

// Step makes one command. Commands that the reference, which is older, answers
// differently are marked so: see Departures.
func (g *Grammar) Step(r *rand.Rand) Step {
	c := g.pick(r)
	var args []string
	for i, w := range c.words {
		if i == c.at {
			args = c.choose(r, args)
		}
		args = append(args, word(r, w))
	}
	if c.at == len(c.words) {
		args = c.choose(r, args)
	}
	if r.Intn(12) == 0 {
		args = spoil(r, args)
	}
	s := Step{Args: args, How: c.How, Conn: r.Intn(3)}
	for _, d := range Departures {
		if d.Applies(args) {
			s.How = Ignore
			if d.Leave {
				return g.Step(r)
			}
		}
	}
	return s
}

func (g *Grammar) pick(r *rand.Rand) *rule {
	n := r.Intn(g.total)
	for i := range g.rules {
		if n -= g.rules[i].Weight; n < 0 {
			return &g.rules[i]
		}
	}
	panic("BUG: no rule was picked")
}

// choose appends options of the group.
func (c *rule) choose(r *rand.Rand, args []string) []string {
	if c.options == nil {
		return args
	}
	for n := [...]int{0, 1, 1, 1, 2, 2, 3, 4}[r.Intn(8)]; n > 0; n-- {
		for _, w := range c.options[r.Intn(len(c.options))] {
			if r.Intn(10) == 0 {
				w = strings.ToLower(w)
				if len(w) == 1 {
					w = strings.ToUpper(w)
				}
			}
			args = append(args, word(r, w))
		}
	}
	return args
}

// spoil leaves a word out, says it twice, or puts something else in its place. The name
// stays.
func spoil(r *rand.Rand, args []string) []string {
	if len(args) < 2 {
		return append(args, word(r, "N"))
	}
	i := 1 + r.Intn(len(args)-1)
	switch r.Intn(3) {
	case 0:
		return append(args[:i:i], args[i+1:]...)
	case 1:
		return append(args[:i+1:i+1], args[i:]...)
	}
	args[i] = word(r, string("kVNFITXE"[r.Intn(8)]))
	return args
}

func word(r *rand.Rand, w string) string {
	one := func(of ...string) string { return of[r.Intn(len(of))] }
	switch w {
	case "K":
		return one("a", "b", "c", "d", "e", "f", "big", "large")
	case "k":
		return one("a", "b", "c", "d", "e", "f")
	case "B":
		return one("big", "large")
	case "V":
		return value(r)
	case "E":
		return one("", "a", "b", "c", "1", "2", "-3", "007", "40000", "9223372036854775807", "e"+strconv.Itoa(r.Intn(30)), strconv.Itoa(r.Intn(100)),
			strings.Repeat("v", 64), strings.Repeat("v", 65), strings.Repeat("long", 40))
	case "L":
		return strings.Repeat(string(rune('a'+r.Intn(26))), r.Intn(100<<10))
	case "Y":
		return "e" + strconv.Itoa(r.Intn(1<<r.Intn(20)))
	case "U":
		return one("u", "i", "u", "i", "x") + one("8", "1", "16", "63", "64", strconv.Itoa(r.Intn(66)))
	case "Q":
		return one("0", "1", "7", "8", "9", "63", "64", "100", "-1", "x", "200000", "4294967296", "9223372036854775807", strconv.Itoa(r.Intn(300)))
	case "S":
		return one("BEFORE", "AFTER", "before", "x")
	case "H":
		return one("LEFT", "RIGHT", "LEFT", "RIGHT", "left", "x")
	case "N":
		return one("0", "1", "-1", "7", "12345", "9223372036854775807", "-9223372036854775808", "9223372036854775806",
			"9223372036854775808", "-9223372036854775809", "1.5", "", "x", "+1", "01", " 1", strconv.Itoa(r.Intn(20000)-10000))
	case "F":
		return one("0", "1.5", "-1.5", "0.1", "3e3", "1e-10", "1e17", "-5e-324", "1e400", "inf", "-inf", "nan", "x", "", " 1", "1 ",
			"12345678901234567890", fmt.Sprintf("%g", r.NormFloat64()*1000))
	case "I":
		return one("0", "1", "-1", "2", "-3", "10", "100", "-100", "5000", "9223372036854775807", "-9223372036854775808", "x", strconv.Itoa(r.Intn(40)-20))
	case "O":
		return one("0", "1", "3", "30", "200", "-1", "x", "536870912", "9223372036854775807", strconv.Itoa(r.Intn(300)))
	case "T":
		return one("1000", "99999", "9223372036854775", "9223372036854776", "0", "-1", "9223372036854775807", "x", "1.5")
	case "X":
		return one("1000000", "99999999", "9223372036854775807", "0", "-5", "x")
	case "A":
		return one("99999999999", "9223372036854775", "9223372036854776", "0", "-1", "x")
	case "M":
		return one("99999999999999", "9223372036854775807", "0", "-1", "x")
	case "D":
		return one("0", "1", "2", "0", "1", "2", "-1", "16", "x", "99999999999", "99999999999999999999")
	case "J":
		if r.Intn(12) == 0 {
			return one("-", "+", "$", ">", "*", "x", "", "1-", "-1", "01-1", "1-01", "1--1", "18446744073709551615", "18446744073709551616-1",
				"18446744073709551615-18446744073709551615", "0", "0-0", "(", "(1-1", "((1-1", "5-*", "1-2-3")
		}
		return one(strconv.Itoa(r.Intn(4)), fmt.Sprintf("%d-%d", r.Intn(4), r.Intn(16)), fmt.Sprintf("1-%d", r.Intn(16)))
	case "G":
		return one("g", "h", "g", "h", "G2", "", "longername")
	case "C":
		return one("alice", "bob", "carol", "alice", "bob", "")
	case "P":
		return one("*", "?", "[a-c]", "a*", "[^b]", "zz", "b?g", "\\a", "[", "*[ab]")
	}
	return sortedSetWord(r, sortWord(r, geoWord(r, w)))
}

// value is a short value, now and then a number.
func value(r *rand.Rand) string {
	switch r.Intn(6) {
	case 0:
		return word(r, "N")
	case 1:
		return word(r, "F")
	case 2:
		b := make([]byte, r.Intn(60))
		r.Read(b)
		return string(b)
	case 3:
		return strings.Repeat("ab", r.Intn(40))
	}
	return [...]string{"", "x", "ohmytext", "mynewtext", "\x00\xff\r\n", strings.Repeat("v", 44), strings.Repeat("v", 45)}[r.Intn(7)]
}
