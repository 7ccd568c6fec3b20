package control

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"sigrun/internal/config"
	"sigrun/internal/metrics"
	"sigrun/internal/num"
	"sigrun/internal/vfs"
	"sigrun/protocol/acl"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/session"
)

// userRows are the subcommands of ACL, but for WHOAMI, which asks the connection alone.
func userRows() []Row {
	row := func(run Handler, name string, arity int, flags command.Flag, since, summary, complexity string, tips ...string) Row {
		return Row{Run: run, Spec: command.Spec{Name: "ACL|" + name, Arity: arity, Flags: flags, Place: command.OnControl,
			Group: "server", Since: since, Summary: summary, Complexity: complexity, Tips: tips}}
	}
	admin := common | command.Admin
	everywhere := []string{"request_policy:all_nodes", "response_policy:all_succeeded"}
	const users, rules = "O(N). Where N is the number of users.", "O(N). Where N is the number of rules."
	rows := []Row{
		row(aclSetUser, "SETUSER", -3, admin, "6.0.0", "Makes a user, or changes what it may do.", rules, everywhere...),
		row(aclDelUser, "DELUSER", -3, admin, "6.0.0", "Removes users and closes their connections.", "O(1) amortized time considering the typical user.", everywhere...),
		row(aclGetUser, "GETUSER", 3, admin, "6.0.0", "Tells what a user may do.", rules),
		row(aclList, "LIST", 2, admin, "6.0.0", "Lists the users with their rules, as files have them.", users),
		row(aclUsers, "USERS", 2, admin, "6.0.0", "Lists the names of the users.", users),
		row(aclCat, "CAT", -2, common, "6.0.0", "Lists the categories of commands, or the commands of one.", "O(1) since there are always the same ones."),
		row(aclLog, "LOG", -2, admin, "6.0.0", "Shows what was refused lately.", "O(N) with N being the number of entries shown."),
		row(aclGenPass, "GENPASS", -2, common, "6.0.0", "Makes a password that nobody can guess.", "O(1)"),
		row(aclDryRun, "DRYRUN", -4, admin, "7.0.0", "Tells whether a user may run a command, without running it.", "O(1)."),
		row(aclLoad, "LOAD", 2, admin, "6.0.0", "Reads the users from their file again.", users),
		row(aclSave, "SAVE", 2, admin, "6.0.0", "Writes the users to their file.", users, everywhere...),
		row(aclHelp, "HELP", 2, command.Loading|command.Stale, "6.0.0", "Describes the subcommands.", "O(1)"),
	}
	for i := range 3 { // who the users are is nobody's business either
		rows[i].Spec.Secrets = userSecrets
	}
	return rows
}

// userSecrets is everything behind the subcommand.
func userSecrets(args [][]byte, _ func(string) bool) (at []int) {
	for i := 2; i < len(args); i++ {
		at = append(at, i)
	}
	return at
}

// aclSetUser implements ACL SETUSER name [rule ...].
func aclSetUser(c *Ctx) error {
	change, err := c.Users.Set(string(c.Args[2]), words(c.Args[3:]))
	if err != nil {
		return &resp.Error{Text: "ERR " + oneLine(err.Error())}
	}
	c.changed([]acl.Change{change}, nil)
	c.Out.OK()
	return nil
}

// aclDelUser implements ACL DELUSER name [name ...].
func aclDelUser(c *Ctx) error {
	gone, err := c.Users.Delete(c.Args[2:])
	if err != nil {
		return err
	}
	c.changed(nil, gone)
	c.Out.Int(int64(len(gone)))
	return nil
}

// changed brings sessions up to what has become of users: those of users who are gone are closed, and those that listen to what
// they may not any more.
func (c *Ctx) changed(changes []acl.Change, gone []*acl.Account) {
	silenced := map[*acl.Account]*acl.User{}
	known := len(gone) > 0
	for i := range changes {
		known = known || changes[i].Before != nil
		if changes[i].Silences() {
			silenced[changes[i].Account] = changes[i].After
		}
	}
	if !known {
		return
	}
	c.Reactor.Everybody(func(l *session.Loop) {
		l.Each(func(s *session.Session) {
			if s.Gone() {
				return
			}
			s.Reconsider(c.Users)
			if u := silenced[s.Account]; s.Account.Gone() || u != nil && s.Overhears(u) {
				s.Kill(s == c.Session)
			}
		})
	})
}

// Reconsider brings sessions up to what their users are now.
func (k *Control) Reconsider() {
	k.Reactor.Everybody(func(l *session.Loop) {
		l.Each(func(s *session.Session) { s.Reconsider(k.Users) })
	})
}

