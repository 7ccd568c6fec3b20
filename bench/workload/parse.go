package workload

import (
	"fmt"
	"strconv"
	"strings"
)

// Error says what is wrong with a workload, and where.
type Error struct {
	Name, Reason string
	Line         int
}

func (e *Error) Error() string { return fmt.Sprintf("%s, line %d: %s", e.Name, e.Line, e.Reason) }

// Parse reads a workload.
func Parse(name, source string) (*Workload, error) {
	p := &parser{w: &Workload{Name: name, Text: source}, names: map[string]any{}, classes: map[string]int{}}
	for i, line := range strings.Split(source, "\n") {
		p.line = i + 1
		if err := p.take(strings.TrimSuffix(line, "\r")); err != nil {
			return nil, &Error{name, err.Error(), p.line}
		}
	}
	if err := p.finish(); err != nil {
		return nil, &Error{name, err.Error(), p.line}
	}
	return p.w, nil
}

type parser struct {
	w       *Workload
	line    int
	names   map[string]any // *Keys, *Values, *Number
	classes map[string]int
	role    *Role
	task    *taskUnderWay // that indented lines belong to
	started bool          // the role of tasks that name none is there
}

// bounds of what is believed.
const (
	mostKeys  = 1 << 53
	mostValue = 512 << 20
	mostTasks = 10000
)

// lines say what each line that begins with a word is.
var lines = map[string]func(p *parser, list []string) error{
	"about": func(p *parser, list []string) error {
		p.w.About = strings.TrimSpace(p.w.About + " " + strings.Join(list, " "))
		return nil
	},
	"keys":   (*parser).keys,
	"value":  (*parser).value,
	"number": (*parser).number,
	"before": (*parser).before,
	"fill":   (*parser).fill,
	"role":   (*parser).newRole,
	"start":  (*parser).start,
	"do":     (*parser).do,
	"listen": (*parser).listen,
}

func (p *parser) take(line string) error {
	list, err := Words(line)
	if err != nil || len(list) == 0 {
		return err
	}
	if line[0] == ' ' || line[0] == '\t' {
		return p.indented(list)
	}
	if err := p.endTask(); err != nil {
		return err
	}
	take := lines[list[0]]
	if take == nil {
		return fmt.Errorf("%.40q is none of about, keys, value, number, before, fill, role, start, do, listen", list[0])
	}
	return take(p, list[1:])
}

func (p *parser) finish() error {
	if err := p.endTask(); err != nil {
		return err
	}
	if len(p.w.Roles) == 0 {
		return fmt.Errorf("nothing is to be done: there is no line that begins with do")
	}
	for _, r := range p.w.Roles {
		if len(r.Tasks) == 0 && !r.Listens {
			return fmt.Errorf("role %s has nothing to do: it needs a line that begins with do, or listen", r.Name)
		}
	}
	return nil
}

// declare takes a name that lines behind it may use.
func (p *parser) declare(name string, what any) error {
	if !identifier(name) || builtin[name] != 0 {
		return fmt.Errorf("%.40q is no name: letters, digits and _ are, but now, connection and unique are taken", name)
	}
	if p.names[name] != nil {
		return fmt.Errorf("%s is declared twice", name)
	}
	p.names[name] = what
	return nil
}

// builtin are names that are always there.
var builtin = map[string]piece{"now": now, "connection": connection, "unique": unique}

