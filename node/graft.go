package node

import (
	"slices"
	"strings"

	"sigrun/protocol/command"
)

// graft adds a row's spec to the table under construction. A name of two words is a
// subcommand: "CLIENT|KILL" goes below CLIENT, which some row declares, or which is
// made of the subcommands alone.
func graft(specs []*command.Spec, tree map[string]*command.Spec, s *command.Spec) []*command.Spec {
	parent, sub, isSub := strings.Cut(s.Name, "|")
	if !isSub {
		made := tree[s.Name]
		tree[s.Name] = s
		if made != nil { // the subcommands came first
			s.Subs = append(s.Subs, made.Subs...)
			specs[slices.Index(specs, made)] = s
			return specs
		}
		return append(specs, s)
	}
	s.Name = sub
	p := tree[parent]
	if p == nil {
		p = &command.Spec{Name: parent, Arity: -2, Group: s.Group, Since: s.Since,
			Summary: "A container for " + strings.ToLower(parent) + " commands.", Complexity: "Depends on subcommand."}
		tree[parent] = p
		specs = append(specs, p)
	}
	if command.Older(s.Since, p.Since) {
		p.Since = s.Since
	}
	p.Subs = append(p.Subs, s)
	return specs
}
