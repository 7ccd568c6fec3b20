//go:build sim

package simulation

import (
	"bufio"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Plan is a run before it begins.
type Plan struct {
	Settings Settings
	Steps    []Step
	Choices  *Choices // who goes on, nil: by Schedule
}

// Step is what one client does next. Its connection is made when there is none.
type Step struct {
	Client int
	Verb   string
	Args   []string
}

// What a client can do.
const (
	With   = "with"   // a command that is sent together with the next
	Do     = "do"     // sends a command and reads until everything is answered
	Send   = "send"   // sends one and does not wait
	Part   = "part"   // sends the first bytes of one, as many as the first word says
	Op     = "op"     // an operation that is judged, see ops.go
	Wait   = "wait"   // so many microseconds
	Pledge = "pledge" // gives all keys of the vault a number, and with a word behind it saves that
	Trade  = "trade"  // pushes the next number, waits for one as long as the second word says, or releases who waits
	Cache  = "cache"  // reads a key into a cache of its own, changes one, or begins to be told of changes, see cache.go
	Note   = "note"   // gives the ledger a number, with a word behind it in a transaction, see ledger.go
	Log    = "log"    // has the append-only file rewritten, switched on or off, or written under another policy
	Stall  = "stall"  // reads no more
	Read   = "read"   // again
	Shut   = "shut"   // sends its last byte
	Reset  = "reset"  // is gone
)

// String is the plan as text.
func (p *Plan) String() string {
	var b strings.Builder
	for i, v := range p.Settings {
		if v != settings[i].simplest {
			fmt.Fprintf(&b, "set %s %d\n", settings[i].name, v)
		}
	}
	if p.Choices != nil {
		fmt.Fprintf(&b, "leave %s\nnext %s\n", numbers(p.Choices.Leave), numbers(p.Choices.Next))
	}
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "%d %s", s.Client, s.Verb)
		for _, a := range s.Args {
			b.WriteByte(' ')
			b.WriteString(strconv.Quote(a))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Parse reads what String writes. A line that begins with # is a comment.
func Parse(text string) (*Plan, error) {
	p := &Plan{Settings: simplest()}
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if err := p.add(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return p, lines.Err()
}

func (p *Plan) add(line string) error {
	head, rest, _ := strings.Cut(line, " ")
	switch head {
	case "set":
		name, value, _ := strings.Cut(rest, " ")
		i := slices.IndexFunc(settings[:], func(s setting) bool { return s.name == name })
		n, err := strconv.ParseInt(value, 10, 64)
		if i < 0 || err != nil {
			return fmt.Errorf("no such setting: %q", rest)
		}
		p.Settings[i] = n
		return nil
	case "leave", "next":
		if p.Choices == nil {
			p.Choices = &Choices{}
		}
		list := &p.Choices.Leave
		if head == "next" {
			list = &p.Choices.Next
		}
		return parseNumbers(rest, list)
	}
	return p.addStep(head, rest)
}

func (p *Plan) addStep(client, rest string) error {
	n, err := strconv.Atoi(client)
	if err != nil {
		return fmt.Errorf("no client: %q", client)
	}
	verb, rest, _ := strings.Cut(rest, " ")
	s := Step{Client: n, Verb: verb}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			word, after, _ := strings.Cut(rest, " ")
			s.Args, rest = append(s.Args, word), after
			continue
		}
		word, _ := strconv.Unquote(quoted)
		s.Args, rest = append(s.Args, word), rest[len(quoted):]
	}
	p.Steps = append(p.Steps, s)
	return nil
}

// numbers are ascending, and written as differences; what is taken comes behind a colon, how often the same follows behind an x.
func numbers(list []Choice) string {
	var words []string
	last, same := 0, 1
	for i, c := range list {
		word := strconv.Itoa(c.At - last)
		if last = c.At; c.Take != 0 {
			word += ":" + strconv.Itoa(c.Take)
		}
		if n := len(words) - 1; i > 0 && strings.TrimSuffix(words[n], "x"+strconv.Itoa(same)) == word {
			same++
			words[n] = word + "x" + strconv.Itoa(same)
			continue
		}
		words, same = append(words, word), 1
	}
	return strings.Join(words, " ")
}

func parseNumbers(text string, list *[]Choice) error {
	at := 0
	for _, w := range strings.Fields(text) {
		w, times, _ := strings.Cut(w, "x")
		distance, take, _ := strings.Cut(w, ":")
		d, err := strconv.Atoi(distance)
		if err != nil {
			return err
		}
		t, _ := strconv.Atoi(take)
		n, _ := strconv.Atoi(times)
		for range max(n, 1) {
			at += d
			*list = append(*list, Choice{At: at, Take: t})
		}
	}
	return nil
}

// clients are the numbers of those who do something.
func (p *Plan) clients() (list []int) {
	for _, s := range p.Steps {
		if !slices.Contains(list, s.Client) {
			list = append(list, s.Client)
		}
	}
	return list
}
