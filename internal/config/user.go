package config

// User is a user line. What its rules mean is for those to say who know commands.
type User struct {
	Name  string
	Rules []string
	At    LoadError // where it stands, without the rules: passwords may be among them
}

// Users are the user lines in order.
func (r *Registry) Users() []User { return r.users }

// user keeps a line.
func (r *Registry) user(words []string) {
	at := r.line
	at.Text = "user " + words[0] + " ..."
	r.users = append(r.users, User{Name: words[0], Rules: words[1:], At: at})
}

// WriteUsers has CONFIG REWRITE put what lines returns in the place of the user lines: what stands behind the word user on each.
func (r *Registry) WriteUsers(lines func() []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.userLines = lines
}
