package node

import (
	"slices"

	"sigrun/protocol/call"
)

// redacted stands for a password where commands are shown: MONITOR, COMMANDLOG.
var redacted = []byte("(redacted)")

// redact is the arguments of cmd without those that its row calls secret.
func (n *Node) redact(cmd *call.Command) [][]byte {
	if cmd.Spec == nil || cmd.Spec.Secrets == nil { // of a command that nobody knows nothing is known to be secret
		return cmd.Args
	}
	args := slices.Clone(cmd.Args)
	for _, i := range cmd.Spec.Secrets(args, n.Config.Sensitive) {
		args[i] = redacted
	}
	return args
}
