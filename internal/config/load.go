package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// LoadError says which line of a configuration was refused and why.
type LoadError struct {
	Line   int // in the file, or in file, standard input and arguments as one text; 0 when it is none of them
	Text   string
	Reason string
}

func (e *LoadError) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("Reading the configuration file, at line %d\n>>> '%s'\n%s", e.Line, e.Text, e.Reason)
}

// OpenError is a configuration file that cannot be read.
type OpenError struct {
	File string
	Err  error
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("Fatal error, can't open config file '%s': %s", e.File, Reason(e.Err))
}

// maxInclude bounds how deep files include each other, so that a circle ends with an error.
const maxInclude = 16

// LoadArgs reads what the arguments say: a file, standard input behind it, options last. Later lines win. Only at start,
// before anybody reads.
func (r *Registry) LoadArgs(line CommandLine, stdin io.Reader) error {
	var text string
	if line.File != "" {
		file, err := filepath.Abs(line.File)
		if err != nil {
			return err
		}
		r.file = file
		if text, err = readFile(line.File); err != nil {
			return err
		}
	}
	if line.Stdin {
		more, err := io.ReadAll(stdin)
		if err != nil {
			return err
		}
		text += string(more)
	}
	if line.Options != "" {
		text += "\n" + line.Options
	}
	return r.Load(text)
}

func readFile(name string) (string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", &OpenError{name, err}
	}
	return string(text), nil
}

// File is the absolute path of the configuration file, "" when there is none. It stays the same when dir changes.
func (r *Registry) File() string { return r.file }

// Path is where a file lies whose name was configured: a relative one starts from dir.
func (r *Registry) Path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(r.byName["dir"].String(), name)
}

// Load reads the text of a configuration file, a directive per line. Everything may be set, later lines win. Only at
// start, before anybody reads.
func (r *Registry) Load(text string) error {
	for i, line := range strings.Split(text, "\n") {
		line = strings.Trim(line, " \t\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		words, err := Words(line)
		if err == nil && len(words) > 0 {
			r.line = LoadError{Line: i + 1, Text: line}
			err = r.directive(words)
		}
		var inner *LoadError
		var unread *OpenError
		if errors.As(err, &inner) || errors.As(err, &unread) {
			return err // it says where by itself
		}
		if err != nil {
			return &LoadError{Line: i + 1, Text: r.shown(line), Reason: err.Error()}
		}
	}
	return nil
}

// shown is a line as it may be shown: of one that may hold a password its first word.
func (r *Registry) shown(line string) string {
	if name := strings.ToLower(strings.Fields(line)[0]); r.Sensitive(name) && !tellable[name] {
		return name + " ..."
	}
	return line
}

// tellable are lines without passwords that set no parameter.
var tellable = map[string]bool{"include": true, "rename-command": true, "loadmodule": true, "sentinel": true}

// Override sets one parameter as a line of a file would, the value written as CONFIG SET takes it. For node.Options.
func (r *Registry) Override(name, value string) error {
	if err := r.directive([]string{name, value}); err != nil {
		return fmt.Errorf("%s %q: %w", name, value, err)
	}
	return nil
}

// directive takes one line in words.
func (r *Registry) directive(words []string) error {
	name, args := strings.ToLower(words[0]), words[1:]
	if v := r.byName[name]; v != nil {
		return r.assign(v, args)
	}
	switch {
	case obsolete[name] && len(args) == 1:
		return nil
	case name == "include" && len(args) == 1:
		return r.include(args[0])
	case name == "rename-command" && len(args) == 2:
		r.renames = append(r.renames, Rename{From: args[0], To: args[1], At: r.line})
		return nil
	case name == "user" && len(args) > 0:
		r.user(args)
		return nil
	case name == "loadmodule" && len(args) > 0, strings.Contains(name, "."):
		return errors.New("Modules are not supported")
	case name == "sentinel" && len(args) > 0:
		return errors.New("sentinel directive while not in sentinel mode")
	case name == "sentinel":
		return errors.New("This version lacks Sentinel mode")
	}
	return errors.New("Bad directive or wrong number of arguments")
}

// obsolete parameters appear in old files and have had no meaning for long; Valkey passes over them too.
var obsolete = map[string]bool{
	"list-max-ziplist-entries": true, "list-max-ziplist-value": true, "lua-replicate-commands": true, "io-threads-do-reads": true,
	"dynamic-hz": true,
}

// include reads a file, or all that match a pattern as one text; a pattern may match none.
func (r *Registry) include(name string) error {
	if r.depth++; r.depth > maxInclude {
		return errors.New("too many nested include directives")
	}
	defer func() { r.depth-- }()
	path := r.Path(name)
	files := []string{path}
	if strings.ContainsAny(name, "*?[") {
		var err error
		if files, err = filepath.Glob(path); err != nil {
			return nil // a pattern that is none matches nothing
		}
	}
	var text strings.Builder
	for _, f := range files {
		part, err := readFile(f)
		if err != nil {
			return err
		}
		text.WriteString(part)
	}
	return r.Load(text.String())
}

// Rename is a rename-command line: From is called To from now on, or nothing any more when To is empty.
type Rename struct {
	From, To string
	At       LoadError // where it stands; whoever knows the commands fills in what is wrong with it
}

// Renames are the rename-command lines in order.
func (r *Registry) Renames() []Rename { return r.renames }

func (r *Registry) assign(v *Value, args []string) error {
	if v.Row.many() && len(args) == 1 && args[0] != "" {
		words, err := Words(args[0])
		if err != nil {
			return err
		}
		args = words
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old := *v.state.Load()
	if v.Row.Flags&Repeats != 0 && r.seen[v.Row.Name] && !(len(args) == 1 && args[0] == "") {
		args = append(append([]string(nil), old.Words...), args...)
	}
	s, err := v.Row.parse(args, old)
	if err != nil {
		return err
	}
	r.seen[v.Row.Name] = true
	v.store(&s, true)
	return nil
}

// Warnings tells, in one line each, of parameters that were set and steer nothing yet. A server says them at its start.
func (r *Registry) Warnings() []string {
	var lines []string
	for _, name := range r.names {
		v := r.byName[name]
		if name == v.Row.Name && v.promises() {
			lines = append(lines, v.Row.warning())
		}
	}
	return lines
}

// promises reports whether a parameter asks for something that will not happen.
func (v *Value) promises() bool {
	return v.Row.Inert == Warned && v.String() != v.Row.Default
}

func (r *Row) warning() string {
	return "WARNING: parameter " + r.Name + " has no effect: this version lacks " + r.Needs
}
