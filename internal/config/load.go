package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// LoadError says which line of a configuration was refused and why.
type LoadError struct {
	Source string // file name, or "command line"
	Line   int
	Text   string
	Reason string
}

func (e *LoadError) Error() string {
	return fmt.Sprintf("Reading the configuration (%s), at line %d\n>>> '%s'\n%s", e.Source, e.Line, e.Text, e.Reason)
}

// maxInclude bounds how deep files include each other, so that a circle ends with an error.
const maxInclude = 16

// LoadFile reads a configuration file.
func (r *Registry) LoadFile(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("Fatal error, can't open config file '%s': %w", path, err)
	}
	return r.Load(path, string(text))
}

// Load reads the text of a configuration file, a directive per line; source names it in errors. Everything may be set,
// later lines win. Only at start, before anybody reads.
func (r *Registry) Load(source, text string) error {
	for i, line := range strings.Split(text, "\n") {
		line = strings.Trim(line, " \t\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		words, err := splitWords(line)
		if err == nil && len(words) > 0 {
			err = r.directive(words)
		}
		var inner *LoadError
		if errors.As(err, &inner) {
			return err // an included file has said where
		}
		if err != nil {
			return &LoadError{Source: source, Line: i + 1, Text: line, Reason: err.Error()}
		}
	}
	return nil
}

// LoadArgs reads what follows the program's name: an optional file, - for stdin, and --name value ... which override both.
func (r *Registry) LoadArgs(args []string, stdin io.Reader) error {
	line, err := ParseArgs(args)
	if err != nil {
		return err
	}
	if line.File != "" {
		if err := r.LoadFile(line.File); err != nil {
			return err
		}
	}
	if line.Stdin {
		text, err := io.ReadAll(stdin)
		if err != nil {
			return err
		}
		if err := r.Load("standard input", string(text)); err != nil {
			return err
		}
	}
	for i, words := range line.Options {
		if err := r.directive(words); err != nil {
			return &LoadError{Source: "command line", Line: i + 1, Text: strings.Join(words, " "), Reason: err.Error()}
		}
	}
	return nil
}

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
		r.log.Warn("parameter " + name + " is obsolete and ignored")
		return nil
	case name == "include" && len(args) == 1:
		if r.depth++; r.depth > maxInclude {
			return errors.New("too many nested include directives")
		}
		defer func() { r.depth-- }()
		return r.LoadFile(args[0])
	}
	return errors.New("Bad directive or wrong number of arguments")
}

// obsolete parameters appear in old files and have had no meaning for long; Valkey passes over them too.
var obsolete = map[string]bool{
	"list-max-ziplist-entries": true, "list-max-ziplist-value": true, "lua-replicate-commands": true, "io-threads-do-reads": true,
}

func (r *Registry) assign(v *Value, args []string) error {
	if v.Row.many() && len(args) == 1 && args[0] != "" {
		words, err := splitWords(args[0])
		if err != nil {
			return err
		}
		args = words
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if v.Row.Flags&Repeats != 0 && r.seen[v.Row.Name] && !(len(args) == 1 && args[0] == "") {
		args = append(append([]string(nil), v.Words()...), args...)
	}
	s, err := v.Row.parse(args, *v.state.Load())
	if err != nil {
		return err
	}
	r.seen[v.Row.Name] = true
	v.store(&s, true)
	r.warn(v)
	return nil
}
