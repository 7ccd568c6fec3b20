//go:build sim

package simulation

import (
	"slices"
	"strings"

	"sigrun/internal/testkit"
)

// An Op is judged by the model of testkit. As words it is its unit, the key that is watched or -, and its commands with ; between them. What stands before ! is a key that is
// watched first, and then not any more.
var units = []string{testkit.Single: "single", testkit.Transaction: "exec", testkit.Script: "eval", testkit.LooseScript: "evalloose"}

func opWords(o testkit.Op) []string {
	words := []string{units[o.Unit], "-"}
	if len(o.Watch) > 0 {
		words[1] = o.Watch[0].Args[1]
	}
	for i, c := range o.Commands {
		if i > 0 {
			words = append(words, ";")
		}
		words = append(words, c...)
	}
	return words
}

func wordsOp(words []string) (o testkit.Op) {
	o.Unit = testkit.Unit(slices.Index(units, words[0]))
	if _, watched := minds(words); watched != "-" {
		o.Watch = []testkit.Read{{Args: []string{"GET", watched}}}
	}
	for rest := words[2:]; len(rest) > 0; {
		end := slices.Index(rest, ";")
		if end < 0 {
			end = len(rest)
		}
		o.Commands = append(o.Commands, rest[:end])
		rest = rest[min(end+1, len(rest)):]
	}
	return o
}

// minds are the key that is watched first, and the one that is in the end.
func minds(words []string) (first, watched string) {
	first, watched, changed := strings.Cut(words[1], "!")
	if !changed {
		return "", first
	}
	return first, watched
}

// judgedDB is where judged operations are at home; nothing else touches it but FLUSHALL, which is judged, too.
const judgedDB = "3"

// op does one and notes it for judgement.
func (c *client) op(words []string) {
	o := wordsOp(words)
	if !c.atHome {
		if c.ask([]string{"SELECT", judgedDB}) == testkit.Unknown {
			return
		}
		c.atHome = true
	}
	for i := range o.Watch {
		watch := [][]string{{"WATCH", o.Watch[i].Args[1]}}
		if first, _ := minds(words); first != "" {
			watch = append([][]string{{"WATCH", first}, {"UNWATCH"}}, watch...)
		}
		if c.ask(watch...) == testkit.Unknown {
			return
		}
		read := testkit.Op{Commands: [][]string{o.Watch[i].Args}}
		o.Watch[i].Reply = c.judge(read)
		if o.Watch[i].Reply == testkit.Unknown {
			return
		}
	}
	c.judge(o)
}

// judge does o and returns the reply.
func (c *client) judge(o testkit.Op) string {
	begin := c.x.moment()
	reply := c.ask(o.Wire()...)
	c.x.done(c, o, reply, begin)
	return reply
}

// refusals are replies of what was not done.
var refusals = []string{"-MISCONF", "-BUSY", "-EXECABORT", "-LOADING", "-UNBLOCKED"}
