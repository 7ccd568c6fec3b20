package node

import (
	"strings"

	"sigrun/protocol/call"
)

// redacted stands for a password where commands are shown: MONITOR, COMMANDLOG.
const redacted = "(redacted)"

// redact is the arguments of cmd, of which some are replaced.
func (n *Node) redact(cmd *call.Command) [][]byte {
	args := cmd.Args
	hide := func(i int) {
		if &args[0] == &cmd.Args[0] {
			args = append([][]byte(nil), args...)
		}
		args[i] = []byte(redacted)
	}
	switch cmd.Spec.FullName() {
	case "auth":
		for i := 1; i < len(args); i++ {
			hide(i)
		}
	case "hello":
		for i := 2; i+2 < len(args); i++ {
			if strings.EqualFold(string(args[i]), "AUTH") {
				hide(i + 1)
				hide(i + 2)
				i += 2
			}
		}
	case "config|set":
		for i := 2; i+1 < len(args); i += 2 {
			if n.Config.Sensitive(string(args[i])) {
				hide(i + 1)
			}
		}
	}
	return args
}
