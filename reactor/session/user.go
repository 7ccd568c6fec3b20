package session

import (
	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/reactor/admission"
)

// Who a session is. What its user may do is the account's business, which changes without the session; the session keeps two flags
// about it, which Reconsider sets anew after each change.

// Begin makes the session one of the default user, logged in if that one needs no password.
func (s *Session) Begin(users *acl.Users) {
	s.Account = users.Default()
	s.Info.LoggedIn = s.Account.User().Open()
	s.Reconsider(users)
}

// Arrive looks at what has become of the session's user since it was admitted: those who change users look at sessions that are on loops.
func (s *Session) Arrive() {
	if s.Reconsider(s.loop.Users); s.Account.Gone() {
		s.Link.Close()
	}
}

// Login makes the session one of an account; false: that was removed meanwhile.
func (s *Session) Login(users *acl.Users, a *acl.Account) bool {
	if a.Gone() { // whoever removes it looks at all sessions behind that, on their loops
		return false
	}
	s.Account = a
	s.Info.LoggedIn, s.Out.Known = true, true
	s.Reconsider(users)
	return true
}

// Reconsider brings the session's flags up to what its user, and the default one, are now.
func (s *Session) Reconsider(users *acl.Users) {
	s.Flags &^= admission.Restricted | admission.Unauthenticated
	if s.Account.Restricted() != nil {
		s.Flags |= admission.Restricted
	}
	if !s.Info.LoggedIn && !users.Default().User().Open() {
		s.Flags |= admission.Unauthenticated
	}
}

// Overhears reports whether the session listens to something that its user may not.
func (s *Session) Overhears(u *acl.User) bool {
	for pattern := range s.Subs.Patterns { // in any order
		if !u.PermitsChannel([]byte(pattern), true) {
			return true
		}
	}
	for _, set := range s.Subs.Channels {
		for channel := range set { // in any order
			if !u.PermitsChannel([]byte(channel), false) {
				return true
			}
		}
	}
	return false
}

// denied brings a command that admission refused to the log.
func (s *Session) denied(cmd *call.Command, u *acl.User, d acl.Denial) {
	s.loop.Denials.Tally(d.Reason)
	s.logEntry(acl.NewEntry(u, d, cmd.Spec, cmd.Args, s.context(), s.loop.Clock.Millis()))
}

// LoginFailed brings it to the log that a command of the session did not get in as a user.
func (s *Session) LoginFailed(cmd *call.Command, user []byte) {
	s.loop.Denials.Tally(acl.Auth)
	s.logEntry(acl.NewLogin(user, cmd.Args[0], acl.Auth, s.context(), s.loop.Clock.Millis()))
}

func (s *Session) context() acl.Context {
	if s.Flags&admission.InMulti != 0 || s.Tx.inner {
		return acl.InMulti
	}
	return acl.TopLevel
}

// logDenied brings what was refused as it ran to the log.
func (s *Session) logDenied(all *[]acl.Entry) {
	if len(*all) == 0 {
		return
	}
	for _, e := range *all {
		s.logEntry(e)
	}
	*all = nil
}

func (s *Session) logEntry(e acl.Entry) {
	if s.loop.Denials.Keeps() {
		e.Client = string(s.Describe().Line(nil, s.loop.Clock.Millis()))
	}
	s.loop.Denials.Note(e)
}

// database is the one in which the session's next command runs, in the end.
func (s *Session) database() int {
	if s.Flags&admission.InMulti != 0 {
		return s.Tx.db
	}
	return s.DB
}
