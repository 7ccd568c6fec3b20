package acl

import (
	"fmt"
	"strings"

	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

var (
	errKey      = &resp.Error{Text: "NOPERM No permissions to access a key"}
	errChannel  = &resp.Error{Text: "NOPERM No permissions to access a channel"}
	errDB       = &resp.Error{Text: "NOPERM No permissions to access database"}
	reasonWords = [Reasons]string{Database: "database", Command: "command", Key: "key", Auth: "auth", Channel: "channel", Certificate: "tls-cert"}
)

// String is the reason as ACL LOG shows it.
func (r Reason) String() string { return reasonWords[r] }

// Refusal is what a client is answered whose command is denied.
func (u *User) Refusal(d Denial, cmd *command.Spec) *resp.Error {
	switch d.Reason {
	case Key:
		return errKey
	case Channel:
		return errChannel
	case Database:
		return errDB
	}
	return resp.Errorf("NOPERM %s", u.Explain(d, cmd, nil))
}

// shown is a rule that will not do, as it may be shown: of one with a password its sign alone, and nothing of a word that begins as no rule does,
// which may be a password whose sign was left out.
func shown(rule string) string {
	switch {
	case rule == "" || strings.IndexByte("+-~%&", rule[0]) >= 0 || strings.HasPrefix(lower(rule), "db="):
		return rule
	case strings.IndexByte("><#!", rule[0]) >= 0:
		return rule[:1] + "..."
	case rule[0] != '(':
		return "..."
	}
	for _, word := range strings.Fields(strings.TrimSuffix(rule[1:], ")")) {
		if shown(word) != word {
			return "(...)"
		}
	}
	return rule
}

// ScriptRefusal is the same for a command of a script.
func (u *User) ScriptRefusal(d Denial, cmd *command.Spec) *resp.Error {
	return &resp.Error{Text: "ERR ACL failure in script: " + strings.TrimPrefix(u.Refusal(d, cmd).Text, "NOPERM ")}
}

// QueuedRefusal is the same for a command of a transaction that was allowed when it was queued.
func QueuedRefusal(d Denial) *resp.Error {
	why := "no permission"
	switch d.Reason {
	case Command:
		why = "no permission to execute the command or subcommand"
	case Key:
		why = "no permission to touch the specified keys"
	case Channel:
		why = "no permission to access one of the channels used as arguments"
	}
	return &resp.Error{Text: "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. " +
		"This command is no longer allowed for the following reason: " + why}
}

// Explain says what exactly is denied, to those who may know.
func (u *User) Explain(d Denial, cmd *command.Spec, args [][]byte) string {
	switch d.Reason {
	case Key:
		return fmt.Sprintf("User %s has no permissions to access the '%s' key", u.Name, args[d.At])
	case Channel:
		return fmt.Sprintf("User %s has no permissions to access the '%s' channel", u.Name, args[d.At])
	case Database:
		return fmt.Sprintf("User %s has no permissions to access database %s", u.Name, args[d.At])
	}
	return fmt.Sprintf("User %s has no permissions to run the '%s' command", u.Name, cmd.Shown().FullName())
}
