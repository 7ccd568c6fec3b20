package node

import "sigrun/internal/config"

// rename calls commands as rename-command lines say, or makes them unknown. What else is
// known of a command keeps its own name.
func (n *Node) rename() error {
	for _, r := range n.Config.Renames() {
		reason := ""
		switch spec := n.commands.table.Lookup([]byte(r.From)); {
		case spec == nil && n.commands.table.ReservedFor([][]byte{[]byte(r.From)}) != nil: // nobody can run it, by whatever name
		case spec == nil:
			reason = "No such command in rename-command"
		case r.To != "" && n.commands.table.Lookup([]byte(r.To)) != nil:
			reason = "Target command name already exists"
		default:
			n.commands.table.Rename(r.From, r.To)
		}
		if reason != "" {
			return &config.LoadError{Line: r.At.Line, Text: r.At.Text, Reason: reason}
		}
	}
	return nil
}
