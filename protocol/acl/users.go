package acl

import (
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"sigrun/internal/account"
	"sigrun/internal/sim"
)

// Standard is the user that every connection begins as. It always exists.
const Standard = "default"

// Users are a node's accounts. Anybody looks them up without a lock; changes are made one after the other.
type Users struct {
	rules    *Rules
	standard *Account
	seed     maphash.Seed
	named    [parts]atomic.Pointer[map[string]*Account] // never changed, but replaced

	mu  sim.Mutex // held by whoever changes something
	ids uint32

	memory account.Figure
}

// parts is into how many the table is divided by names, so that who comes or goes has few others copied.
const parts = 4096

// NewUsers makes the table with the default user, who may do everything.
func NewUsers(r *Rules) *Users {
	u := &Users{rules: r, seed: maphash.MakeSeed()}
	u.standard = u.enter(r.almighty().done())
	return u
}

// almighty is the default user as long as nobody says otherwise.
func (r *Rules) almighty() *draft {
	d := r.blank(Standard)
	for _, rule := range []string{"+@all", "~*", "&*", "on", "nopass"} {
		_ = d.apply(rule)
	}
	return d
}

// Commands are those that rules name.
func (u *Users) Commands() *Commands { return u.rules.Commands }

// Bytes is about what the users take. Any goroutine may ask.
func (u *Users) Bytes() int64 { return u.memory.Bytes() }

// Join has an account know of that.
func (u *Users) Join(a *account.Account) { u.memory.Join(a) }

// Named is the account of a user, nil: there is none.
func (u *Users) Named(name []byte) *Account {
	if part := u.part(name).Load(); part != nil {
		return (*part)[string(name)]
	}
	return nil
}

// part is where a name belongs.
func (u *Users) part(name []byte) *atomic.Pointer[map[string]*Account] {
	return &u.named[maphash.Bytes(u.seed, name)%parts]
}

// Default is the account of the default user.
func (u *Users) Default() *Account { return u.standard }

// All are the users, by name.
func (u *Users) All() []*User {
	accounts := u.accounts()
	all := make([]*User, 0, len(accounts))
	for _, a := range accounts {
		all = append(all, a.User())
	}
	return all
}

// accounts are all of them, by name.
func (u *Users) accounts() (all []*Account) {
	for i := range u.named {
		if part := u.named[i].Load(); part != nil {
			all = slices.AppendSeq(all, maps.Values(*part))
		}
	}
	slices.SortFunc(all, func(a, b *Account) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Authenticate is the account of a user whose password this is, nil: it is not, or there is no such user.
func (u *Users) Authenticate(name, password []byte) *Account {
	a := u.Named(name)
	if a == nil {
		u.standard.User().AdmitsPassword(password) // takes as long as if there were one
		return nil
	}
	if !a.User().AdmitsPassword(password) {
		return nil
	}
	return a
}

// Change is what became of an account.
type Change struct {
	Account       *Account
	Before, After *User // Before is nil for a new one
}

// Silences reports whether who listens as this user has to be looked at: channels were taken away.
func (c *Change) Silences() bool { return c.Before != nil && c.After.narrowedFrom(c.Before) }

// Set changes a user as rules say, all of them or none, or makes one.
func (u *Users) Set(name string, rules []string) (Change, error) {
	if hasSpaces(name) {
		return Change{}, errors.New("Usernames can't contain spaces or null characters")
	}
	rules, open := merge(rules)
	if open != "" {
		return Change{}, fmt.Errorf("Unmatched parenthesis in acl selector starting at '%s'.", shown(open))
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	d, before := u.rules.blank(name), (*User)(nil)
	a := u.Named([]byte(name))
	if a != nil {
		before = a.User()
		d = u.rules.change(before)
	}
	for _, rule := range rules {
		if err := d.apply(rule); err != nil {
			return Change{}, fmt.Errorf("Error in ACL SETUSER modifier '%s': %w", shown(rule), err)
		}
	}
	return u.become(a, before, d), nil
}

// become publishes a draft. mu is held.
func (u *Users) become(a *Account, before *User, d *draft) Change {
	after := d.done()
	if a == nil {
		a = u.enter(after)
	} else {
		a.now.Store(after)
		u.memory.Add(after.bytes() - a.bytes)
		a.bytes = after.bytes()
	}
	return Change{a, before, after}
}

// enter adds an account. mu is held, or nobody else knows the table yet.
func (u *Users) enter(user *User) *Account {
	a := &Account{ID: u.ids, Name: user.Name, bytes: user.bytes()}
	u.memory.Add(a.bytes)
	u.ids++
	a.now.Store(user)
	part := u.part([]byte(a.Name))
	next := map[string]*Account{}
	if now := part.Load(); now != nil {
		next = maps.Clone(*now)
	}
	next[a.Name] = a
	part.Store(&next)
	return a
}

// Delete removes users, but not the default one. Those who are one of them still may do nothing more.
func (u *Users) Delete(names [][]byte) (gone []*Account, err error) {
	for _, name := range names {
		if string(name) == Standard {
			return nil, errors.New("The 'default' user cannot be removed")
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, name := range names {
		if a := u.Named(name); a != nil {
			u.remove(a)
			gone = append(gone, a)
		}
	}
	return gone, nil
}

func (u *Users) remove(a *Account) {
	part := u.part([]byte(a.Name))
	next := maps.Clone(*part.Load())
	delete(next, a.Name)
	part.Store(&next)
	u.memory.Add(-a.bytes)
	a.now.Store(u.rules.blank(a.Name).done())
	a.gone.Store(true)
}

// SetPassword makes a password the only one of the default user, "" none.
func (u *Users) SetPassword(password string) Change {
	u.mu.Lock()
	defer u.mu.Unlock()
	before := u.standard.User()
	d := u.rules.change(before)
	_ = d.apply("resetpass")
	if password == "" {
		_ = d.apply("nopass")
	} else {
		_ = d.apply(">" + password)
	}
	return u.become(u.standard, before, d)
}

// Begin makes a user of a line of the configuration, from a blank one. It returns the rule that will not do, as it may be shown, and why.
func (u *Users) Begin(name string, rules []string) (user *User, bad string, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if hasSpaces(name) {
		return nil, name, errors.New("Spaces not allowed in ACL usernames")
	}
	merged, open := merge(rules)
	if open != "" {
		return nil, shown(open), errFormat
	}
	d := u.rules.blank(name)
	for _, rule := range merged {
		if err := d.apply(rule); err != nil {
			return nil, shown(rule), err
		}
	}
	a := u.Named([]byte(name))
	if a != nil && a != u.standard {
		return nil, name, ErrDuplicate
	}
	return u.become(a, nil, d).After, "", nil
}

// merge puts rules in parentheses together that were split at blanks. open is the word whose parenthesis is not closed.
func merge(words []string) (rules []string, open string) {
	inside := false
	for _, w := range words {
		closes := w != "" && w[len(w)-1] == ')'
		switch {
		case inside:
			rules[len(rules)-1] += " " + w
			inside = !closes
		case w != "" && w[0] == '(' && !closes:
			inside, open = true, w
			rules = append(rules, w)
		default:
			rules = append(rules, w)
		}
	}
	if !inside {
		open = ""
	}
	return rules, open
}
