// Package script runs scripts for EVAL and its kin: the node-wide cache of compiled
// scripts, an interpreter for every goroutine that runs them, and the commands. What a
// script may do to keys, and how it is taken back, is exec.ScriptRun's.
package script

import (
	"crypto/sha1"
	"encoding/hex"
	"log/slog"
	"strings"
	"sync/atomic"

	"sigrun/internal/account"
	"sigrun/internal/lua"
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// Options of a Book.
type Options struct {
	Log      *slog.Logger
	Identity lua.Identity
}

// maxEvicted bounds the scripts that came by EVAL: the one that was not used for longest
// goes. Those that SCRIPT LOAD loaded stay.
const maxEvicted = 500

// Book is a node's scripts. Any goroutine may use it.
type Book struct {
	Options
	Libraries Libraries

	mu        sim.RWMutex
	bySum     map[string]*Script
	byBody    map[string]*Script
	evictable map[*Script]struct{} // of them, those that came by EVAL

	texts, programs account.Figure // see Bytes

	Evictions atomic.Uint64 // scripts that went to make room

	uses atomic.Int64 // a clock that ticks with every use
}

// Script is a compiled script. Program, Body, Sum and flags do not change.
type Script struct {
	Sum     string // SHA-1 of the body, 40 hexadecimal digits
	Body    string
	program *lua.Program
	flags   flags

	loaded   bool // by SCRIPT LOAD; under Book.mu
	used     atomic.Int64
	wantsAll atomic.Bool // it touches keys that it does not declare
}

// NewBook makes an empty one.
func NewBook(o Options) *Book {
	return &Book{Options: o, bySum: map[string]*Script{}, byBody: map[string]*Script{}, evictable: map[*Script]struct{}{}}
}

// find looks a script up by its sum, in any case; nil when there is none.
func (b *Book) find(sum []byte) *Script {
	if len(sum) != 2*sha1.Size {
		return nil
	}
	var lower [2 * sha1.Size]byte
	for i, c := range sum {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	b.mu.RLock()
	s := b.bySum[string(lower[:])]
	b.mu.RUnlock()
	b.use(s)
	return s
}

// compiled is the script with this body, compiled now if it is new.
func (b *Book) compiled(body []byte) (*Script, error) {
	b.mu.RLock()
	s := b.byBody[string(body)]
	b.mu.RUnlock()
	if s == nil {
		return b.add(string(body), false)
	}
	b.use(s)
	return s, nil
}

func (b *Book) use(s *Script) {
	if s != nil {
		s.used.Store(b.uses.Add(1))
	}
}

// add compiles a script and keeps it.
func (b *Book) add(body string, load bool) (*Script, error) {
	code, f, err := shebang(body)
	if err != nil {
		return nil, err
	}
	p, err := lua.Compile(code)
	if err != nil {
		return nil, resp.Errorf("ERR Error compiling script (new function): %s", err)
	}
	sum := sha1.Sum([]byte(body))
	s := &Script{Sum: hex.EncodeToString(sum[:]), Body: body, program: p, flags: f, loaded: load}
	b.mu.Lock()
	defer b.mu.Unlock()
	if known := b.byBody[body]; known != nil {
		if load && !known.loaded {
			known.loaded = true
			delete(b.evictable, known)
		}
		return known, nil
	}
	b.use(s)
	b.keep(s)
	if !load {
		if b.evictable[s] = struct{}{}; len(b.evictable) > maxEvicted {
			b.evict()
		}
	}
	return s, nil
}

// perScript is what a script takes beside its text and what it was compiled to: its sum, and entries of tables.
const perScript = 256

// keep puts a script among the others.
func (b *Book) keep(s *Script) {
	b.bySum[s.Sum], b.byBody[s.Body] = s, s
	b.texts.Add(int64(perScript + len(s.Body)))
	b.programs.Add(int64(s.program.Bytes()))
}

// evict forgets the script that came by EVAL and was not used for longest.
func (b *Book) evict() {
	var oldest *Script
	for s := range sim.Walk(b.evictable, func(a, b *Script) int { return strings.Compare(a.Sum, b.Sum) }) {
		if oldest == nil || s.used.Load() < oldest.used.Load() {
			oldest = s
		}
	}
	delete(b.bySum, oldest.Sum)
	delete(b.byBody, oldest.Body)
	delete(b.evictable, oldest)
	b.texts.Add(-int64(perScript + len(oldest.Body)))
	b.programs.Add(-int64(oldest.program.Bytes()))
	b.Evictions.Add(1)
}

// flush forgets all scripts; those that run go on.
func (b *Book) flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bySum, b.byBody, b.evictable = map[string]*Script{}, map[string]*Script{}, map[*Script]struct{}{}
	b.texts.Add(-b.texts.Bytes())
	b.programs.Add(-b.programs.Bytes())
}

// Count is how many scripts there are.
func (b *Book) Count() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.bySum)
}

// Bytes is the memory that the texts of the scripts take, and Compiled that of what they were compiled to.
func (b *Book) Bytes() int    { return int(b.texts.Bytes()) }
func (b *Book) Compiled() int { return int(b.programs.Bytes()) }

// Join has an account know of the texts. Valkey's counts what they were compiled to as little.
func (b *Book) Join(a *account.Account) {
	b.texts.Join(a)
	b.Libraries.bytes.Join(a)
}

// WantsAll implements exec.ScriptBook.
func (b *Book) WantsAll(cmd *call.Command) bool {
	s := b.known(cmd)
	return s != nil && s.wantsAll.Load()
}

// NoWrites implements exec.ScriptBook. A script that was never seen is asked itself.
func (b *Book) NoWrites(cmd *call.Command) bool {
	if s := b.known(cmd); s != nil {
		return s.flags.noWrites
	}
	if cmd.Spec.Has(command.BySum) {
		return false
	}
	_, f, err := shebang(string(cmd.Args[1]))
	return err == nil && f.noWrites
}

// Grows implements exec.ScriptBook, likewise.
func (b *Book) Grows(cmd *call.Command) bool {
	if s := b.known(cmd); s != nil {
		return s.flags.grows()
	}
	if cmd.Spec.Has(command.BySum) {
		return false
	}
	_, f, err := shebang(string(cmd.Args[1]))
	return err == nil && f.grows()
}

// known is the script that a call names by its sum or by its body, nil when there is none.
func (b *Book) known(cmd *call.Command) *Script {
	if cmd.Spec.Has(command.BySum) {
		return b.find(cmd.Args[1])
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.byBody[string(cmd.Args[1])]
}
