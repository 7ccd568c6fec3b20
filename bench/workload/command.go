package workload

import (
	"slices"
	"strings"

	"sigrun/bench/wire"
)

// Command is one command of a task: how its bytes are made, and what has to be answered.
type Command struct {
	Class  int // of statistics
	Name   string
	Expect Expect
	OnNil  *Command // sent when the server answers nil
	Task   *Task
	steps  []step
	key    int   // slot of its first key; -1: it has none
	slots  []int // of what it names, each once
	verb   string
	words  int // that it has
	// inOrder: something beside the key is drawn in order, so that what was drawn for it is not drawn again.
	inOrder bool
}

// piece is what a step appends.
type piece uint8

const (
	text       piece = iota
	keyDigits        // the number of a key
	value            // what belongs to a key
	decimal          // a number without zeros before it
	now              // the time that the generator has, 20 digits
	connection       // the number of the connection, 20 digits
	unique           // a number that is never drawn again, 20 digits
	header           // of an argument whose size varies; it stands for those behind it
)

// long is how many digits the numbers have that have always as many.
const long = 20

type step struct {
	piece  piece
	text   []byte
	slot   int // where what is drawn stands
	width  int // of keyDigits
	values *Values
	covers int // header: so many steps behind it are the argument
}

// KeySlot is where the first key of the command is drawn; -1: it has none.
func (c *Command) KeySlot() int { return c.key }

// Key is the number of the command's first key as it was drawn.
func (c *Command) Key(d *Dice) uint64 {
	if c.key < 0 {
		return 0
	}
	return d.drawn[c.key]
}

// KeyText is the text of the first key, if it is number n.
func (c *Command) KeyText(n uint64) string {
	if c.key < 0 {
		return ""
	}
	return c.Task.draws[c.key].(*Keys).Key(n)
}

// Redraw draws once more what the command names, but for its key, which is known.
func (c *Command) Redraw(d *Dice, key uint64) {
	d.room(len(c.Task.draws))
	for _, s := range c.slots {
		if s == c.key {
			d.drawn[s] = key
		} else {
			d.drawn[s] = c.Task.draws[s].draw(d)
		}
	}
}

// InOrder tells whether something beside the key is drawn in order: then whoever may have to send the command again keeps all that
// was drawn.
func (c *Command) InOrder() bool { return c.inOrder }

// Answers is how many replies the command has: one for each channel where it subscribes to channels.
func (c *Command) Answers() int {
	switch c.verb {
	case "subscribe", "psubscribe", "ssubscribe":
		return max(c.words-1, 1)
	}
	return 1
}

// Longest is how many bytes the command has at most, but for lines of sizes.
func (c *Command) Longest() (n int) {
	for i := range c.steps {
		switch s := &c.steps[i]; s.piece {
		case text:
			n += len(s.text)
		case value:
			n += s.values.longest()
		case keyDigits:
			n += s.width
		default:
			n += long
		}
	}
	return n
}

// Append appends the command's bytes, of what the task has drawn.
func (c *Command) Append(b []byte, d *Dice) []byte {
	for i := range c.steps {
		s := &c.steps[i]
		switch s.piece {
		case text:
			b = append(b, s.text...)
		case keyDigits:
			b = wire.AppendPadded(b, d.drawn[s.slot], s.width)
		case value:
			b = append(b, s.values.of(d.drawn[s.slot])...)
		case decimal:
			b = wire.AppendNumber(b, d.drawn[s.slot])
		case now:
			b = wire.AppendPadded(b, d.stamp(), long)
		case connection:
			b = wire.AppendPadded(b, d.Connection, long)
		case unique:
			d.unique++
			b = wire.AppendPadded(b, d.id<<40|d.unique, long)
		case header:
			b = wire.AppendHeader(b, '$', c.argument(i, d))
		}
	}
	return b
}

// argument is the size of the argument that the header at i stands before.
func (c *Command) argument(i int, d *Dice) (n int) {
	for _, s := range c.steps[i+1 : i+1+c.steps[i].covers] {
		switch s.piece {
		case text:
			n += len(s.text)
		case keyDigits:
			n += s.width
		case value:
			n += s.values.size(d.drawn[s.slot])
		case decimal:
			n += wire.Digits(d.drawn[s.slot])
		default:
			n += long
		}
	}
	return n
}

// fixedSize is the size of an argument that is always the same, or -1.
func fixedSize(steps []step) (n int) {
	for _, s := range steps {
		switch s.piece {
		case text:
			n += len(s.text)
		case keyDigits:
			n += s.width
		case value:
			if s.values.fixed() < 0 {
				return -1
			}
			n += s.values.fixed()
		case decimal:
			return -1
		default:
			n += long
		}
	}
	return n
}

// compile joins arguments to one list of steps, with as much text in one as can be.
func (c *Command) compile(args [][]step) {
	c.words = len(args)
	c.say(wire.AppendHeader(nil, '*', len(args)))
	for _, arg := range args {
		c.note(arg)
		n := fixedSize(arg)
		if n < 0 { // what the header counts stays apart from other text
			c.steps = append(c.steps, step{piece: header, covers: len(arg)})
			c.steps = append(c.steps, arg...)
			c.steps = append(c.steps, step{piece: text, text: []byte("\r\n")})
			continue
		}
		c.say(wire.AppendHeader(nil, '$', n))
		for _, s := range arg {
			if s.piece == text {
				c.say(s.text)
			} else {
				c.steps = append(c.steps, s)
			}
		}
		c.say([]byte("\r\n"))
	}
}

// note notes what an argument names.
func (c *Command) note(arg []step) {
	for _, s := range arg {
		if s.piece != keyDigits && s.piece != value && s.piece != decimal || slices.Contains(c.slots, s.slot) {
			continue
		}
		c.slots = append(c.slots, s.slot)
		if k, ok := c.Task.draws[s.slot].(*Keys); ok && s.slot != c.key {
			_, ordered := k.spread.(sequential)
			c.inOrder = c.inOrder || ordered
		}
	}
}

// say appends text to the last step, if it is text.
func (c *Command) say(b []byte) {
	if n := len(c.steps); n > 0 && c.steps[n-1].piece == text {
		c.steps[n-1].text = append(c.steps[n-1].text, b...)
		return
	}
	c.steps = append(c.steps, step{piece: text, text: append([]byte(nil), b...)})
}

// class is the name under which a command is counted unless it is given one.
func class(word string) string { return strings.ToLower(word) }
