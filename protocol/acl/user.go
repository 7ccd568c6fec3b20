package acl

import (
	"crypto/sha256"
	"crypto/subtle"
	"sync/atomic"

	"sigrun/protocol/command"
)

// User is what a user may do and by which passwords one becomes it. It never changes.
type User struct {
	Name      string
	On        bool
	NoPass    bool // any password will do
	Sanitizes bool // RESTORE's payloads are looked through
	passwords [][sha256.Size]byte
	selectors []selector // the first one is the root; a command has to pass one of them
	all       bool       // everything passes
}

// All reports whether the user may do everything, so that there is nothing to check.
func (u *User) All() bool { return u.all }

// Check looks whether the user may run a command with the words args, the command's name first, in a database. Of several
// selectors that refuse it, the one is told that came furthest, and of those the last argument.
func (u *User) Check(cmd *command.Spec, args [][]byte, db int) (d Denial) {
	for i := range u.selectors {
		one := u.selectors[i].check(cmd, args, db)
		if one.Reason == None {
			return one
		}
		if i == 0 || one.Reason > d.Reason || one.Reason == d.Reason && one.At > d.At {
			d = one
		}
	}
	return d
}

// Permits is Check for those who do not ask why.
func (u *User) Permits(cmd *command.Spec, args [][]byte, db int) bool {
	return u.all || u.selectors[0].check(cmd, args, db).Reason == None || u.Check(cmd, args, db).Reason == None
}

// PermitsReading reports whether one selector allows both the command and to read any key there is: what names keys by values asks it.
func (u *User) PermitsReading(cmd *command.Spec, args [][]byte, db int) bool {
	for i := range u.selectors {
		if s := &u.selectors[i]; s.readsAll() && s.check(cmd, args, db).Reason == None {
			return true
		}
	}
	return false
}

// MayRead reports whether the user may read a key of a database.
func (u *User) MayRead(key []byte, db int) bool {
	for i := range u.selectors {
		if s := &u.selectors[i]; s.database(db) && (s.allKeys || s.opens(key, reads)) {
			return true
		}
	}
	return false
}

// PermitsChannel reports whether a channel may be listened to, or, literally, a pattern of channels.
func (u *User) PermitsChannel(channel []byte, pattern bool) bool {
	for i := range u.selectors {
		if s := &u.selectors[i]; s.allChannels || s.hears(channel, pattern) {
			return true
		}
	}
	return false
}

// AdmitsPassword reports whether one becomes this user by the password. It takes as long whichever of the passwords it is.
func (u *User) AdmitsPassword(password []byte) bool {
	given := sha256.Sum256(password)
	right := 0
	for i := range u.passwords {
		right |= subtle.ConstantTimeCompare(given[:], u.passwords[i][:])
	}
	return u.On && (u.NoPass || right == 1)
}

// Open reports whether one is this user without a password: only the default user matters here.
func (u *User) Open() bool { return u.On && u.NoPass }

// narrowedFrom reports whether the user may not listen to all that it might before, as the lists of channels say it.
func (u *User) narrowedFrom(before *User) bool {
	for i := range u.selectors {
		if u.selectors[i].allChannels {
			return false
		}
	}
	for i := range before.selectors {
		s := &before.selectors[i]
		if s.allChannels {
			return true
		}
		for j := range s.channels {
			if !u.lists(s.channels[j].text) {
				return true
			}
		}
	}
	return false
}

// lists reports whether a selector has this very pattern of channels.
func (u *User) lists(pattern string) bool {
	for i := range u.selectors {
		for j := range u.selectors[i].channels {
			if u.selectors[i].channels[j].text == pattern {
				return true
			}
		}
	}
	return false
}

// Account is a user over its life. ID is dense: it counts from 0 and is used once.
type Account struct {
	ID   uint32
	Name string
	now  atomic.Pointer[User]
	gone atomic.Bool

	bytes int64 // of what it is now, as Users counts it
}

// User is what the account may do now.
func (a *Account) User() *User { return a.now.Load() }

// Restricted is the user if there is something that it may not do, nil: there is not. Nobody's account is one that may do all.
func (a *Account) Restricted() *User {
	if a == nil {
		return nil
	}
	if u := a.User(); !u.all {
		return u
	}
	return nil
}

// Gone reports whether the user was removed. One of the same name that comes later is another account.
func (a *Account) Gone() bool { return a.gone.Load() }
