package acl

import "sigrun/protocol/command"

// Commands are the commands as rules name them, whatever rename-command calls them.
type Commands struct {
	table *command.Table
	named map[string]*command.Spec
}

// NewCommands takes the commands of a table.
func NewCommands(t *command.Table) *Commands {
	c := &Commands{table: t, named: map[string]*command.Spec{}}
	c.Each(func(s *command.Spec) { c.named[s.FullName()] = s })
	return c
}

// find is a command by its name, "config|get"; nil: there is none.
func (c *Commands) find(name string) *command.Spec { return c.named[lower(name)] }

// Each calls fn for every command and subcommand that clients see, or will see some day.
func (c *Commands) Each(fn func(s *command.Spec)) {
	for _, s := range c.table.Specs() {
		if !s.Inner() {
			fn(s)
		}
	}
	for _, s := range c.table.Reserved() {
		fn(s)
	}
}

// contains reports whether the command's subcommands are commands of their own to clients.
func contains(s *command.Spec) bool { return len(s.Subs) > 0 && !s.Subs[0].Inner() }

// lower makes ASCII letters small, and leaves other bytes as they are.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}

// Category is the one of a name in any case, 0: there is none.
func Category(name string) command.Category { return command.CategoryNamed(lower(name)) }
