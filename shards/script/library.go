package script

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"sigrun/internal/account"
	"sigrun/internal/config"
	"sigrun/internal/sim"
	"sigrun/protocol/resp"
)

// Library is a library of functions as code, which nobody has compiled yet. It never changes.
type Library struct {
	Name, Engine string
	Code         []byte
}

// perLibrary is what a library takes beside its code.
const perLibrary = 256

func (l *Library) bytes() int64 { return int64(perLibrary + len(l.Code)) }

// ParseLibrary reads what the first line of a library says: "#!lua name=mylib".
func ParseLibrary(code []byte) (*Library, error) {
	const mark, option = "#!", "name="
	if !bytes.HasPrefix(code, []byte(mark)) {
		return nil, resp.Errorf("ERR Missing library metadata")
	}
	line, _, ended := bytes.Cut(code, []byte("\n"))
	words, err := config.Words(string(line))
	if !ended || err != nil {
		return nil, resp.Errorf("ERR Invalid library metadata")
	}
	lib, named := &Library{Engine: words[0][len(mark):], Code: slices.Clone(code)}, false
	for _, word := range words[1:] {
		switch {
		case len(word) < len(option) || !strings.EqualFold(word[:len(option)], option):
			return nil, resp.Errorf("ERR Invalid metadata value given: %s", word)
		case named:
			return nil, resp.Errorf("ERR Invalid metadata value, name argument was given multiple times")
		}
		lib.Name, named = word[len(option):], true
	}
	switch {
	case !named:
		return nil, resp.Errorf("ERR Library name was not given")
	case lib.Name == "" || strings.IndexFunc(lib.Name, noNameLetter) >= 0:
		return nil, resp.Errorf("ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long")
	case !strings.EqualFold(lib.Engine, engine):
		return nil, resp.Errorf("ERR Engine '%s' not found", lib.Engine)
	}
	lib.Engine = strings.ToUpper(engine)
	return lib, nil
}

// engine is the one that there is.
const engine = "lua"

func noNameLetter(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
}

// Libraries are those of a node. Who changes them holds all tokens, so that a snapshot has those of its moment; anybody may look.
type Libraries struct {
	mu    sim.RWMutex
	byID  map[string]*Library
	bytes account.Figure
}

// Add keeps a library, in the place of one of the same name if that may be.
func (l *Libraries) Add(lib *Library, replace bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byID[lib.Name] != nil && !replace {
		return resp.Errorf("ERR Library '%s' already exists", lib.Name)
	}
	l.put(lib)
	return nil
}

// Join keeps all of some libraries, or none of them.
func (l *Libraries) Join(some []*Library, replace bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lib := range some {
		if l.byID[lib.Name] != nil && !replace {
			return resp.Errorf("ERR Library %s already exists", lib.Name)
		}
	}
	for _, lib := range some {
		l.put(lib)
	}
	return nil
}

// put keeps a library; mu is held.
func (l *Libraries) put(lib *Library) {
	if l.byID == nil {
		l.byID = map[string]*Library{}
	}
	if old := l.byID[lib.Name]; old != nil {
		l.bytes.Add(-old.bytes())
	}
	l.byID[lib.Name] = lib
	l.bytes.Add(lib.bytes())
}

// Delete removes a library, if there is one of that name.
func (l *Libraries) Delete(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.byID[name]
	if old == nil {
		return false
	}
	delete(l.byID, name)
	l.bytes.Add(-old.bytes())
	return true
}

// Flush removes all.
func (l *Libraries) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byID = nil
	l.bytes.Add(-l.bytes.Bytes())
}

// All are all of them, by their names.
func (l *Libraries) All() []*Library {
	l.mu.RLock()
	defer l.mu.RUnlock()
	all := slices.Collect(maps.Values(l.byID)) // in any order
	slices.SortFunc(all, func(a, b *Library) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Count is how many there are, and Bytes the memory that they take.
func (l *Libraries) Count() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.byID)
}

func (l *Libraries) Bytes() int { return int(l.bytes.Bytes()) }
