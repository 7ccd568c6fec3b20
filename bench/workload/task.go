package workload

import (
	"fmt"
	"strconv"
	"strings"
)

// taskUnderWay is a task while its lines are read.
type taskUnderWay struct {
	*Task
	p     *parser
	slots map[string]int // by what is drawn: name, label, turn
	last  *Command
}

func (p *parser) newTask(weight float64) *taskUnderWay {
	return &taskUnderWay{Task: &Task{Weight: weight}, p: p, slots: map[string]int{}}
}

// add takes a line of the task.
func (t *taskUnderWay) add(list []string) error {
	name := ""
	if head, ok := strings.CutSuffix(list[0], ":"); ok && len(list) > 1 {
		if !identifier(head) {
			return fmt.Errorf("%.40q is no name: letters, digits and _ are", head)
		}
		name, list = head, list[1:]
	}
	c, err := t.command(list, name)
	if err != nil {
		return err
	}
	if len(t.Commands) >= 1000 {
		return fmt.Errorf("more than 1000 commands in a task")
	}
	t.Commands, t.last = append(t.Commands, c), c
	return nil
}

func (t *taskUnderWay) onNil(list []string) error {
	if t.last == nil || t.last.key < 0 {
		return fmt.Errorf("on nil has to stand behind a command with a key")
	}
	if t.last.OnNil != nil {
		return fmt.Errorf("on nil is there twice")
	}
	c, err := t.command(list, "")
	if err != nil {
		return err
	}
	if c.key != t.last.key {
		return fmt.Errorf("what is sent on nil has to have the same key first")
	}
	t.last.OnNil = c
	return nil
}

// command reads a command: WORDS [-> WHAT IS ANSWERED].
func (t *taskUnderWay) command(list []string, name string) (*Command, error) {
	c := &Command{Task: t.Task, key: -1}
	for i, w := range list {
		if w == "->" {
			if err := c.Expect.parse(list[i+1:], t.p.names); err != nil {
				return nil, err
			}
			list = list[:i]
			break
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("a command is missing")
	}
	line, err := expand(list)
	if err != nil {
		return nil, err
	}
	if len(line) == 0 {
		return nil, fmt.Errorf("a command without a word")
	}
	if name == "" {
		if name = class(line[0].text); strings.ContainsAny(name, "{}") {
			return nil, fmt.Errorf("the name of a command cannot be drawn")
		}
	}
	c.Class, c.Name, c.verb = t.p.class(name), name, class(line[0].text)
	args := make([][]step, len(line))
	for i, w := range line {
		if args[i], err = t.argument(c, w); err != nil {
			return nil, err
		}
	}
	if c.Expect.form == exactly && c.key < 0 {
		return nil, fmt.Errorf("the value of a key is expected, and there is no key")
	}
	c.compile(args)
	return c, nil
}

// argument reads a word with what is drawn in it: {NAME}, or {NAME:LABEL} where a task draws more than once. {{ is a brace.
func (t *taskUnderWay) argument(c *Command, w word) (steps []step, err error) {
	say := func(s string) {
		if s != "" {
			steps = append(steps, step{piece: text, text: []byte(s)})
		}
	}
	rest := w.text
	for {
		at := strings.IndexByte(rest, '{')
		if at < 0 {
			break
		}
		say(rest[:at])
		if rest = rest[at+1:]; strings.HasPrefix(rest, "{") {
			say("{")
			rest = rest[1:]
			continue
		}
		end := strings.IndexByte(rest, '}')
		if name, _, _ := strings.Cut(rest, ":"); end < 0 && (t.p.names[name] != nil || builtin[name] != 0) {
			return nil, fmt.Errorf("{%s: the brace is not closed (write {{ for one)", name)
		}
		if end < 0 || !identifier(strings.Replace(rest[:end], ":", "", 1)) {
			say("{")
			continue
		}
		more, err := t.drawnBy(c, rest[:end], w.turn)
		if err != nil {
			return nil, err
		}
		steps, rest = append(steps, more...), rest[end+1:]
	}
	say(rest)
	return steps, nil
}

// drawnBy is what stands for a name in braces.
func (t *taskUnderWay) drawnBy(c *Command, name string, turn int) ([]step, error) {
	name, label, _ := strings.Cut(name, ":")
	if p, ok := builtin[name]; ok {
		return []step{{piece: p}}, nil
	}
	id := name + ":" + label
	if turn > 0 {
		id += "#" + strconv.Itoa(turn)
	}
	switch what := t.p.names[name].(type) {
	case *Keys:
		slot := t.slot(id, what)
		if c.key < 0 {
			c.key = slot
		}
		steps := []step{{piece: keyDigits, slot: slot, width: what.width}}
		if what.before != "" {
			steps = append([]step{{piece: text, text: []byte(what.before)}}, steps...)
		}
		if what.after != "" {
			steps = append(steps, step{piece: text, text: []byte(what.after)})
		}
		t.lastKey(slot)
		return steps, nil
	case *Values:
		return []step{{piece: value, values: what, slot: t.keyOfValue(c, turn)}}, nil
	case *Number:
		return []step{{piece: decimal, slot: t.slot(id, what)}}, nil
	}
	return nil, fmt.Errorf("{%s}: nothing of this name is declared (write {{ for a brace)", name)
}

// slot is where something is drawn in this task; the same name is drawn once.
func (t *taskUnderWay) slot(id string, what drawn) int {
	n, ok := t.slots[id]
	if !ok {
		n = len(t.draws)
		t.slots[id] = n
		t.draws = append(t.draws, what)
	}
	return n
}

// lastKey notes the key that the next value belongs to.
func (t *taskUnderWay) lastKey(slot int) { t.slots[""] = slot }

// keyOfValue is the slot of the key that a value belongs to: the last one before it, or a number that stands for one.
func (t *taskUnderWay) keyOfValue(c *Command, turn int) int {
	if slot, ok := t.slots[""]; ok && c.key >= 0 {
		return slot
	}
	return t.slot("#"+strconv.Itoa(len(t.draws))+"#"+strconv.Itoa(turn), anyNumber{})
}

// parse reads what is answered.
func (e *Expect) parse(list []string, names map[string]any) error {
	e.count = -1
	for len(list) >= 2 && list[len(list)-2] == "or" {
		switch list[len(list)-1] {
		case "nil":
			e.orNil = true
		case "error":
			e.orError = true
		default:
			return fmt.Errorf("or %.40q: want or nil, or error", list[len(list)-1])
		}
		list = list[:len(list)-2]
	}
	if len(list) == 0 {
		return fmt.Errorf("-> says nothing: want a status such as OK, int, bulk, any, array [N] or the name of a value")
	}
	return e.shape(list, names)
}

func (e *Expect) shape(list []string, names map[string]any) (err error) {
	v, isValue := names[list[0]].(*Values)
	switch {
	case isValue:
		e.form, e.values = exactly, v
	case list[0] == "any":
	case list[0] == "int":
		e.form = integer
	case list[0] == "bulk":
		e.form = bulk
	case list[0] == "array":
		e.form = array
		if len(list) == 2 {
			if e.count, err = strconv.Atoi(list[1]); err != nil || e.count < 0 {
				return fmt.Errorf("array %.40q: want a number of elements", list[1])
			}
			return nil
		}
	default:
		e.form, e.status = status, []byte(list[0])
		if names[list[0]] != nil {
			return fmt.Errorf("%s is no value", list[0])
		}
	}
	if len(list) > 1 {
		return fmt.Errorf("%.40q is too much behind ->", list[1])
	}
	return nil
}