// aclGetUser implements ACL GETUSER name.
func aclGetUser(c *Ctx) error {
	a := c.Users.Named(c.Args[2])
	if a == nil {
		c.Out.Null()
		return nil
	}
	u, all := a.User(), a.User().Permissions()
	const more = 3 // flags, passwords, selectors
	c.Out.Map(more + permissionFields)
	c.Out.BulkString("flags")
	flags := u.Flags()
	c.Out.Set(len(flags))
	c.bulks(flags)
	c.Out.BulkString("passwords")
	hashes := u.Passwords()
	c.Out.Array(len(hashes))
	c.bulks(hashes)
	c.permissions(&all[0])
	c.Out.BulkString("selectors")
	c.Out.Array(len(all) - 1)
	for i := range all[1:] {
		c.Out.Map(permissionFields)
		c.permissions(&all[1+i])
	}
	return nil
}

func (c *Ctx) bulks(words []string) {
	for _, w := range words {
		c.Out.BulkString(w)
	}
}

const permissionFields = 4

func (c *Ctx) permissions(p *acl.Permissions) {
	c.bulks([]string{"commands", p.Commands, "keys", p.Keys, "channels", p.Channels, "databases", p.Databases})
}

// aclList implements ACL LIST.
func aclList(c *Ctx) error {
	all := c.Users.All()
	c.Out.Array(len(all))
	for _, u := range all {
		c.Out.BulkString(u.Line())
	}
	return nil
}

// aclUsers implements ACL USERS.
func aclUsers(c *Ctx) error {
	all := c.Users.All()
	c.Out.Array(len(all))
	for _, u := range all {
		c.Out.BulkString(u.Name)
	}
	return nil
}

// aclCat implements ACL CAT [category].
func aclCat(c *Ctx) error {
	switch len(c.Args) {
	case 2:
		names := command.CategoryNames()
		c.Out.Array(len(names))
		c.bulks(names)
		return nil
	case 3:
	default:
		return resp.UnknownSubcommandArity("ACL", c.Args[1])
	}
	category := acl.Category(string(c.Args[2]))
	if category == 0 {
		return resp.Errorf("ERR Unknown category '%.128s'", resp.CText(c.Args[2]))
	}
	var names []string
	c.Users.Commands().Each(func(s *command.Spec) {
		if s.Categories()&category != 0 {
			names = append(names, s.FullName())
		}
	})
	c.Out.Array(len(names))
	c.bulks(names)
	return nil
}

// shownOfLog is how many entries ACL LOG shows unless it is asked for more.
const shownOfLog = 10

// aclLog implements ACL LOG [count|RESET].
func aclLog(c *Ctx) error {
	count := int64(shownOfLog)
	switch {
	case len(c.Args) > 3:
		return resp.UnknownSubcommandArity("ACL", c.Args[1])
	case len(c.Args) == 3 && is(c.Args[2], "RESET"):
		c.Denials.Clear()
		c.Out.OK()
		return nil
	case len(c.Args) == 3:
		var ok bool
		if count, ok = num.ParseInt(c.Args[2]); !ok {
			return resp.ErrNotInteger
		}
	}
	entries, now := c.Denials.Newest(count), c.Clock.Millis()
	c.Out.Array(len(entries))
	for i := range entries {
		c.entry(&entries[i], now)
	}
	return nil
}

func (c *Ctx) entry(e *acl.Entry, now int64) {
	const fields = 10
	c.Out.Map(fields)
	number := func(name string, n int64) {
		c.Out.BulkString(name)
		c.Out.Int(n)
	}
	number("count", int64(e.Count))
	c.bulks([]string{"reason", e.Reason.String(), "context", e.Context.String(), "object", e.Object, "username", e.User, "age-seconds"})
	c.Out.Double(float64(now-e.Updated) / 1000)
	c.bulks([]string{"client-info", e.Client})
	number("entry-id", e.ID)
	number("timestamp-created", e.Created)
	number("timestamp-last-updated", e.Updated)
}

// mostBits bounds a password of ACL GENPASS.
const mostBits = 4096

// aclGenPass implements ACL GENPASS [bits].
func aclGenPass(c *Ctx) error {
	bits, ok := int64(256), true
	switch len(c.Args) {
	case 2:
	case 3:
		if bits, ok = num.ParseInt(c.Args[2]); !ok {
			return resp.ErrNotInteger
		}
	default:
		return resp.UnknownSubcommandArity("ACL", c.Args[1])
	}
	if bits <= 0 || bits > mostBits {
		return resp.Errorf("ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to %d", mostBits)
	}
	digits := (bits + 3) / 4
	random := make([]byte, (digits+1)/2)
	_, _ = rand.Read(random)
	c.Out.BulkString(hex.EncodeToString(random)[:digits])
	return nil
}

