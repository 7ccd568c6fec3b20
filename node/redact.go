package node

import (
	"slices"

	"sigrun/protocol/call"
)

// redacted stands for a password where commands are shown: MONITOR, COMMANDLOG.
var redacted = []byte("(redacted)")

// redact is the arguments of cmd without those that its row calls secret.
func (n *Node) redact(cmd *call.Command) [][]byte {
	if cmd.Spec.Secrets == nil {
		return cmd.Args
	}
	args := slices.Clone(cmd.Args)
	for _, i := range cmd.Spec.Secrets(args, n.Config.Sensitive) {
		args[i] = redacted
	}
	return args
}
