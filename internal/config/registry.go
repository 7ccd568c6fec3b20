package config

import (
	"errors"
	"fmt"
	"log/slog"
	"sort"
	"strings"
	"sync/atomic"

	"sigrun/internal/sim"
)

// Hook makes a change take effect. It runs on the goroutine that sets, after the new values are in place; its error's
// text goes to the client and the values before are restored.
type Hook func(*Value) error

// Matcher is the glob that CONFIG GET matches names with; internal/glob.Match is one.
type Matcher func(pattern, s []byte, nocase bool) bool

// Registry holds the parameters of one node.
type Registry struct {
	match  Matcher
	log    *slog.Logger
	byName map[string]*Value // lower case; an alias leads to the same value
	names  []string          // sorted, aliases among them

	// Loading is true while data is loaded.
	Loading atomic.Bool

	mu    sim.Mutex // held by whoever sets
	hooks map[*Value]Hook
	depth int             // of include directives being read
	seen  map[string]bool // rows that this load has set
	line  LoadError       // where it is

	file    string // the configuration file, absolute
	renames []Rename
	users   []User

	userLines func() []string // that CONFIG REWRITE writes; nil: those that are there stay
}

// New returns a registry with every parameter at its default, which logs nothing yet.
func New(match Matcher) *Registry {
	r := &Registry{match: match, log: slog.New(slog.DiscardHandler), byName: map[string]*Value{}, hooks: map[*Value]Hook{}, seen: map[string]bool{}}
	rows := Rows()
	for i := range rows {
		r.add(&rows[i])
	}
	sort.Strings(r.names)
	return r
}

func (r *Registry) add(row *Row) {
	words := []string{row.Default}
	if row.many() {
		words = strings.Fields(row.Default)
	}
	var s State
	if row.Kind != Custom || row.Default != "" {
		var err error
		if s, err = row.parse(words, State{}); err != nil {
			panic(fmt.Sprintf("BUG: default of %s: %v", row.Name, err))
		}
	}
	v := &Value{Row: row}
	v.store(&s, false)
	for _, name := range []string{row.Name, row.Alias} {
		if name == "" {
			continue
		}
		if r.byName[name] != nil {
			panic("BUG: two parameters called " + name)
		}
		r.byName[name] = v
		r.names = append(r.names, name)
	}
}

// LogTo names the log for what happens while the server runs. Before that, while a configuration is read, nothing is
// logged: it is the configuration that says where.
func (r *Registry) LogTo(log *slog.Logger) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = log
}

// Value returns the parameter called name. Asking for one that has no row is a bug.
func (r *Registry) Value(name string) *Value {
	v := r.byName[name]
	if v == nil {
		panic("BUG: no parameter " + name)
	}
	return v
}

// OnChange registers what makes a change of the parameter take effect while the server runs. A parameter has one hook.
func (r *Registry) OnChange(name string, hook Hook) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.Value(name)
	if r.hooks[v] != nil {
		panic("BUG: second hook for " + name)
	}
	r.hooks[v] = hook
}

// Sensitive reports whether the value of the parameter must not be logged or shown to MONITOR. That of one that is not known may be a password, too.
func (r *Registry) Sensitive(name string) bool {
	v := r.byName[strings.ToLower(name)]
	return v == nil || v.Row.Flags&Sensitive != 0
}

// Get answers CONFIG GET: names and values in turn, each name once, sorted within a pattern. A pattern without glob
// characters is a name, and the answer repeats it as written.
func (r *Registry) Get(patterns ...string) []string {
	out := []string{}
	seen := map[string]bool{}
	take := func(shown, name string) {
		if !seen[name] {
			seen[name] = true
			out = append(out, shown, r.byName[name].String())
		}
	}
	for _, p := range patterns {
		if !strings.ContainsAny(p, `*?[`) {
			if name := strings.ToLower(p); r.byName[name] != nil {
				take(p, name)
			}
			continue
		}
		for _, name := range r.names {
			if r.byName[name].Row.Flags&Hidden == 0 && r.match([]byte(p), []byte(name), true) {
				take(name, name)
			}
		}
	}
	return out
}

var errSyntax = errors.New("ERR syntax error")