// aclDryRun implements ACL DRYRUN name command [arg ...].
func aclDryRun(c *Ctx) error {
	a := c.Users.Named(c.Args[2])
	if a == nil {
		return resp.Errorf("ERR User '%s' not found", resp.CText(c.Args[2]))
	}
	args := c.Args[3:]
	spec := c.Table.Lookup(args[0])
	if later := c.Table.ReservedFor(args); later != nil {
		spec = later
	} else if spec != nil {
		spec = spec.Narrowed(args)
	}
	if spec == nil || len(spec.Subs) > 0 && !spec.Subs[0].Inner() && len(args) > 1 {
		return resp.Errorf("ERR Command '%s' not found", resp.CText(args[0]))
	}
	if !spec.ArityOK(len(args)) {
		return resp.WrongArity(spec.FullName())
	}
	u := a.User()
	if d := u.Check(spec, args, c.Session.DB); d.Reason != acl.None {
		c.Out.BulkString(u.Explain(d, spec, args))
		return nil
	}
	c.Out.OK()
	return nil
}

var errNoUserFile = errors.New("This instance is not configured to use an ACL file. You may want to specify users via the " +
	"ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a configuration file set) in order to store users in the configuration.")

// userFile is where the users' file lies, with its name as it was configured.
func (k *Control) userFile() (path, name string, err error) {
	if name = k.Config.Value("aclfile").String(); name == "" {
		return "", "", errNoUserFile
	}
	return k.Config.Path(name), name, nil
}

// aclLoad implements ACL LOAD.
func aclLoad(c *Ctx) error {
	path, name, err := c.userFile()
	if err != nil {
		return err
	}
	text, err := ReadUsers(c.FS, path)
	if err != nil {
		return fmt.Errorf("Error loading ACLs, opening file '%s': %s", name, config.Reason(err))
	}
	changes, gone, err := c.Users.Load(text, name)
	if err != nil {
		return &resp.Error{Text: "ERR " + oneLine(err.Error())}
	}
	c.changed(changes, gone)
	c.Out.OK()
	return nil
}

// mostUsers bounds a file of users.
const mostUsers = 256 << 20

// ReadUsers reads a file of users.
func ReadUsers(fs vfs.FS, path string) (string, error) {
	f, err := fs.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if n, err := f.Size(); err == nil && n > mostUsers {
		return "", errors.New("File too large")
	}
	text, err := io.ReadAll(f)
	return string(text), err
}

// aclSave implements ACL SAVE.
func aclSave(c *Ctx) error {
	path, _, err := c.userFile()
	if err != nil {
		return err
	}
	if err := c.saveUsers(path); err != nil {
		c.Log.Warn("Saving the users failed: " + config.Reason(err))
		return errors.New("There was an error trying to save the ACLs. Please check the server logs for more information")
	}
	c.Out.OK()
	return nil
}

func (c *Ctx) saveUsers(path string) error {
	out, err := vfs.Replace(c.FS, fmt.Sprintf("%s.tmp-%d", path, os.Getpid()), path)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(out, c.Users.Text()); err != nil {
		out.Abandon()
		return err
	}
	return out.Commit()
}

func aclHelp(c *Ctx) error {
	c.Out.Help("ACL",
		"CAT [<category>]", "    Categories of commands, or the commands of one.",
		"DELUSER <username> [<username> ...]", "    Remove users and close their connections.",
		"DRYRUN <username> <command> [<arg> ...]", "    Whether the user may run the command, without running it.",
		"GENPASS [<bits>]", "    A password that nobody can guess, of 256 bits by default.",
		"GETUSER <username>", "    What a user may do.",
		"LIST", "    Users and their rules, as files have them.",
		"LOAD", "    Read the users from their file again.",
		"LOG [<count> | RESET]", "    What was refused lately, 10 entries by default; RESET forgets it.",
		"SAVE", "    Write the users to their file.",
		"SETUSER <username> <rule> [<rule> ...]", "    Make a user, or change what it may do.",
		"USERS", "    Names of the users.",
		"WHOAMI", "    Name of this connection's user.")
	return nil
}

// denialFigures are what users were refused.
func (k *Control) denialFigures() []metrics.Row {
	of := func(name string, r acl.Reason) metrics.Row {
		return metrics.Count("acl_access_denied_"+name, func() uint64 { return k.Denials.Total(r) })
	}
	return []metrics.Row{of("auth", acl.Auth), of("cmd", acl.Command), of("key", acl.Key), of("channel", acl.Channel),
		of("tls_cert", acl.Certificate), of("db", acl.Database)}
}