func identifier(s string) bool {
	for _, c := range s {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// class is the number of a class of statistics.
func (p *parser) class(name string) int {
	n, ok := p.classes[name]
	if !ok {
		n = len(p.w.Classes)
		p.classes[name] = n
		p.w.Classes = append(p.w.Classes, name)
	}
	return n
}

// before says what is sent once, before everything else.
func (p *parser) before(list []string) error {
	t := p.newTask(1)
	c, err := t.command(list, "")
	if err != nil {
		return err
	}
	p.w.Before = append(p.w.Before, c)
	return nil
}

// newRole begins a role: role NAME SHARE [unpaced] [reconnect N].
func (p *parser) newRole(list []string) error {
	if p.started {
		return fmt.Errorf("role has to come before every do: either all tasks have a role or none")
	}
	if len(list) < 2 || !identifier(list[0]) {
		return fmt.Errorf("want: role NAME SHARE [unpaced] [reconnect N]")
	}
	r := &Role{Name: list[0], Paced: true}
	var err error
	if r.Share, err = positive(list[1]); err != nil {
		return err
	}
	if err := r.options(list[2:]); err != nil {
		return err
	}
	for _, other := range p.w.Roles {
		if other.Name == r.Name {
			return fmt.Errorf("role %s is there twice", r.Name)
		}
	}
	p.w.Roles, p.role = append(p.w.Roles, r), r
	return nil
}

func (r *Role) options(list []string) (err error) {
	for i := 0; i < len(list); i++ {
		switch {
		case list[i] == "unpaced":
			r.Paced = false
		case list[i] == "reconnect" && i+1 < len(list):
			if r.Reconnect, err = strconv.Atoi(list[i+1]); err != nil || r.Reconnect < 1 {
				return fmt.Errorf("reconnect %.40q: want a number of tasks from 1", list[i+1])
			}
			i++
		default:
			return fmt.Errorf("%.40q is neither unpaced nor reconnect N", list[i])
		}
	}
	return nil
}

// current is the role of the line, of which there is one in a workload without any.
func (p *parser) current() *Role {
	if p.role == nil {
		p.role = &Role{Name: "client", Share: 1, Paced: true}
		p.w.Roles = append(p.w.Roles, p.role)
		p.started = true
	}
	return p.role
}

func (p *parser) start(list []string) error {
	t := p.newTask(1)
	c, err := t.command(list, "")
	if err != nil {
		return err
	}
	r := p.current()
	r.Start = append(r.Start, c)
	return nil
}

func (p *parser) listen(list []string) error {
	if len(list) > 0 {
		return fmt.Errorf("listen stands alone")
	}
	r := p.current()
	r.Listens, r.Message = true, p.class("message")
	return nil
}

// do begins a task: do WEIGHT [NAME:] COMMAND…, or do WEIGHT with its commands on indented lines behind it.
func (p *parser) do(list []string) error {
	if len(list) == 0 {
		return fmt.Errorf("want: do WEIGHT [NAME:] COMMAND ARGUMENTS [-> WHAT IS ANSWERED]")
	}
	weight, err := positive(list[0])
	if err != nil {
		return err
	}
	r := p.current()
	if len(r.Tasks) >= mostTasks {
		return fmt.Errorf("more than %d tasks", mostTasks)
	}
	p.task = p.newTask(weight)
	r.Tasks = append(r.Tasks, p.task.Task)
	r.weight += weight
	if len(list) == 1 {
		return nil
	}
	return p.task.add(list[1:])
}

// fill says what is there before the run: fill KEYS COMMAND…
func (p *parser) fill(list []string) error {
	if len(list) < 2 {
		return fmt.Errorf("want: fill KEYS COMMAND ARGUMENTS")
	}
	keys, ok := p.names[list[0]].(*Keys)
	if !ok {
		return fmt.Errorf("%.40q are no keys", list[0])
	}
	all := keys.inOrder()
	p.names[list[0]] = all
	defer func() { p.names[list[0]] = keys }()
	t := p.newTask(1)
	if err := t.add(list[1:]); err != nil {
		return err
	}
	p.w.Fills = append(p.w.Fills, &Fill{Keys: all, Role: &Role{Name: "fill", Share: 1, Paced: true, Tasks: []*Task{t.Task}, weight: 1}})
	return nil
}

// indented is a further command of a task, or what is sent when the one before found nothing.
func (p *parser) indented(list []string) error {
	if p.task == nil {
		return fmt.Errorf("an indented line has to stand behind a line that begins with do")
	}
	if list[0] == "on" && len(list) > 1 && list[1] == "nil" {
		return p.task.onNil(list[2:])
	}
	return p.task.add(list)
}

func (p *parser) endTask() error {
	t := p.task
	p.task = nil
	if t != nil && len(t.Commands) == 0 {
		return fmt.Errorf("the task before this line has no command")
	}
	return nil
}
