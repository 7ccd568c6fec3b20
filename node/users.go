package node

import (
	"errors"
	"fmt"
	"log/slog"

	"sigrun/internal/config"
	"sigrun/internal/vfs"
	"sigrun/node/control"
	"sigrun/protocol/acl"
)

// startUsers makes the users that the configuration names, in its lines or in a file.
func (n *Node) startUsers(fs vfs.FS) error {
	most, channels := n.value("acllog-max-len"), n.value("acl-pubsub-default")
	n.denials = &acl.Log{Most: most.Int64}
	misused := func(rule string) {
		n.Log.Warn("A rule allows a forbidden command with one first argument, which is deprecated and may not be possible some day: " + rule)
	}
	n.users = acl.NewUsers(&acl.Rules{Commands: acl.NewCommands(n.commands.table), Databases: n.databases(), Misused: misused,
		AllChannels: func() bool { return channels.String() == "allchannels" }})
	if password := n.value("requirepass").String(); password != "" {
		n.users.SetPassword(password)
	}
	file, lines := n.Config.Path(n.value("aclfile").String()), n.Config.Users()
	if file != "" && len(lines) > 0 {
		return errors.New("Users are declared in the configuration and a file of users (aclfile) is named, too. " +
			"Nobody could tell which of the two counts: declare them in one place.")
	}
	if err := declare(n.users, lines, n.Log); err != nil || file == "" {
		n.Config.WriteUsers(n.users.Lines)
		return err
	}
	n.Config.WriteUsers(func() []string { return nil }) // they have a file of their own
	text, err := control.ReadUsers(fs, file)
	if err == nil {
		_, _, err = n.users.Load(text, n.value("aclfile").String())
	}
	if err != nil {
		return fmt.Errorf("Aborting startup because of ACL errors: %s", config.Reason(err))
	}
	return nil
}

// declare makes the users of lines of the configuration.
func declare(users *acl.Users, lines []config.User, log *slog.Logger) error {
	seen := map[string]bool{}
	for _, l := range lines {
		bad, err := l.Name, acl.ErrDuplicate
		if !seen[l.Name] {
			var user *acl.User
			if user, bad, err = users.Begin(l.Name, l.Rules); err == nil && !user.On {
				log.Info(fmt.Sprintf("The user '%s' is disabled, since nothing in its declaration says 'on'.", l.Name))
			}
		}
		if err != nil {
			return &config.LoadError{Line: l.At.Line, Text: l.At.Text,
				Reason: fmt.Sprintf("Error in user declaration '%s': %s", bad, err)}
		}
		seen[l.Name] = true
	}
	return nil
}
