package config

import (
	"errors"
	"fmt"
	"strings"
)

// change is one parameter on its way from old to new.
type change struct {
	name     string // as the client wrote it
	value    *Value
	old, new *State
	given    bool
}

var errLoading = errors.New("LOADING Valkey is loading the dataset in memory")

// Set answers CONFIG SET: names and values in turn, all set or none. allowProtected says whether this client may set
// protected parameters. The error's text is the whole reply, from its ERR on.
func (r *Registry) Set(pairs []string, allowProtected bool) error {
	if len(pairs) == 0 || len(pairs)%2 != 0 {
		return errSyntax
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	changes, err := r.admit(pairs, allowProtected)
	if err != nil {
		return err
	}
	for i := range changes {
		if err := r.stage(changes[:i+1], pairs[2*i+1]); err != nil {
			undo(changes[:i])
			return setError(strings.ToLower(changes[i].name), err)
		}
	}
	return r.apply(changes)
}

// admit looks all names up before anything is changed; the first that will not do is reported.
func (r *Registry) admit(pairs []string, allowProtected bool) ([]change, error) {
	changes := make([]change, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		v := r.byName[strings.ToLower(pairs[i])]
		if v == nil {
			return nil, fmt.Errorf("ERR Unknown option or number of arguments for CONFIG SET - '%s'", pairs[i])
		}
		if err := r.admitOne(v, pairs[i], changes, allowProtected); err != nil {
			if errors.Is(err, errLoading) {
				return nil, err
			}
			return nil, setError(pairs[i], err)
		}
		changes = append(changes, change{name: pairs[i], value: v})
	}
	return changes, nil
}

func (r *Registry) admitOne(v *Value, name string, before []change, allowProtected bool) error {
	flags := v.Row.Flags
	if flags&Immutable != 0 || flags&Hooked != 0 && r.hooks[v] == nil {
		return errors.New("can't set immutable config")
	}
	if flags&Protected != 0 && !allowProtected {
		return errors.New("can't set protected config")
	}
	if flags&DenyLoading != 0 && r.Loading.Load() {
		return errLoading
	}
	for _, c := range before {
		// A name and its alias are two parameters here, as in Valkey: the later one wins.
		if strings.EqualFold(c.name, name) {
			return errors.New("duplicate parameter")
		}
	}
	return nil
}

// stage parses and stores the last of the changes.
func (r *Registry) stage(changes []change, text string) error {
	c := &changes[len(changes)-1]
	words := []string{text}
	if c.value.Row.many() {
		words = strings.Split(text, " ")
	}
	s, err := c.value.Row.parse(words, *c.value.state.Load())
	if err != nil {
		return err
	}
	c.old, c.given, c.new = c.value.state.Load(), c.value.Given(), &s
	c.value.store(&s, true)
	r.warn(c.value)
	return nil
}

// apply runs the hooks of what changed; when one fails, everything is put back and the hooks run so far run again.
func (r *Registry) apply(changes []change) error {
	for i, c := range changes {
		hook := r.hooks[c.value]
		if hook == nil || c.new.Text == c.old.Text && c.value.Row.Flags&Volatile == 0 {
			continue
		}
		err := hook(c.value)
		if err == nil {
			continue
		}
		undo(changes)
		for _, done := range changes[:i] {
			if h := r.hooks[done.value]; h != nil && done.new.Text != done.old.Text {
				if again := h(done.value); again != nil {
					r.log.Warn("a change of configuration could not be taken back", "parameter", done.name, "error", again)
				}
			}
		}
		return setError(strings.ToLower(c.name), err)
	}
	return nil
}

// undo puts the old values back, last change first, since a name and its alias may both be there.
func undo(changes []change) {
	for i := len(changes) - 1; i >= 0; i-- {
		changes[i].value.store(changes[i].old, changes[i].given)
	}
}

func setError(name string, err error) error {
	return fmt.Errorf("ERR CONFIG SET failed (possibly related to argument '%s') - %w", name, err)
}

// warn tells the log that a parameter was set which steers nothing yet.
func (r *Registry) warn(v *Value) {
	if v.promises() {
		r.log.Warn(v.Row.warning())
	}
}
